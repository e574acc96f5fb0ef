"""Topics: names, attributes, permissions, tags."""

import json

import pytest
from botocore.exceptions import ClientError

from tests.services.sns.topics import queue, topic


def refusal(call, **wish):
    with pytest.raises(ClientError) as refused:
        call(**wish)
    error = refused.value.response["Error"]
    return error["Code"], error["Message"]


def test_a_topic_can_be_created_again_with_the_same_attributes(cloud):
    first = topic(cloud, DisplayName="Orders")

    assert topic(cloud, DisplayName="Orders") == topic(cloud) == first


def test_a_topic_cannot_be_created_again_with_others(cloud):
    topic(cloud, DisplayName="Orders")

    assert refusal(cloud.client("sns").create_topic, Name="orders", Attributes={"DisplayName": "Others"}) == (
        "InvalidParameter",
        "Invalid parameter: Attributes Reason: Topic already exists with different attributes",
    )


@pytest.mark.parametrize(
    ("name", "attributes"),
    [("a b", {}), ("x" * 257, {}), ("orders.fifo", {}), ("orders", {"FifoTopic": "true"}), ("a.b", {})],
)
def test_a_name_that_is_none_is_refused(cloud, name, attributes):
    refused = refusal(cloud.client("sns").create_topic, Name=name, Attributes=attributes)

    assert refused == ("InvalidParameter", "Invalid parameter: Topic Name")


def test_a_topic_shows_its_policies(cloud):
    arn = topic(cloud, "orders.fifo", FifoTopic="true")

    shown = cloud.client("sns").get_topic_attributes(TopicArn=arn)["Attributes"]

    assert json.loads(shown["Policy"])["Statement"][0]["Sid"] == "__default_statement_ID"
    assert json.loads(shown["EffectiveDeliveryPolicy"])["http"]["defaultHealthyRetryPolicy"]["numRetries"] == 3
    assert (shown["FifoTopic"], shown["ContentBasedDeduplication"]) == ("true", "false")


def test_what_is_no_topic_is_said(cloud):
    sns = cloud.client("sns")

    assert refusal(sns.get_topic_attributes, TopicArn="orders")[1].endswith("must have at least 6 elements, not 1")
    assert refusal(sns.get_topic_attributes, TopicArn="arn:aws:sns:eu-west-1:000000000000:orders") == (
        "InvalidParameter",
        "Invalid parameter: TopicArn",
    )
    assert refusal(sns.get_topic_attributes, TopicArn="arn:aws:sns:us-east-1:000000000000:orders") == (
        "NotFound",
        "Topic does not exist",
    )


def test_a_deleted_topic_is_gone_with_its_subscriptions_and_may_be_deleted_again(cloud):
    sns, arn = cloud.client("sns"), topic(cloud)
    sns.subscribe(TopicArn=arn, Protocol="sqs", Endpoint=queue(cloud, "q")[1])

    sns.delete_topic(TopicArn=arn)
    sns.delete_topic(TopicArn=arn)

    assert sns.list_topics()["Topics"] == []
    assert sns.list_subscriptions()["Subscriptions"] == []


def test_a_permission_is_a_statement_of_the_policy(cloud):
    sns, arn = cloud.client("sns"), topic(cloud)
    wish = {"TopicArn": arn, "Label": "them", "AWSAccountId": ["111111111111"], "ActionName": ["Publish"]}

    sns.add_permission(**wish)

    policy = json.loads(sns.get_topic_attributes(TopicArn=arn)["Attributes"]["Policy"])
    assert policy["Statement"][1] == {
        "Sid": "them",
        "Effect": "Allow",
        "Principal": {"AWS": "arn:aws:iam::111111111111:root"},
        "Action": "SNS:Publish",
        "Resource": arn,
    }
    assert refusal(sns.add_permission, **wish)[1] == "Invalid parameter: Statement already exists"
    assert refusal(sns.add_permission, **{**wish, "Label": "x", "ActionName": ["Dance"]})[1] == (
        "Invalid parameter: Policy statement action out of service scope!"
    )


def test_tags_come_and_go(cloud):
    sns, arn = cloud.client("sns"), topic(cloud)

    sns.tag_resource(ResourceArn=arn, Tags=[{"Key": "team", "Value": "a"}, {"Key": "stage", "Value": "b"}])
    sns.untag_resource(ResourceArn=arn, TagKeys=["team"])

    assert sns.list_tags_for_resource(ResourceArn=arn)["Tags"] == [{"Key": "stage", "Value": "b"}]


def test_lists_come_in_pages_of_a_hundred(cloud):
    sns = cloud.client("sns")
    for number in range(101):
        topic(cloud, f"t{number:03d}")

    first = sns.list_topics()
    second = sns.list_topics(NextToken=first["NextToken"])

    assert (len(first["Topics"]), len(second["Topics"]), "NextToken" in second) == (100, 1, False)
