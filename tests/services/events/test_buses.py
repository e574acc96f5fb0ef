"""Buses: the default one, custom ones, permissions, tags."""

import json

import pytest

from tests.services.events.events import arrived, put, ruled
from tests.services.sns.test_topics import refusal

DEFAULT = "arn:aws:events:us-east-1:000000000000:event-bus/default"


def test_the_default_bus_is_always_there(cloud):
    [bus] = cloud.client("events").list_event_buses()["EventBuses"]

    assert (bus["Name"], bus["Arn"]) == ("default", DEFAULT)
    assert refusal(cloud.client("events").delete_event_bus, Name="default") == (
        "ValidationException",
        "Cannot delete event bus default.",
    )


def test_a_custom_bus_has_rules_of_its_own(cloud):
    events = cloud.client("events")
    arn = events.create_event_bus(Name="shop", Description="What the shop says")["EventBusArn"]
    custom, default = ruled(cloud, "custom", bus="shop"), ruled(cloud, "default")

    put(cloud, EventBusName="shop")
    put(cloud, EventBusName=arn)

    assert len(arrived(cloud, custom)) == 2
    assert arrived(cloud, default) == []
    assert events.describe_event_bus(Name="shop")["Description"] == "What the shop says"
    assert events.describe_rule(Name="custom", EventBusName="shop")["Arn"].endswith(":rule/shop/custom")


def test_a_bus_goes_when_its_rules_have_gone(cloud):
    events = cloud.client("events")
    events.create_event_bus(Name="shop")
    assert refusal(events.create_event_bus, Name="shop")[0] == "ResourceAlreadyExistsException"
    events.put_rule(Name="r", EventBusName="shop", EventPattern='{"source": ["shop"]}')

    assert refusal(events.delete_event_bus, Name="shop")[0] == "ValidationException"
    events.delete_rule(Name="r", EventBusName="shop")
    events.delete_event_bus(Name="shop")

    assert refusal(events.describe_event_bus, Name="shop") == (
        "ResourceNotFoundException",
        "Event bus shop does not exist.",
    )


def test_buses_are_listed_by_the_page(cloud):
    events = cloud.client("events")
    for number in range(3):
        events.create_event_bus(Name=f"shop-{number}")

    first = events.list_event_buses(NamePrefix="shop", Limit=2)
    rest = events.list_event_buses(NamePrefix="shop", Limit=2, NextToken=first["NextToken"])

    assert [bus["Name"] for bus in first["EventBuses"] + rest["EventBuses"]] == ["shop-0", "shop-1", "shop-2"]
    assert "NextToken" not in rest


def test_permissions_are_statements_of_the_policy(cloud):
    events = cloud.client("events")
    events.put_permission(Action="events:PutEvents", Principal="111122223333", StatementId="them")
    events.put_permission(
        Action="events:PutEvents", Principal="*", StatementId="ours",
        Condition={"Type": "StringEquals", "Key": "aws:PrincipalOrgID", "Value": "o-1234567890"},
    )  # fmt: skip

    them, ours = json.loads(events.describe_event_bus()["Policy"])["Statement"]
    assert them["Principal"] == {"AWS": "arn:aws:iam::111122223333:root"}
    assert ours["Condition"] == {"StringEquals": {"aws:PrincipalOrgID": "o-1234567890"}}
    events.remove_permission(StatementId="them")
    assert len(json.loads(events.describe_event_bus()["Policy"])["Statement"]) == 1
    assert refusal(events.remove_permission, StatementId="them")[0] == "ResourceNotFoundException"
    events.remove_permission(RemoveAllPermissions=True)
    assert "Policy" not in events.describe_event_bus()
    assert refusal(events.put_permission, Policy="{")[0] == "ValidationException"
    assert refusal(events.put_permission, Action="events:PutEvents", Principal="*")[0] == "ValidationException"


@pytest.mark.parametrize("kind", ["bus", "rule"])
def test_tags_come_and_go(cloud, kind):
    events = cloud.client("events")
    tags = [{"Key": "team", "Value": "shop"}, {"Key": "stage", "Value": "test"}]
    if kind == "bus":
        arn = events.create_event_bus(Name="shop", Tags=tags[:1])["EventBusArn"]
    else:
        arn = events.put_rule(Name="r", EventPattern='{"source": ["shop"]}', Tags=tags[:1])["RuleArn"]

    events.tag_resource(ResourceARN=arn, Tags=tags[1:])
    assert events.list_tags_for_resource(ResourceARN=arn)["Tags"] == tags
    events.untag_resource(ResourceARN=arn, TagKeys=["team", "never"])
    assert events.list_tags_for_resource(ResourceARN=arn)["Tags"] == tags[1:]

    assert refusal(events.list_tags_for_resource, ResourceARN=arn.replace("/shop", "/none").replace("/r", "/none"))[
        0
    ] == ("ResourceNotFoundException")


def test_a_custom_bus_has_no_slash_in_its_name(cloud):
    refused = refusal(cloud.client("events").create_event_bus, Name="shop/orders")

    assert refused == ("ValidationException", "Event bus name must not contain '/'.")


def test_a_bus_without_a_policy_has_no_statement_to_remove(cloud):
    events = cloud.client("events")
    events.create_event_bus(Name="shop")
    remove = {"EventBusName": "shop", "StatementId": "none"}

    assert refusal(events.remove_permission, **remove)[1] == "EventBus does not have a policy."
    events.put_permission(EventBusName="shop", Action="events:PutEvents", Principal="*", StatementId="all")

    assert refusal(events.remove_permission, **remove)[1] == "Statement with the provided id does not exist."


@pytest.mark.parametrize(
    ("region", "account", "same"),
    [("us-east-1", "222222222222", True), ("eu-central-1", "000000000000", False)],
)
def test_an_event_keeps_its_id_in_its_region_only(cloud, region, account, same):
    there = cloud.client("events", region=region, account=account)
    there.put_permission(Action="events:PutEvents", Principal="000000000000", StatementId="neighbours")
    there.put_rule(Name="far", EventPattern='{"source": ["shop"]}')
    far = cloud.client("sqs", region=region, account=account).create_queue(QueueName="far")["QueueUrl"]
    there.put_targets(Rule="far", Targets=[{"Id": "1", "Arn": f"arn:aws:sqs:{region}:{account}:far"}])
    bus = f"arn:aws:events:{region}:{account}:event-bus/default"
    ruled(cloud, target={"Id": "bus", "Arn": bus, "RoleArn": "arn:aws:iam::000000000000:role/r"})

    sent = put(cloud)["Entries"][0]["EventId"]
    cloud.settle()

    queue = cloud.client("sqs", region=region, account=account)
    event = json.loads(queue.receive_message(QueueUrl=far)["Messages"][0]["Body"])
    assert event["account"] == "000000000000"
    assert event["region"] == "us-east-1"
    assert (event["id"] == sent) is same


def test_the_key_of_a_bus_and_of_an_archive_is_kept(cloud):
    events = cloud.client("events")
    key = "arn:aws:kms:us-east-1:000000000000:key/k"
    made = events.create_event_bus(Name="shop", KmsKeyIdentifier=key)
    events.create_archive(ArchiveName="all", EventSourceArn=made["EventBusArn"], KmsKeyIdentifier=key)
    assert made["KmsKeyIdentifier"] == key

    events.update_event_bus(Name="shop", Description="What the shop says")

    bus = events.describe_event_bus(Name="shop")
    assert (bus["KmsKeyIdentifier"], bus["Description"]) == (key, "What the shop says")
    assert events.describe_archive(ArchiveName="all")["KmsKeyIdentifier"] == key
