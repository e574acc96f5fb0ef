"""Rules and their targets: what is kept, listed and refused."""

import pytest

from tests.services.events.events import arrived, put, ruled
from tests.services.sns.test_topics import refusal

PATTERN = '{"source": ["shop"]}'
QUEUE = "arn:aws:sqs:us-east-1:000000000000:q"


def target(number=1, **more):
    return {"Id": str(number), "Arn": QUEUE, **more}


def test_a_rule_is_described_as_it_was_put(cloud):
    events = cloud.client("events")
    arn = events.put_rule(Name="orders", EventPattern=PATTERN, Description="New orders")["RuleArn"]

    shown = events.describe_rule(Name="orders")
    del shown["ResponseMetadata"]

    assert shown == {
        "Name": "orders", "Arn": arn, "EventPattern": PATTERN, "State": "ENABLED", "Description": "New orders",
        "EventBusName": "default", "CreatedBy": "000000000000",
    }  # fmt: skip
    assert refusal(events.describe_rule, Name="none") == (
        "ResourceNotFoundException",
        "Rule none does not exist on EventBus default.",
    )


def test_a_disabled_rule_matches_nothing(cloud):
    url = ruled(cloud)

    cloud.client("events").disable_rule(Name="orders")
    put(cloud)
    assert arrived(cloud, url) == []

    cloud.client("events").enable_rule(Name="orders")
    put(cloud)
    assert len(arrived(cloud, url)) == 1


def test_a_changed_pattern_counts_at_once(cloud):
    url = ruled(cloud)
    put(cloud)

    cloud.client("events").put_rule(Name="orders", EventPattern='{"source": ["other"]}')
    put(cloud)

    assert len(arrived(cloud, url)) == 1


def test_a_rule_with_targets_stays(cloud):
    events = cloud.client("events")
    ruled(cloud)

    assert refusal(events.delete_rule, Name="orders") == (
        "ValidationException",
        "Rule can't be deleted since it has targets.",
    )
    answer = events.remove_targets(Rule="orders", Ids=["1", "none"])
    assert (answer["FailedEntryCount"], answer["FailedEntries"][0]["TargetId"]) == (1, "none")
    events.delete_rule(Name="orders")
    events.delete_rule(Name="orders")


def test_rules_and_targets_are_listed_by_the_page(cloud):
    events = cloud.client("events")
    for number in range(3):
        events.put_rule(Name=f"r{number}", EventPattern=PATTERN)
        events.put_targets(Rule=f"r{number}", Targets=[target()])
    events.put_targets(Rule="r0", Targets=[target(2), target(3)])

    first = events.list_rules(NamePrefix="r", Limit=2)
    rest = events.list_rules(NamePrefix="r", Limit=2, NextToken=first["NextToken"])
    assert [rule["Name"] for rule in first["Rules"] + rest["Rules"]] == ["r0", "r1", "r2"]
    assert events.list_rule_names_by_target(TargetArn=QUEUE)["RuleNames"] == ["r0", "r1", "r2"]
    assert [each["Id"] for each in events.list_targets_by_rule(Rule="r0")["Targets"]] == ["1", "2", "3"]
    assert events.list_targets_by_rule(Rule="r0", Limit=2)["NextToken"]


def test_a_rule_has_at_most_five_targets(cloud):
    events = cloud.client("events")
    events.put_rule(Name="orders", EventPattern=PATTERN)
    events.put_targets(Rule="orders", Targets=[target(number) for number in range(5)])

    events.put_targets(Rule="orders", Targets=[target(4)])

    assert refusal(events.put_targets, Rule="orders", Targets=[target(5)]) == (
        "LimitExceededException",
        "The requested resource exceeds the maximum number allowed.",
    )


