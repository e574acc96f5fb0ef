"""Queues: made, found, listed, changed, deleted."""

import pytest
from botocore.exceptions import ClientError


def test_a_queue_made_again_with_the_same_attributes_is_the_same(cloud):
    sqs = cloud.client("sqs")
    first = sqs.create_queue(QueueName="jobs", Attributes={"DelaySeconds": "5"})["QueueUrl"]

    assert sqs.create_queue(QueueName="jobs", Attributes={"DelaySeconds": "5"})["QueueUrl"] == first


def test_a_queue_made_again_with_other_attributes_is_refused(cloud):
    sqs = cloud.client("sqs")
    sqs.create_queue(QueueName="jobs", Attributes={"DelaySeconds": "5"})

    with pytest.raises(ClientError) as failing:
        sqs.create_queue(QueueName="jobs", Attributes={"DelaySeconds": "6"})

    error = failing.value.response["Error"]
    assert error["Code"] == "QueueAlreadyExists"
    assert (
        error["Message"] == "A queue already exists with the same name and a different value for attribute DelaySeconds"
    )


def test_an_unknown_queue_is_not_there(cloud):
    with pytest.raises(ClientError, match="The specified queue does not exist") as failing:
        cloud.client("sqs").get_queue_url(QueueName="nowhere")

    assert failing.value.response["Error"]["Code"] == "AWS.SimpleQueueService.NonExistentQueue"


def test_accounts_and_regions_see_only_their_own_queues(cloud):
    cloud.client("sqs").create_queue(QueueName="mine")

    assert not cloud.client("sqs", region="eu-west-1").list_queues().get("QueueUrls")
    assert not cloud.client("sqs", account="111122223333").list_queues().get("QueueUrls")


def test_queues_are_listed_page_by_page(cloud):
    sqs = cloud.client("sqs")
    for number in range(5):
        sqs.create_queue(QueueName=f"q{number}")

    first = sqs.list_queues(MaxResults=3)
    second = sqs.list_queues(MaxResults=3, NextToken=first["NextToken"])

    assert len(first["QueueUrls"]) == 3
    assert [url.rsplit("/", 1)[1] for url in second["QueueUrls"]] == ["q3", "q4"]
    assert "NextToken" not in second


@pytest.mark.parametrize(
    ("name", "value"), [("VisibilityTimeout", "43201"), ("DelaySeconds", "x"), ("MaximumMessageSize", "1")]
)
def test_an_attribute_out_of_its_limits_is_refused(cloud, name, value):
    with pytest.raises(ClientError, match=f"Invalid value for the parameter {name}."):
        cloud.client("sqs").create_queue(QueueName="jobs", Attributes={name: value})


def test_a_standard_queue_knows_no_attribute_of_fifo_queues(cloud):
    with pytest.raises(ClientError, match="You can specify the DeduplicationScope only when FifoQueue is set to true."):
        cloud.client("sqs").create_queue(QueueName="jobs", Attributes={"DeduplicationScope": "queue"})


def test_tags_come_and_go(cloud):
    sqs = cloud.client("sqs")
    url = sqs.create_queue(QueueName="jobs", tags={"team": "blue"})["QueueUrl"]
    sqs.tag_queue(QueueUrl=url, Tags={"stage": "dev"})
    sqs.untag_queue(QueueUrl=url, TagKeys=["team"])

    assert sqs.list_queue_tags(QueueUrl=url)["Tags"] == {"stage": "dev"}


def test_a_purged_queue_is_empty_and_cannot_be_purged_again_at_once(cloud):
    sqs = cloud.client("sqs")
    url = sqs.create_queue(QueueName="jobs")["QueueUrl"]
    sqs.send_message(QueueUrl=url, MessageBody="x")

    sqs.purge_queue(QueueUrl=url)

    assert not sqs.receive_message(QueueUrl=url).get("Messages")
    with pytest.raises(ClientError, match="Only one PurgeQueue operation"):
        sqs.purge_queue(QueueUrl=url)


def test_a_service_that_is_not_built_answers_by_name(cloud):
    with pytest.raises(ClientError) as failing:
        cloud.client("athena").list_work_groups()

    assert failing.value.response["Error"]["Code"] == "NotImplemented"
    assert failing.value.response["ResponseMetadata"]["HTTPStatusCode"] == 501
