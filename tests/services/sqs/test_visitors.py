"""Queues of other accounts."""

import pytest

from tests.services.visiting import ME, OTHER, policy, refused

ARN = f"arn:aws:sqs:us-east-1:{ME}:jobs"


@pytest.fixture
def url(cloud):
    return cloud.client("sqs").create_queue(QueueName="jobs")["QueueUrl"]


def let(cloud, url, action, **more):
    cloud.client("sqs").set_queue_attributes(QueueUrl=url, Attributes={"Policy": policy(action, ARN, **more)})


def test_another_account_may_not_send_without_a_permission(cloud, url):
    code, message = refused(cloud.client("sqs", account=OTHER).send_message, QueueUrl=url, MessageBody="x")

    assert code == "AccessDenied"
    assert message == (
        f"User: arn:aws:iam::{OTHER}:root is not authorized to perform: sqs:sendmessage on resource: {ARN} "
        "because no resource-based policy allows the sqs:sendmessage action"
    )
    assert "Messages" not in cloud.client("sqs").receive_message(QueueUrl=url)


def test_another_account_sends_what_the_policy_of_the_queue_allows(cloud, url):
    let(cloud, url, "sqs:SendMessage")

    cloud.client("sqs", account=OTHER).send_message(QueueUrl=url, MessageBody="hello")
    cloud.client("sqs", account=OTHER).send_message_batch(QueueUrl=url, Entries=[{"Id": "1", "MessageBody": "again"}])

    got = cloud.client("sqs").receive_message(QueueUrl=url, MaxNumberOfMessages=10)["Messages"]
    assert [each["Body"] for each in got] == ["hello", "again"]


def test_add_permission_lets_another_account_receive_and_delete(cloud, url):
    cloud.client("sqs").add_permission(
        QueueUrl=url, Label="x", AWSAccountIds=[OTHER], Actions=["ReceiveMessage", "DeleteMessage"]
    )
    cloud.client("sqs").send_message(QueueUrl=url, MessageBody="hello")
    sqs = cloud.client("sqs", account=OTHER)

    [got] = sqs.receive_message(QueueUrl=url)["Messages"]
    sqs.delete_message(QueueUrl=url, ReceiptHandle=got["ReceiptHandle"])

    cloud.advance(60)
    assert "Messages" not in cloud.client("sqs").receive_message(QueueUrl=url)


def test_a_condition_of_the_policy_must_hold(cloud, url):
    let(cloud, url, "sqs:SendMessage", ArnLike={"aws:PrincipalArn": f"arn:aws:iam::{OTHER}:role/writer"})

    assert refused(cloud.client("sqs", account=OTHER).send_message, QueueUrl=url, MessageBody="x")[0] == "AccessDenied"


def test_what_is_the_owners_alone_is_refused_whatever_the_policy_says(cloud, url):
    let(cloud, url, "sqs:*")
    sqs = cloud.client("sqs", account=OTHER)

    assert refused(sqs.delete_queue, QueueUrl=url)[0] == "AccessDenied"
    assert refused(sqs.set_queue_attributes, QueueUrl=url, Attributes={"DelaySeconds": "1"})[0] == "AccessDenied"


def test_the_url_of_another_accounts_queue_is_given_to_who_may_have_it(cloud, url):
    sqs = cloud.client("sqs", account=OTHER)
    assert refused(sqs.get_queue_url, QueueName="jobs", QueueOwnerAWSAccountId=ME)[0] == "AccessDenied"

    let(cloud, url, "sqs:GetQueueUrl")

    assert sqs.get_queue_url(QueueName="jobs", QueueOwnerAWSAccountId=ME)["QueueUrl"].endswith(f"/{ME}/jobs")


def test_a_long_poll_of_another_account_ends_with_the_message(cloud, url):
    let(cloud, url, "sqs:*")
    cloud.client("sqs").send_message(QueueUrl=url, MessageBody="hello", DelaySeconds=0)

    [got] = cloud.client("sqs", account=OTHER).receive_message(QueueUrl=url, WaitTimeSeconds=5)["Messages"]

    assert got["Body"] == "hello"


def test_ones_own_queue_needs_no_policy_even_one_that_others_have_too(cloud, url):
    mine = cloud.client("sqs", account=OTHER).create_queue(QueueName="jobs")["QueueUrl"]

    cloud.client("sqs", account=OTHER).send_message(QueueUrl=mine, MessageBody="x")

    assert "Messages" not in cloud.client("sqs").receive_message(QueueUrl=url)


def test_an_organization_lets_its_accounts_in():
    from windtunnel.kernel.settings import Settings
    from windtunnel.testing.running import RunningCloud

    with RunningCloud(Settings(organization="o-1234567890")) as cloud:
        url = cloud.client("sqs").create_queue(QueueName="jobs")["QueueUrl"]
        let(cloud, url, "sqs:SendMessage", principal="*", StringEquals={"aws:PrincipalOrgID": "o-1234567890"})

        cloud.client("sqs", account=OTHER).send_message(QueueUrl=url, MessageBody="x")

        let(cloud, url, "sqs:SendMessage", principal="*", StringEquals={"aws:PrincipalOrgID": "o-other"})
        code, _ = refused(cloud.client("sqs", account=OTHER).send_message, QueueUrl=url, MessageBody="x")
        assert code == "AccessDenied"
