"""Buses of other accounts: their policies decide."""

import json

import pytest

from tests.services.events.events import ORDER, arrived, put, queue, ruled
from tests.services.visiting import ME, OTHER, policy, refused

BUS = f"arn:aws:events:us-east-1:{ME}:event-bus/default"


def let(cloud, resource=BUS, action="events:PutEvents", **more):
    cloud.client("events").put_permission(Policy=policy(action, resource, **more))


def test_another_account_may_not_put_events_without_a_permission(cloud):
    url = ruled(cloud)
    entry = {**ORDER, "EventBusName": BUS}

    code, message = refused(cloud.client("events", account=OTHER).put_events, Entries=[entry])

    assert code == "AccessDeniedException"
    assert message == (
        f"User: arn:aws:iam::{OTHER}:root is not authorized to perform: events:PutEvents on resource: {BUS} "
        "because no resource-based policy allows the events:PutEvents action"
    )
    assert not arrived(cloud, url)


@pytest.mark.parametrize("bus", [BUS, BUS.replace("default", "nobodys")])
def test_a_bus_that_nobody_has_used_lets_nobody_in(cloud, bus):
    entry = {**ORDER, "EventBusName": bus}

    code, message = refused(cloud.client("events", account=OTHER).put_events, Entries=[entry])

    assert code == "AccessDeniedException"
    assert bus in message


def test_put_permission_lets_another_account_in(cloud):
    url = ruled(cloud)
    cloud.client("events").put_permission(Action="events:PutEvents", Principal=OTHER, StatementId="them")

    put_by_other(cloud)

    [event] = arrived(cloud, url)
    assert event["account"] == OTHER


def test_a_permission_that_is_removed_lets_nobody_in(cloud):
    events = cloud.client("events")
    events.put_permission(Action="events:PutEvents", Principal=OTHER, StatementId="them")
    put_by_other(cloud)

    events.remove_permission(StatementId="them")

    with pytest.raises(events.exceptions.ClientError, match="no resource-based policy"):
        put_by_other(cloud)


@pytest.mark.parametrize("key", ["events:source", "events:detail-type"])
def test_a_condition_on_the_event_must_hold(cloud, key):
    ruled(cloud)
    let(cloud, StringEquals={key: {"events:source": "shop", "events:detail-type": "OrderPlaced"}[key]})

    put_by_other(cloud)

    other = {"Source": "else", "DetailType": "Else"}
    entry = {**ORDER, **other, "EventBusName": BUS}
    assert refused(cloud.client("events", account=OTHER).put_events, Entries=[entry])[0] == "AccessDeniedException"


def test_a_rule_passes_events_on_to_another_accounts_bus_that_lets_it(cloud):
    far = bus_of_other(cloud)
    cloud.client("events", account=OTHER).put_permission(Action="events:PutEvents", Principal=ME, StatementId="them")
    ruled(cloud, target={"Id": "bus", "Arn": f"arn:aws:events:us-east-1:{OTHER}:event-bus/default"})

    put(cloud)
    cloud.settle()

    assert far.receive_message(QueueUrl=far.get_queue_url(QueueName="far")["QueueUrl"])["Messages"]


def test_an_event_that_another_accounts_bus_refuses_goes_to_the_dead_letter_queue(cloud):
    bus_of_other(cloud)
    dead, dead_arn = queue(cloud, "dead")
    arn = f"arn:aws:events:us-east-1:{OTHER}:event-bus/default"
    ruled(cloud, target={"Id": "bus", "Arn": arn, "DeadLetterConfig": {"Arn": dead_arn}})

    put(cloud)
    cloud.settle()

    [letter] = cloud.client("sqs").receive_message(QueueUrl=dead, MessageAttributeNames=["All"])["Messages"]
    said = {name: value["StringValue"] for name, value in letter["MessageAttributes"].items()}
    assert said["ERROR_CODE"] == "NO_PERMISSIONS"
    assert "not authorized to perform: events:PutEvents" in said["ERROR_MESSAGE"]


