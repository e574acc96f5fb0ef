"""The rules by which archives get their events."""

import json

import pytest

from tests.services.events.events import put
from tests.services.visiting import refused

BUS = "arn:aws:events:us-east-1:000000000000:event-bus/default"
RULE = "Events-Archive-all"


@pytest.fixture
def events(cloud):
    client = cloud.client("events")
    client.create_archive(ArchiveName="all", EventSourceArn=BUS)
    return client


def kept(events):
    return events.describe_archive(ArchiveName="all")["EventCount"]


def test_an_archive_has_a_rule_that_a_service_manages(events):
    [rule] = events.list_rules()["Rules"]

    assert rule == {
        "Name": RULE, "Arn": f"arn:aws:events:us-east-1:000000000000:rule/{RULE}", "State": "ENABLED",
        "EventPattern": '{"replay-name":[{"exists":false}]}', "EventBusName": "default",
        "ManagedBy": "prod.vhs.events.aws.internal",
    }  # fmt: skip
    [target] = events.list_targets_by_rule(Rule=RULE)["Targets"]
    assert (target["Id"], target["Arn"]) == (RULE, "arn:aws:events:us-east-1:::")


def test_the_pattern_of_the_archive_is_part_of_its_rule(events):
    events.update_archive(ArchiveName="all", EventPattern='{"source": ["shop"]}')

    pattern = json.loads(events.describe_rule(Name=RULE)["EventPattern"])
    assert pattern == {"source": ["shop"], "replay-name": [{"exists": False}]}


@pytest.mark.parametrize(
    ("operation", "wish"),
    [
        ("put_rule", {"Name": RULE, "EventPattern": '{"source": ["x"]}'}),
        ("disable_rule", {"Name": RULE}),
        ("enable_rule", {"Name": RULE}),
        ("delete_rule", {"Name": RULE}),
        ("put_targets", {"Rule": RULE, "Targets": [{"Id": "1", "Arn": "arn:aws:sqs:us-east-1:000000000000:q"}]}),
        ("remove_targets", {"Rule": RULE, "Ids": [RULE]}),
    ],
)
def test_nobody_changes_the_rule_of_a_service(events, operation, wish):
    assert refused(getattr(events, operation), **wish)[0] == "ManagedRuleException"


def test_an_archive_whose_rule_was_deleted_by_force_keeps_nothing_more(cloud, events):
    put(cloud)
    assert kept(events) == 1

    events.remove_targets(Rule=RULE, Ids=[RULE], Force=True)
    events.delete_rule(Name=RULE, Force=True)
    put(cloud)

    assert kept(events) == 1
    assert events.describe_archive(ArchiveName="all")["State"] == "DISABLED"


def test_the_rule_goes_with_its_archive(events):
    events.delete_archive(ArchiveName="all")

    assert events.list_rules()["Rules"] == []


def test_an_event_is_kept_once_and_wanted_by_no_other_rule(cloud, events):
    put(cloud)

    assert kept(events) == 1
    [entry] = cloud.records("EventPut")
    assert entry.fact.rules == ()
