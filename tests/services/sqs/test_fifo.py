def test_a_fifo_queue_goes_on_after_a_restart(started):
    cloud = started()
    sqs = cloud.client("sqs")
    url = sqs.create_queue(QueueName="jobs.fifo", Attributes={"FifoQueue": "true"})["QueueUrl"]
    first = sqs.send_message(QueueUrl=url, MessageBody="a", MessageGroupId="g", MessageDeduplicationId="1")
    sqs = started().client("sqs")

    again = sqs.send_message(QueueUrl=url, MessageBody="a", MessageGroupId="g", MessageDeduplicationId="1")
    second = sqs.send_message(QueueUrl=url, MessageBody="b", MessageGroupId="g", MessageDeduplicationId="2")

    assert again["MessageId"] == first["MessageId"]
    assert len(second["SequenceNumber"]) == 20 and second["SequenceNumber"] > first["SequenceNumber"]
    assert [m["Body"] for m in sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10)["Messages"]] == ["a", "b"]