@pytest.mark.parametrize(
    ("wish", "code", "says"),
    [
        ({}, "ValidationException", "Parameter(s) EventPattern or ScheduleExpression must be specified."),
        ({"ScheduleExpression": "rate(1 minutes)"}, "ValidationException", "Parameter ScheduleExpression is not valid."),
        ({"ScheduleExpression": "cron(0 1 1 * 1 *)"}, "ValidationException", "Parameter ScheduleExpression is not valid."),
        ({"EventPattern": "[1]"}, "InvalidEventPatternException", "Event pattern is not valid. Reason: Filter is not an object"),
        (
            {"EventPattern": '{"source": "shop"}'}, "InvalidEventPatternException",
            'Event pattern is not valid. Reason: "source" must be an object or an array',
        ),
        (
            {"EventPattern": '{"source": [{"prefix": 1}]}'}, "InvalidEventPatternException",
            "Event pattern is not valid. Reason: prefix match pattern must be a string",
        ),
    ],
)  # fmt: skip
def test_a_rule_that_is_none_is_refused(cloud, wish, code, says):
    refused = refusal(cloud.client("events").put_rule, Name="r", **wish)

    assert refused[0] == code
    assert refused[1].startswith(says)


@pytest.mark.parametrize(
    ("wish", "code", "says"),
    [
        (
            {"Input": "{}", "InputPath": "$.detail"}, "ValidationException",
            "Only one of Input, InputPath, or InputTransformer must be provided for target 1.",
        ),
        ({"Arn": "queue"}, "ValidationException", "Parameter queue is not valid. Reason: Provided Arn is not in correct format."),
        ({"Arn": QUEUE + ".fifo"}, "ValidationException", "Parameter(s) SqsParameters must be specified for target: 1."),
        ({"Arn": "arn:aws:firehose:us-east-1:000000000000:deliverystream/s"}, "NotImplemented", "A target of the service firehose"),
        ({"BatchParameters": {"JobDefinition": "d", "JobName": "n"}}, "NotImplemented", "The member BatchParameters of a target"),
    ],
)  # fmt: skip
def test_a_target_that_is_none_is_refused(cloud, wish, code, says):
    events = cloud.client("events")
    events.put_rule(Name="orders", EventPattern=PATTERN)

    refused = refusal(events.put_targets, Rule="orders", Targets=[{**target(), **wish}])

    assert refused[0].startswith(code)
    assert says in refused[1]
    assert events.list_targets_by_rule(Rule="orders")["Targets"] == []


def test_what_is_not_built_says_so(cloud):
    events = cloud.client("events")

    code, says = refusal(events.create_partner_event_source, Name="aws.partner/x/y", Account="000000000000")

    assert code == "NotImplemented"
    assert "CreatePartnerEventSource" in says


def test_a_pattern_that_is_none_is_refused_with_its_place(cloud):
    events = cloud.client("events")
    pattern = '{"source": ["shop"], "detail": {"total": [{"numeric": ["~", 1]}]}}'
    place = f'[Source: (String)"{pattern}"; line: 1, column: 62]'

    refused = refusal(events.put_rule, Name="orders", EventPattern=pattern)

    says = f"Event pattern is not valid. Reason: Unrecognized numeric range operator: ~\n at {place}"
    assert refused == ("InvalidEventPatternException", says)
    assert refusal(events.test_event_pattern, Event='{"source": "shop"}', EventPattern=pattern) == refused


def test_too_many_entries_are_shown_as_the_service_prints_them(cloud):
    entry = {"Source": "shop", "DetailType": "t", "Detail": "{}", "Resources": ["a", "b"]}

    code, problem = refusal(cloud.client("events").put_events, Entries=[entry] * 11)

    shown = (
        "PutEventsRequestEntry(time=null, source=shop, resources=[a, b], detailType=t, detail={}, eventBusName=null, "
        "traceHeader=null, kmsKeyIdentifier=null, internalMetadata=null)"
    )
    assert code == "ValidationException"
    assert problem == (
        f"1 validation error detected: Value '[{', '.join([shown] * 11)}]' at 'entries' failed to satisfy constraint: "
        "Member must have length less than or equal to 10"
    )
