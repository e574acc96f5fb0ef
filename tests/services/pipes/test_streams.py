"""Pipes from streams: records in order, tried again, given up, remembered over a restart."""

import json

from tests.services.lambda_.functions import FAIL, create
from tests.services.pipes.piping import came, filters, piped
from tests.services.sns.topics import queue

STREAM = "arn:aws:kinesis:us-east-1:000000000000:stream/s"


def from_stream(cloud, target, position="TRIM_HORIZON", **members):
    own = members.pop("own", {})
    cloud.client("kinesis").create_stream(StreamName="s", ShardCount=1)
    parameters = {"KinesisStreamParameters": {"StartingPosition": position, **own}, **members.pop("parameters", {})}
    return piped(cloud, STREAM, target, SourceParameters=parameters, **members)


def put(cloud, *datas):
    for data in datas:
        cloud.client("kinesis").put_record(StreamName="s", Data=json.dumps(data).encode(), PartitionKey="k")
    cloud.settle()


def test_a_record_lies_flat_and_its_data_is_looked_into(cloud):
    url, arn = queue(cloud, "out")
    template = '{"n": <$.data.n>, "key": <$.partitionKey>, "from": <$.eventSource>}'
    from_stream(cloud, arn, TargetParameters={"InputTemplate": template})

    put(cloud, {"n": 1}, {"n": 2})

    assert came(cloud, url) == [{"n": n, "key": "k", "from": "aws:kinesis"} for n in (1, 2)]


def test_records_are_filtered_by_their_data(cloud):
    url, arn = queue(cloud, "out")
    from_stream(
        cloud,
        arn,
        parameters=filters({"data": {"n": [{"numeric": [">", 1]}]}}),
        TargetParameters={"InputTemplate": "<$.data>"},
    )

    put(cloud, {"n": 1}, {"n": 2})

    assert came(cloud, url) == [{"n": 2}]


def test_the_defaults_of_a_stream_are_shown(cloud):
    from_stream(cloud, queue(cloud, "out")[1])

    assert cloud.client("pipes").describe_pipe(Name="p")["SourceParameters"]["KinesisStreamParameters"] == {
        "BatchSize": 100, "MaximumBatchingWindowInSeconds": 0, "MaximumRecordAgeInSeconds": -1, "MaximumRetryAttempts": -1,
        "ParallelizationFactor": 1, "StartingPosition": "TRIM_HORIZON",
    }  # fmt: skip


def test_a_batch_that_fails_for_good_is_told_to_the_dead_letter_queue(cloud):
    dead, dead_arn = queue(cloud, "dead")
    function = create(cloud, FAIL)["FunctionArn"]
    own = {"MaximumRetryAttempts": 1, "DeadLetterConfig": {"Arn": dead_arn}}
    pipe = from_stream(cloud, function, own=own)

    put(cloud, {"n": 1})
    cloud.advance(minutes=2)

    [notice] = came(cloud, dead)
    assert notice["context"] == {"partnerResourceArn": pipe, "condition": "RetryAttemptsExhausted"}
    assert (notice["KinesisBatchInfo"]["batchSize"], notice["KinesisBatchInfo"]["streamArn"]) == (1, STREAM)
    assert len(cloud.records("BatchProcessed")) == 2
    assert cloud.client("pipes").describe_pipe(Name="p")["StateReason"] == "PROBLEM: FunctionError"


def test_changes_of_a_table_go_through(cloud):
    dynamodb = cloud.client("dynamodb")
    dynamodb.create_table(
        TableName="things", BillingMode="PAY_PER_REQUEST", KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"},
    )  # fmt: skip
    stream = dynamodb.describe_table(TableName="things")["Table"]["LatestStreamArn"]
    url, arn = queue(cloud, "out")
    template = '{"what": <$.eventName>, "id": <$.dynamodb.Keys.id.S>}'
    parameters = {"DynamoDBStreamParameters": {"StartingPosition": "LATEST"}}
    piped(cloud, stream, arn, SourceParameters=parameters, TargetParameters={"InputTemplate": template})

    dynamodb.put_item(TableName="things", Item={"id": {"S": "7"}})
    cloud.settle()

    assert came(cloud, url) == [{"what": "INSERT", "id": "7"}]


def test_a_stopped_pipe_goes_on_where_it_was(cloud):
    url, arn = queue(cloud, "out")
    from_stream(cloud, arn, TargetParameters={"InputTemplate": "<$.data>"})
    put(cloud, {"n": 1})
    pipes = cloud.client("pipes")
    pipes.stop_pipe(Name="p")
    put(cloud, {"n": 2})
    assert came(cloud, url) == [{"n": 1}]

    pipes.start_pipe(Name="p")
    cloud.settle()

    assert came(cloud, url) == [{"n": 2}]


def test_a_restart_reads_no_record_again_that_is_done(started):
    cloud = started()
    url, arn = queue(cloud, "out")
    from_stream(cloud, arn, TargetParameters={"InputTemplate": "<$.data>"})
    put(cloud, {"n": 1})
    assert came(cloud, url) == [{"n": 1}]
    cloud = started()

    put(cloud, {"n": 2})

    assert came(cloud, url) == [{"n": 2}]