def test_the_role_of_a_target_may_be_the_one_that_is_let_in(cloud):
    far = bus_of_other(cloud)
    role = f"arn:aws:iam::{ME}:role/sender"
    cloud.client("events", account=OTHER).put_permission(
        Policy=policy(
            "events:PutEvents", f"arn:aws:events:us-east-1:{OTHER}:event-bus/default", principal={"AWS": role}
        )
    )
    arn = f"arn:aws:events:us-east-1:{OTHER}:event-bus/default"
    ruled(cloud, target={"Id": "bus", "Arn": arn, "RoleArn": role})

    put(cloud)
    cloud.settle()

    assert far.receive_message(QueueUrl=far.get_queue_url(QueueName="far")["QueueUrl"])["Messages"]


def test_another_account_makes_a_rule_where_the_bus_lets_it(cloud):
    events = cloud.client("events", account=OTHER)
    wish = {"Name": "theirs", "EventBusName": BUS, "EventPattern": '{"source": ["shop"]}'}
    assert refused(events.put_rule, **wish)[0] == "AccessDeniedException"

    let(cloud, f"arn:aws:events:us-east-1:{ME}:rule/*", ["events:PutRule", "events:DescribeRule"])
    made = events.put_rule(**wish)["RuleArn"]

    assert made == f"arn:aws:events:us-east-1:{ME}:rule/theirs"
    assert cloud.client("events").describe_rule(Name="theirs")["CreatedBy"] == OTHER
    assert events.describe_rule(Name="theirs", EventBusName=BUS)["Arn"] == made


def test_a_queue_of_another_account_without_a_permission_gets_no_event(cloud):
    far = cloud.client("sqs", account=OTHER)
    url = far.create_queue(QueueName="far")["QueueUrl"]
    ruled(cloud, target={"Id": "far", "Arn": f"arn:aws:sqs:us-east-1:{OTHER}:far"})

    put(cloud)
    cloud.settle()

    assert "Messages" not in far.receive_message(QueueUrl=url)
    assert cloud.records("EventLostByRule")


def put_by_other(cloud):
    entry = {**ORDER, "EventBusName": BUS}
    assert cloud.client("events", account=OTHER).put_events(Entries=[entry])["FailedEntryCount"] == 0


def bus_of_other(cloud):
    """A rule on its default bus that fills the queue `far`."""
    events, sqs = cloud.client("events", account=OTHER), cloud.client("sqs", account=OTHER)
    sqs.create_queue(QueueName="far")
    events.put_rule(Name="far", EventPattern=json.dumps({"source": ["shop"]}))
    events.put_targets(Rule="far", Targets=[{"Id": "1", "Arn": f"arn:aws:sqs:us-east-1:{OTHER}:far"}])
    return sqs


def test_a_rule_that_fills_a_queue_without_its_leave_is_noted(cloud):
    url = ruled(cloud)

    put(cloud)

    assert len(arrived(cloud, url)) == 1
    [noted] = cloud.records("PermissionMissing")
    fact = noted.fact
    assert (fact.sender, fact.action) == ("events.amazonaws.com", "sqs:sendmessage")
    assert fact.source == f"arn:aws:events:us-east-1:{ME}:rule/orders"


def test_a_change_of_the_queues_policy_is_judged_anew(cloud):
    url = ruled(cloud)
    put(cloud)
    of_queue = f"arn:aws:sqs:us-east-1:{ME}:orders"
    leave = policy(
        "sqs:SendMessage", of_queue, {"Service": "events.amazonaws.com"}, ArnEquals={"aws:SourceArn": "arn:no"}
    )

    cloud.client("sqs").set_queue_attributes(QueueUrl=url, Attributes={"Policy": leave})
    put(cloud)
    put(cloud)

    assert len(cloud.records("PermissionMissing")) == 2


def test_the_policy_of_a_bus_decides_after_a_restart_too(started):
    cloud = started()
    cloud.client("events").put_permission(Action="events:PutEvents", Principal=OTHER, StatementId="them")
    url = ruled(cloud)
    cloud = started()

    put_by_other(cloud)

    assert len(arrived(cloud, url)) == 1
    entry = {**ORDER, "EventBusName": BUS}
    stranger = cloud.client("events", account="333333333333")
    assert refused(stranger.put_events, Entries=[entry])[0] == "AccessDeniedException"
