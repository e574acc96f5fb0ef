"""Topics of other accounts, and deliveries to queues whose policy decides."""

import json

from tests.services.sns.topics import queue, received, subscribed, topic
from tests.services.visiting import ME, OTHER, policy, refused


def let(cloud, arn, action, **more):
    text = policy(action, arn, **more)
    cloud.client("sns").set_topic_attributes(TopicArn=arn, AttributeName="Policy", AttributeValue=text)


def test_another_account_may_not_publish_without_a_permission(cloud):
    arn = topic(cloud)

    code, message = refused(cloud.client("sns", account=OTHER).publish, TopicArn=arn, Message="x")

    assert code == "AuthorizationError"
    assert message == (
        f"User: arn:aws:iam::{OTHER}:root is not authorized to perform: SNS:Publish on resource: {arn} "
        "because no resource-based policy allows the SNS:Publish action"
    )


def test_another_account_publishes_what_the_policy_of_the_topic_allows(cloud):
    arn = topic(cloud)
    url = subscribed(cloud, arn, "q")
    let(cloud, arn, "sns:Publish")

    cloud.client("sns", account=OTHER).publish(TopicArn=arn, Message="hello")
    cloud.client("sns", account=OTHER).publish_batch(
        TopicArn=arn, PublishBatchRequestEntries=[{"Id": "1", "Message": "again"}]
    )

    assert [json.loads(each["Body"])["Message"] for each in received(cloud, url)] == ["hello", "again"]


def test_add_permission_lets_another_account_subscribe_its_queue(cloud):
    arn = topic(cloud)
    cloud.client("sns").add_permission(TopicArn=arn, Label="x", AWSAccountId=[OTHER], ActionName=["Subscribe"])
    sqs = cloud.client("sqs", account=OTHER)
    url = sqs.create_queue(QueueName="theirs")["QueueUrl"]
    theirs = f"arn:aws:sqs:us-east-1:{OTHER}:theirs"
    leave = policy("sqs:SendMessage", theirs, {"Service": "sns.amazonaws.com"}, ArnEquals={"aws:SourceArn": arn})
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": leave})
    sns = cloud.client("sns", account=OTHER)

    made = sns.subscribe(TopicArn=arn, Protocol="sqs", Endpoint=theirs)["SubscriptionArn"]
    cloud.client("sns").publish(TopicArn=arn, Message="hello")

    assert json.loads(sqs.receive_message(QueueUrl=url)["Messages"][0]["Body"])["Message"] == "hello"
    [listed] = cloud.client("sns").list_subscriptions_by_topic(TopicArn=arn)["Subscriptions"]
    assert (listed["Owner"], listed["SubscriptionArn"]) == (OTHER, made)


def test_who_owns_a_subscription_ends_it(cloud):
    arn = topic(cloud)
    let(cloud, arn, "sns:Subscribe")
    sns = cloud.client("sns", account=OTHER)
    made = sns.subscribe(TopicArn=arn, Protocol="email", Endpoint="a@b.cd", ReturnSubscriptionArn=True)

    sns.unsubscribe(SubscriptionArn=made["SubscriptionArn"])

    assert not cloud.client("sns").list_subscriptions_by_topic(TopicArn=arn)["Subscriptions"]


def test_another_account_may_not_end_a_subscription(cloud):
    arn = topic(cloud)
    subscribed(cloud, arn, "q")
    [listed] = cloud.client("sns").list_subscriptions_by_topic(TopicArn=arn)["Subscriptions"]

    code, _ = refused(cloud.client("sns", account=OTHER).unsubscribe, SubscriptionArn=listed["SubscriptionArn"])

    assert code == "AuthorizationError"


def test_a_queue_of_another_account_without_a_permission_gets_nothing(cloud):
    arn = topic(cloud)
    sqs = cloud.client("sqs", account=OTHER)
    url = sqs.create_queue(QueueName="theirs")["QueueUrl"]
    dead, dead_arn = queue(cloud, "dead")
    let(cloud, arn, "sns:Subscribe")
    cloud.client("sns", account=OTHER).subscribe(
        TopicArn=arn, Protocol="sqs", Endpoint=f"arn:aws:sqs:us-east-1:{OTHER}:theirs",
        Attributes={"RedrivePolicy": json.dumps({"deadLetterTargetArn": dead_arn})},
    )  # fmt: skip

    cloud.client("sns").publish(TopicArn=arn, Message="hello")
    cloud.settle()

    assert "Messages" not in sqs.receive_message(QueueUrl=url)
    assert len(received(cloud, dead)) == 1
    [failed] = cloud.records("NotificationFailed")
    assert "sns.amazonaws.com is not authorized to perform: sqs:sendmessage" in failed.fact.error


def test_a_delivery_that_aws_would_refuse_for_want_of_a_queue_policy_is_made_and_noted_once(cloud):
    arn = topic(cloud)
    url = subscribed(cloud, arn, "q")

    for _ in range(2):
        cloud.client("sns").publish(TopicArn=arn, Message="hello")

    assert len(received(cloud, url)) == 2
    [noted] = cloud.records("PermissionMissing")
    fact = noted.fact
    assert (fact.sender, fact.source, fact.action) == ("sns.amazonaws.com", arn, "sqs:sendmessage")
    assert fact.why == "because no resource-based policy allows the sqs:sendmessage action"


def test_nothing_is_noted_where_the_queue_has_the_policy(cloud):
    arn = topic(cloud)
    url = subscribed(cloud, arn, "q")
    of_queue = f"arn:aws:sqs:us-east-1:{ME}:q"
    leave = policy("sqs:SendMessage", of_queue, {"Service": "sns.amazonaws.com"}, ArnEquals={"aws:SourceArn": arn})
    cloud.client("sqs").set_queue_attributes(QueueUrl=url, Attributes={"Policy": leave})

    cloud.client("sns").publish(TopicArn=arn, Message="hello")

    assert not cloud.records("PermissionMissing")


def test_a_queue_that_its_owner_did_not_subscribe_must_be_confirmed_by_its_owner(cloud):
    arn = topic(cloud)
    sqs = cloud.client("sqs", account=OTHER)
    url = sqs.create_queue(QueueName="theirs")["QueueUrl"]
    theirs = f"arn:aws:sqs:us-east-1:{OTHER}:theirs"
    leave = policy("sqs:SendMessage", theirs, {"Service": "sns.amazonaws.com"})
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": leave})

    answer = cloud.client("sns").subscribe(TopicArn=arn, Protocol="sqs", Endpoint=theirs)["SubscriptionArn"]
    cloud.settle()
    [asked] = [json.loads(each["Body"]) for each in sqs.receive_message(QueueUrl=url)["Messages"]]
    assert (answer, asked["Type"]) == ("pending confirmation", "SubscriptionConfirmation")
    cloud.client("sns", account=OTHER).confirm_subscription(TopicArn=arn, Token=asked["Token"])
    cloud.client("sns").publish(TopicArn=arn, Message="hello")

    assert json.loads(sqs.receive_message(QueueUrl=url)["Messages"][0]["Body"])["Message"] == "hello"
