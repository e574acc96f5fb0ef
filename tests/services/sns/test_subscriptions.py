"""Subscriptions: endpoints, confirmation, attributes, filters."""

import json

import pytest

from tests.services.sns.test_topics import refusal
from tests.services.sns.topics import envelopes, queue, subscribed, topic


def test_a_queue_is_confirmed_at_once(cloud):
    sns, arn = cloud.client("sns"), topic(cloud)

    subscription = sns.subscribe(TopicArn=arn, Protocol="sqs", Endpoint=queue(cloud, "q")[1])["SubscriptionArn"]

    shown = sns.get_subscription_attributes(SubscriptionArn=subscription)["Attributes"]
    assert shown["PendingConfirmation"] == "false"
    assert shown["RawMessageDelivery"] == "false"
    assert "FilterPolicyScope" not in shown
    assert sns.get_topic_attributes(TopicArn=arn)["Attributes"]["SubscriptionsConfirmed"] == "1"


def test_the_same_subscription_is_made_once(cloud):
    sns, arn = cloud.client("sns"), topic(cloud)
    wish = {"TopicArn": arn, "Protocol": "sqs", "Endpoint": queue(cloud, "q")[1]}
    first = sns.subscribe(**wish)["SubscriptionArn"]

    assert sns.subscribe(**wish)["SubscriptionArn"] == first
    assert refusal(sns.subscribe, **wish, Attributes={"RawMessageDelivery": "true"})[1].endswith(
        "Subscription already exists with different attributes"
    )


@pytest.mark.parametrize(
    ("protocol", "endpoint", "says"),
    [
        ("sqs", "http://localhost/000000000000/q", "Invalid parameter: SQS endpoint ARN"),
        ("lambda", "fn", "Invalid parameter: Lambda endpoint ARN"),
        ("http", "https://example.com", "Invalid parameter: Endpoint must match the specified protocol"),
        ("sms", "NAA+15551234567", "Invalid SMS endpoint: NAA+15551234567"),
        ("sms", "+15--551234567", "Invalid SMS endpoint: +15--551234567"),
        ("pigeon", "roof", "Invalid parameter: Amazon SNS does not support this protocol string: pigeon"),
    ],
)
def test_an_endpoint_that_is_none_is_refused(cloud, protocol, endpoint, says):
    refused = refusal(cloud.client("sns").subscribe, TopicArn=topic(cloud), Protocol=protocol, Endpoint=endpoint)

    assert refused == ("InvalidParameter", says)


def test_who_is_asked_by_email_confirms_with_the_token(cloud):
    sns, arn = cloud.client("sns"), topic(cloud)
    pending = sns.subscribe(TopicArn=arn, Protocol="email", Endpoint="ada@example.com")["SubscriptionArn"]
    cloud.settle()
    letter = cloud.records("LetterSent")[0].fact
    token = letter.text.split('"Token" : "')[1].split('"')[0]

    subscription = sns.confirm_subscription(TopicArn=arn, Token=token)["SubscriptionArn"]
    sns.publish(TopicArn=arn, Message="ready", Subject="Order")
    cloud.settle()

    assert pending == "pending confirmation"
    assert subscription.startswith(arn)
    last = cloud.records("LetterSent")[-1].fact
    assert (last.address, last.subject, last.text) == ("ada@example.com", "Order", "ready")


def test_a_wrong_token_confirms_nothing(cloud):
    sns, arn = cloud.client("sns"), topic(cloud)

    assert refusal(sns.confirm_subscription, TopicArn=arn, Token="short")[1] == "Invalid token"
    assert refusal(sns.confirm_subscription, TopicArn=arn, Token="a" * 288)[1] == "Invalid parameter: Token"


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("Wings", "two", "AttributeName"),
        ("RawMessageDelivery", "yes", "RawMessageDelivery: Invalid value [yes]. Must be true or false."),
        ("FilterPolicyScope", "Nose", "FilterPolicyScope: Invalid value [Nose]. Please use either MessageBody or"),
        ("FilterPolicy", "{no}", "FilterPolicy: failed to parse JSON. Unexpected character ('n' (code 110)): was exp"),
        ("FilterPolicy", '{"a": {"b": [1]}}', "Filter policy scope MessageAttributes does not support nested filter"),
        ("RedrivePolicy", '{"deadLetterTargetArn": "x"}', "RedrivePolicy: deadLetterTargetArn is an invalid arn"),
        ("FilterPolicy", '{"a": [{"numeric": [">", 20, 30]}]}', "FilterPolicy: Bad value in numeric range: 30"),
        ("FilterPolicy", '{"a": [{"numeric": ["=", "0"]}]}', "FilterPolicy: Value of equals must be numeric"),
    ],
)
def test_an_attribute_that_makes_no_sense_is_refused(cloud, name, value, says):
    sns, arn = cloud.client("sns"), topic(cloud)
    subscription = sns.subscribe(TopicArn=arn, Protocol="sqs", Endpoint=queue(cloud, "q")[1])["SubscriptionArn"]

    refused = refusal(
        sns.set_subscription_attributes, SubscriptionArn=subscription, AttributeName=name, AttributeValue=value
    )

    assert refused[1].startswith(f"Invalid parameter: {says}")


