"""What a target gets of an event: AWS's answers, case by case."""

import pytest

from tests.services.events.events import bodies, put, ruled

DETAIL = """{
  "command": "update-account", "payload": {"acc_id": "0a787ecb-4015", "sf_id": "baz"}, "valid": true,
  "one": ["HIGH"], "two": ["ACTIVE", "INACTIVE"], "quote": "say \\"hi\\""
}"""
PATHS = {
    "user": "$.detail.payload.acc_id", "payload": "$.detail.payload", "one": "$.detail.one", "two": "$.detail.two",
    "valid": "$.detail.valid", "first": "$.detail.two[0]", "gone": "$.detail.gone", "quote": "$.detail.quote",
    "named": "$['detail']['command']",
}  # fmt: skip


def got(cloud, **form):
    url = ruled(cloud, target=form)
    put(cloud, Detail=DETAIL)
    return bodies(cloud, url)


def transformed(cloud, template):
    return got(cloud, InputTransformer={"InputPathsMap": PATHS, "InputTemplate": template})


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("$.detail.payload", '{"acc_id":"0a787ecb-4015","sf_id":"baz"}'),
        ("$.detail.payload.sf_id", '"baz"'),
        ("$.detail.two[1]", '"INACTIVE"'),
        ("$.detail-type", '"OrderPlaced"'),
    ],
)
def test_a_path_selects_a_part(cloud, path, body):
    assert got(cloud, InputPath=path) == [body]


def test_a_constant_is_given_as_it_is(cloud):
    assert got(cloud, Input='{"always":  1}') == ['{"always":  1}']


@pytest.mark.parametrize(
    ("template", "body"),
    [
        ('"Command is <valid>!"', '"Command is true!"'),
        ('"<one> single"', '"[HIGH] single"'),
        ('"<two> multiple"', '"[ACTIVE,INACTIVE] multiple"'),
        ('"<one> single"\n"<two> multiple"', '"[HIGH] single"\n"[ACTIVE,INACTIVE] multiple"'),
        ('"Payload <payload> of users/<user>"', '"Payload {acc_id:0a787ecb-4015,sf_id:baz} of users/0a787ecb-4015"'),
        ('{"id": <user>}', '{"id": "0a787ecb-4015"}'),
        ('{"id": "<user>"}', '{"id": "0a787ecb-4015"}'),
        ('{"path": "users/<user>/<first>"}', '{"path": "users/0a787ecb-4015/ACTIVE"}'),
        ('{"one": <one>, "b": [<user>, "x"]}', '{"one": ["HIGH"], "b": ["0a787ecb-4015", "x"]}'),
        ('{"gone": <gone>, "named": <named>}', '{"gone": "", "named": "update-account"}'),
        ('{"said": <quote>}', '{"said": "say \\"hi\\""}'),
        (
            '{"rule": <aws.events.rule-name>, "arn": "<aws.events.rule-arn>"}',
            '{"rule": "orders", "arn": "arn:aws:events:us-east-1:000000000000:rule/orders"}',
        ),
    ],
)
def test_a_template_is_filled(cloud, template, body):
    assert transformed(cloud, template) == [body]


@pytest.mark.parametrize("template", ["<one> single", '{"one": "<one>"}', '{"one": "<one>", "two": <two>}'])
def test_a_template_that_gives_no_json_delivers_nothing(cloud, template):
    assert transformed(cloud, template) == []


def test_the_event_itself_is_a_variable(cloud):
    [body] = transformed(cloud, '{"short": <aws.events.event>, "all": <aws.events.event.json>}')

    assert '"detailType":"OrderPlaced"' in body
    assert '"detail-type":"OrderPlaced"' in body
    assert body.count('"update-account"') == 1
