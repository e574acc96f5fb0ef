"""Archives of FIFO topics, and replays to a subscription."""

import json
from datetime import UTC, datetime

import pytest

from tests.services.sns.topics import envelopes, queue, received, topic
from tests.services.visiting import refused


def archived(cloud, days=30):
    return topic(
        cloud, "orders.fifo", FifoTopic="true", ContentBasedDeduplication="true",
        ArchivePolicy=json.dumps({"MessageRetentionPeriod": str(days)}),
    )  # fmt: skip


def publish(cloud, arn, *messages, group="g", **more):
    for message in messages:
        cloud.client("sns").publish(TopicArn=arn, Message=message, MessageGroupId=group, **more)


def at(cloud, seconds=0.0):
    return datetime.fromtimestamp(cloud.now + seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"


def policy(cloud, start=0.0, end=None):
    wish = {"PointType": "Timestamp", "StartingPoint": at(cloud, start)}
    return json.dumps(wish if end is None else {**wish, "EndingPoint": at(cloud, end)})


def subscribe(cloud, arn, name="late", **attributes):
    """The URL of a standard queue that a new subscription fills, and the subscription's ARN."""
    url, queue_arn = queue(cloud, name)
    made = cloud.client("sns").subscribe(TopicArn=arn, Protocol="sqs", Endpoint=queue_arn, Attributes=attributes)
    cloud.settle()
    return url, made["SubscriptionArn"]


def came(cloud, url):
    return [each["Message"] for each in envelopes(cloud, url)]


def status(cloud, subscription):
    return (
        cloud.client("sns").get_subscription_attributes(SubscriptionArn=subscription)["Attributes"].get("ReplayStatus")
    )


def test_a_new_subscription_gets_what_was_published_before(cloud):
    arn = archived(cloud)
    publish(cloud, arn, "a", "b")
    cloud.advance(hours=1)

    url, subscription = subscribe(cloud, arn, ReplayPolicy=policy(cloud, start=-3600))

    assert came(cloud, url) == ["a", "b"]
    assert status(cloud, subscription) == "Completed"


def test_a_replayed_message_is_the_original_and_says_that_it_was_replayed(cloud):
    arn = archived(cloud)
    first, _ = subscribe(cloud, arn, "first")
    publish(cloud, arn, "a", MessageAttributes={"kind": {"DataType": "String", "StringValue": "x"}})
    cloud.advance(hours=1)

    url, _ = subscribe(cloud, arn, ReplayPolicy=policy(cloud, start=-3600))

    [original], [again] = envelopes(cloud, first), envelopes(cloud, url)
    assert again.pop("Replayed") is True
    for each in (original, again):
        each.pop("UnsubscribeURL")
    assert again == original


def test_after_its_replay_a_subscription_gets_what_is_new(cloud):
    arn = archived(cloud)
    publish(cloud, arn, "a")
    cloud.advance(hours=1)
    url, _ = subscribe(cloud, arn, ReplayPolicy=policy(cloud, start=-3600))

    publish(cloud, arn, "b")

    assert came(cloud, url) == ["a", "b"]


def test_a_replay_begins_and_ends_where_its_policy_says(cloud):
    arn = archived(cloud)
    for message in ("a", "b", "c"):
        publish(cloud, arn, message)
        cloud.advance(minutes=10)

    url, _ = subscribe(cloud, arn, ReplayPolicy=policy(cloud, start=-25 * 60, end=-15 * 60))

    assert came(cloud, url) == ["b"]


def test_a_replay_brings_what_the_filter_wants(cloud):
    arn = archived(cloud)
    for kind in ("x", "y"):
        publish(cloud, arn, kind, MessageAttributes={"kind": {"DataType": "String", "StringValue": kind}})
    cloud.advance(hours=1)

    url, _ = subscribe(cloud, arn, FilterPolicy='{"kind": ["y"]}', ReplayPolicy=policy(cloud, start=-3600))

    assert came(cloud, url) == ["y"]


def test_a_subscription_can_be_replayed_to_again(cloud):
    arn = archived(cloud)
    url, subscription = subscribe(cloud, arn)
    publish(cloud, arn, "a")
    assert came(cloud, url) == ["a"]
    cloud.advance(hours=1)

    cloud.client("sns").set_subscription_attributes(
        SubscriptionArn=subscription, AttributeName="ReplayPolicy", AttributeValue=policy(cloud, start=-3600)
    )
    cloud.settle()

    assert "a" in came(cloud, url)
    [entry] = cloud.records("TopicReplayEnded")
    assert (entry.fact.status, entry.fact.messages) == ("Completed", 1)


def test_messages_leave_the_archive_when_their_days_are_over(cloud):
    arn = archived(cloud, days=1)
    publish(cloud, arn, "old")
    cloud.advance(hours=25)
    publish(cloud, arn, "new")

    url, _ = subscribe(cloud, arn, ReplayPolicy=policy(cloud, start=-23 * 3600))

    assert came(cloud, url) == ["new"]


def test_the_topic_tells_from_when_on_it_can_be_replayed(cloud):
    arn = archived(cloud, days=2)
    sns = cloud.client("sns")
    began = at(cloud)

    assert sns.get_topic_attributes(TopicArn=arn)["Attributes"]["BeginningArchiveTime"] == began
    cloud.advance(days=3)
    shown = sns.get_topic_attributes(TopicArn=arn)["Attributes"]
    assert (shown["BeginningArchiveTime"], json.loads(shown["ArchivePolicy"])) == (
        at(cloud, -2 * 86_400), {"MessageRetentionPeriod": "2"},
    )  # fmt: skip


def test_a_topic_without_an_archive_policy_forgets(cloud):
    arn = archived(cloud)
    publish(cloud, arn, "a")
    sns = cloud.client("sns")
    sns.set_topic_attributes(TopicArn=arn, AttributeName="ArchivePolicy", AttributeValue="{}")

    assert "ArchivePolicy" not in sns.get_topic_attributes(TopicArn=arn)["Attributes"]
    _, queue_arn = queue(cloud, "late")
    wish = {"TopicArn": arn, "Protocol": "sqs", "Endpoint": queue_arn}
    code, _ = refused(sns.subscribe, **wish, Attributes={"ReplayPolicy": policy(cloud)})
    assert code == "InvalidParameter"
    assert not sns.list_subscriptions_by_topic(TopicArn=arn)["Subscriptions"]


def test_a_topic_that_is_archived_cannot_be_deleted(cloud):
    arn = archived(cloud)
    sns = cloud.client("sns")

    assert refused(sns.delete_topic, TopicArn=arn)[0] == "InvalidState"

    sns.set_topic_attributes(TopicArn=arn, AttributeName="ArchivePolicy", AttributeValue="{}")
    sns.delete_topic(TopicArn=arn)


@pytest.mark.parametrize(
    "wish", ['{"MessageRetentionPeriod": "0"}', '{"MessageRetentionPeriod": 366}', "[]", '{"x": 1}']
)
def test_an_archive_policy_that_is_none_is_refused(cloud, wish):
    attributes = {"FifoTopic": "true", "ArchivePolicy": wish}

    assert refused(cloud.client("sns").create_topic, Name="a.fifo", Attributes=attributes)[0] == "InvalidParameter"


def test_a_standard_topic_has_no_archive(cloud):
    attributes = {"ArchivePolicy": '{"MessageRetentionPeriod": "3"}'}

    assert refused(cloud.client("sns").create_topic, Name="a", Attributes=attributes)[0] == "InvalidParameter"


@pytest.mark.parametrize(
    "wish",
    [
        {"PointType": "Timestamp"},
        {"PointType": "Offset", "StartingPoint": "2024-01-01T00:00:00Z"},
        {"PointType": "Timestamp", "StartingPoint": "soon"},
        {"PointType": "Timestamp", "StartingPoint": "1999-01-01T00:00:00.000Z"},
    ],
)
def test_a_replay_policy_that_cannot_be_is_refused(cloud, wish):
    arn = archived(cloud)
    _, subscription = subscribe(cloud, arn)

    code, _ = refused(
        cloud.client("sns").set_subscription_attributes,
        SubscriptionArn=subscription, AttributeName="ReplayPolicy", AttributeValue=json.dumps(wish),
    )  # fmt: skip

    assert code == "InvalidParameter"


def test_archive_and_replay_outlive_a_restart(started):
    cloud = started()
    arn = archived(cloud)
    publish(cloud, arn, "a")
    cloud.advance(hours=1)
    start = policy(cloud, start=-3600)

    cloud = started()
    url, subscription = subscribe(cloud, arn, ReplayPolicy=start)

    assert [json.loads(each["Body"])["Message"] for each in received(cloud, url)] == ["a"]
    assert status(started(), subscription) == "Completed"


def test_a_template_archives_and_replays(cloud):
    template = """
    Resources:
      Orders:
        Type: AWS::SNS::Topic
        Properties: {FifoTopic: true, ArchivePolicy: {MessageRetentionPeriod: "3"}}
    """
    cloud.client("cloudformation").create_stack(StackName="s", TemplateBody=template)
    cloud.settle()
    [made] = cloud.client("sns").list_topics()["Topics"]

    shown = cloud.client("sns").get_topic_attributes(TopicArn=made["TopicArn"])["Attributes"]
    assert json.loads(shown["ArchivePolicy"]) == {"MessageRetentionPeriod": "3"}