def test_a_policy_with_too_many_combinations_is_refused(cloud):
    sns, arn = cloud.client("sns"), topic(cloud)
    policy = '{"a": [1,2,3,4,5,6], "b": [1,2,3,4,5,6], "c": [1,2,3,4,5]}'

    refused = refusal(
        sns.subscribe, TopicArn=arn, Protocol="sqs", Endpoint=queue(cloud, "q")[1], Attributes={"FilterPolicy": policy}
    )

    assert refused[1] == "Invalid parameter: Attributes Reason: FilterPolicy: Filter policy is too complex"


def test_a_filter_by_attributes_lets_through_what_it_names(cloud):
    sns, arn = cloud.client("sns"), topic(cloud)
    policy = '{"kind": ["large", {"prefix": "x"}], "weight": [{"numeric": [">", 5]}], "tags": ["hot"]}'
    url = subscribed(cloud, arn, "q", {"FilterPolicy": policy})

    def publish(message, kind, weight, tags='["cold", "hot"]'):
        attributes = {
            "kind": {"DataType": "String", "StringValue": kind},
            "weight": {"DataType": "Number", "StringValue": weight},
            "tags": {"DataType": "String.Array", "StringValue": tags},
        }
        sns.publish(TopicArn=arn, Message=message, MessageAttributes=attributes)

    publish("yes", "large", "5.5")
    publish("also", "xs", "6")
    publish("too light", "large", "5")
    publish("wrong kind", "small", "9")
    publish("wrong tag", "large", "9", '["cold"]')
    sns.publish(TopicArn=arn, Message="no attributes")

    assert {each["Message"] for each in envelopes(cloud, url)} == {"yes", "also"}


def test_a_filter_by_body_looks_into_it(cloud):
    sns, arn = cloud.client("sns"), topic(cloud)
    policy = '{"order": {"total": [{"numeric": [">=", 10]}], "note": [{"exists": false}]}}'
    url = subscribed(cloud, arn, "q", {"FilterPolicyScope": "MessageBody", "FilterPolicy": policy})

    for message in (
        '{"order": {"total": 10}}',
        '{"order": {"total": 9}}',
        '{"order": {"total": 11, "note": 1}}',
        "text",
    ):
        sns.publish(TopicArn=arn, Message=message)

    assert [each["Message"] for each in envelopes(cloud, url)] == ['{"order": {"total": 10}}']


def test_who_leaves_gets_nothing_more_and_may_leave_again(cloud):
    sns, arn = cloud.client("sns"), topic(cloud)
    url, queue_arn = queue(cloud, "q")
    subscription = sns.subscribe(TopicArn=arn, Protocol="sqs", Endpoint=queue_arn)["SubscriptionArn"]

    sns.unsubscribe(SubscriptionArn=subscription)
    sns.unsubscribe(SubscriptionArn=subscription)
    sns.publish(TopicArn=arn, Message="late")

    assert envelopes(cloud, url) == []
    assert sns.get_topic_attributes(TopicArn=arn)["Attributes"]["SubscriptionsDeleted"] == "1"


def test_null_in_a_filter_by_attributes_means_one_that_is_not_there(cloud):
    arn = topic(cloud)
    url = subscribed(cloud, arn, "mine", {"FilterPolicy": '{"colour": [null, {"anything-but": "red"}]}'})

    for text, attributes in (("none", {}), ("red", {"colour": "red"}), ("blue", {"colour": "blue"})):
        values = {name: {"DataType": "String", "StringValue": value} for name, value in attributes.items()}
        cloud.client("sns").publish(TopicArn=arn, Message=text, MessageAttributes=values)

    assert sorted(each["Message"] for each in envelopes(cloud, url)) == ["blue", "none"]


def test_a_filter_policy_has_five_keys_at_most(cloud):
    policy = {f"key{number}": ["v"] for number in range(6)}
    wish = {"TopicArn": topic(cloud), "Protocol": "sqs", "Endpoint": queue(cloud, "mine")[1]}

    refused = refusal(cloud.client("sns").subscribe, **wish, Attributes={"FilterPolicy": json.dumps(policy)})

    says = "Invalid parameter: Attributes Reason: FilterPolicy: Filter policy can not have more than 5 keys"
    assert refused == ("InvalidParameter", says)
