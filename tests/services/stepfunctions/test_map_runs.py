"""Distributed Maps: executions of their own for the items, read from S3, batched, written, tolerated."""

import json

import pytest

from tests.services.stepfunctions.machines import ended, events, flow, made, run, started, told

DISTRIBUTED = {"ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}}


def mapped(*, processor=None, kind="STANDARD", **fields):
    inner = processor or flow(B={"Type": "Pass"})
    config = {"ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": kind}}
    return flow(A={"Type": "Map", "ItemProcessor": {**config, **inner}, **fields})


def failing(threshold):
    """A processor that fails on numbers below the threshold."""
    rule = {"Variable": "$", "NumericLessThan": threshold, "Next": "F"}
    return flow(
        first="C",
        C={"Type": "Choice", "Choices": [rule], "Default": "B"},
        B={"Type": "Pass"},
        F={"Type": "Fail", "Error": "E"},
    )


def stored(cloud, body, key="items"):
    client = cloud.client("s3")
    client.create_bucket(Bucket="items")
    client.put_object(Bucket="items", Key=key, Body=body)


def reader(kind, **config):
    return {
        "Resource": "arn:aws:states:::s3:getObject",
        "ReaderConfig": {"InputType": kind, **config},
        "Parameters": {"Bucket": "items", "Key.$": "$.key"},
    }


@pytest.mark.parametrize("kind", ["STANDARD", "EXPRESS"])
def test_every_item_has_an_execution_of_its_own(cloud, kind):
    definition = mapped(kind=kind, Label="each", ItemSelector={"v.$": "$$.Map.Item.Value"})
    execution = started(cloud, made(cloud, definition), [1, 2])

    assert ended(cloud, execution)["output"] == [{"v": 1}, {"v": 2}]
    assert told(cloud, execution)[1:] == [
        "2<-0 MapStateEntered",
        "3<-2 MapStateStarted",
        "4<-3 MapRunStarted",
        "5<-4 MapRunSucceeded",
        "6<-5 MapStateSucceeded",
        "7<-4 MapStateExited",
        "8<-7 ExecutionSucceeded",
    ]
    map_run = events(cloud, execution)[3]["details"]["mapRunArn"]
    assert map_run.startswith("arn:aws:states:us-east-1:000000000000:mapRun:m/each:")
    client = cloud.client("stepfunctions")
    children = client.list_executions(mapRunArn=map_run)["executions"]
    assert [each["status"] for each in children] == ["SUCCEEDED"] * 2
    assert all(
        f":{'execution' if kind == 'STANDARD' else 'express'}:m/each:" in each["executionArn"] for each in children
    )
    assert len(client.list_executions(stateMachineArn=made(cloud, definition))["executions"]) == 1


def test_a_map_run_is_described_and_listed(cloud):
    client = cloud.client("stepfunctions")
    execution = started(cloud, made(cloud, mapped(processor=failing(2), ToleratedFailureCount=1)), [1, 2, 3])

    [listed] = client.list_map_runs(executionArn=execution)["mapRuns"]
    found = client.describe_map_run(mapRunArn=listed["mapRunArn"])

    assert (found["status"], found["toleratedFailureCount"]) == ("SUCCEEDED", 1)
    counts = found["itemCounts"]
    assert (counts["total"], counts["succeeded"], counts["failed"], counts["pending"]) == (3, 2, 1, 0)
    assert ended(cloud, execution)["output"] == [2, 3]


@pytest.mark.parametrize(
    "limits, status",
    [
        ({}, "FAILED"),
        ({"ToleratedFailureCount": 1}, "FAILED"),
        ({"ToleratedFailureCount": 2}, "SUCCEEDED"),
        ({"ToleratedFailurePercentage": 40}, "FAILED"),
        ({"ToleratedFailurePercentage": 50}, "SUCCEEDED"),
        ({"ToleratedFailureCountPath": "$[3]"}, "SUCCEEDED"),
    ],
)
def test_so_many_may_fail(cloud, limits, status):
    found = run(cloud, mapped(processor=failing(2), **limits), [0, 1, 2, 3])

    assert found["status"] == status
    if status == "FAILED":
        assert (found["error"], found["cause"]) == (
            "States.ExceedToleratedFailureThreshold",
            "The specified tolerated failure threshold was exceeded",
        )


def test_a_negative_tolerance_fails_the_state(cloud):
    definition = mapped(ToleratedFailureCountPath="$.n", ItemsPath="$.items")
    execution = started(cloud, made(cloud, definition), {"items": [0], "n": -1})

    assert ended(cloud, execution)["cause"].endswith("ToleratedFailureCount cannot be negative.")
    assert told(cloud, execution)[2:] == ["3<-2 MapStateStarted", "4<-3 ExecutionFailed"]


def test_no_more_executions_run_at_a_time_than_wanted(cloud):
    definition = mapped(processor=flow(B={"Type": "Wait", "Seconds": 10}), MaxConcurrency=2)
    execution = started(cloud, made(cloud, definition), [1, 2, 3, 4])

    cloud.advance(10)
    [listed] = cloud.client("stepfunctions").list_map_runs(executionArn=execution)["mapRuns"]
    counts = cloud.client("stepfunctions").describe_map_run(mapRunArn=listed["mapRunArn"])["executionCounts"]
    assert (counts["succeeded"], counts["running"]) == (2, 2)

    cloud.advance(10)
    assert ended(cloud, execution)["output"] == [1, 2, 3, 4]


@pytest.mark.parametrize(
    "kind, config, body, items",
    [
        ("JSON", {}, '[{"a":1},2]', [{"a": 1}, 2]),
        ("JSON", {"ItemsPointer": "/x/y"}, '{"x":{"y":[1]}}', [1]),
        ("JSONL", {}, '{"a":1}\n{"a":2}\n', [{"a": 1}, {"a": 2}]),
        ("CSV", {"CSVHeaderLocation": "FIRST_ROW"}, 'a,b\n1,"x,y"\n,\n', [{"a": "1", "b": "x,y"}, {"a": "", "b": ""}]),
        (
            "CSV",
            {"CSVHeaderLocation": "GIVEN", "CSVHeaders": ["h"], "MaxItems": 2},
            "1,2\n3,4\n5,6",
            [{"h": "1"}, {"h": "3"}],
        ),
        ("CSV", {"CSVHeaderLocation": "FIRST_ROW", "CSVDelimiter": "PIPE"}, "a|b\n1|2", [{"a": "1", "b": "2"}]),
    ],
)
def test_items_are_read_from_an_object(cloud, kind, config, body, items):
    stored(cloud, body)
    execution = started(cloud, made(cloud, mapped(ItemReader=reader(kind, **config))), {"key": "items"})

    assert ended(cloud, execution)["output"] == items
    assert events(cloud, execution)[2]["details"] == {"length": 0}


def test_items_are_the_objects_of_a_bucket(cloud):
    stored(cloud, "abc", key="a/1")
    cloud.client("s3").put_object(Bucket="items", Key="b/1", Body="")
    listing = {"Resource": "arn:aws:states:::s3:listObjectsV2", "Parameters": {"Bucket": "items", "Prefix": "a/"}}

    [found] = run(cloud, mapped(ItemReader=listing))["output"]

    assert (found["Key"], found["Size"], found["StorageClass"], found["LastModified"]) == (
        "a/1",
        3,
        "STANDARD",
        1767225600,
    )


def test_items_of_an_inventory_are_read_by_its_manifest(cloud):
    stored(cloud, '"items","a.txt"\n"items","b.txt"\n', key="data/1.csv")
    manifest = {
        "fileFormat": "CSV",
        "fileSchema": "Bucket, Key",
        "destinationBucket": "arn:aws:s3:::items",
        "files": [{"key": "data/1.csv"}],
    }
    cloud.client("s3").put_object(Bucket="items", Key="manifest.json", Body=json.dumps(manifest))

    found = run(cloud, mapped(ItemReader=reader("MANIFEST")), {"key": "manifest.json"})

    assert [each["Key"] for each in found["output"]] == ["a.txt", "b.txt"]


def test_an_object_that_cannot_be_read_fails_the_map(cloud):
    stored(cloud, "{}")
    execution = started(cloud, made(cloud, mapped(ItemReader=reader("JSON"))), {"key": "items"})

    assert ended(cloud, execution)["error"] == "States.ItemReaderFailed"
    assert told(cloud, execution)[4:] == ["5<-4 MapRunFailed", "6<-5 MapStateFailed", "7<-6 ExecutionFailed"]


def test_items_come_in_batches(cloud):
    batcher = {"MaxItemsPerBatch": 2, "BatchInput": {"by.$": "$.who"}}

    found = run(cloud, mapped(ItemsPath="$.items", ItemBatcher=batcher), {"items": [1, 2, 3], "who": "me"})

    assert found["output"] == [
        {"BatchInput": {"by": "me"}, "Items": [1, 2]},
        {"BatchInput": {"by": "me"}, "Items": [3]},
    ]


def test_results_are_written_to_a_bucket(cloud):
    cloud.client("s3").create_bucket(Bucket="results")
    writer = {"Resource": "arn:aws:states:::s3:putObject", "Parameters": {"Bucket": "results", "Prefix": "out"}}

    found = run(cloud, mapped(processor=failing(2), ToleratedFailureCount=5, ResultWriter=writer), [1, 2])["output"]

    place = found["ResultWriterDetails"]
    assert place["Bucket"] == "results"
    client = cloud.client("s3")
    manifest = json.load(client.get_object(Bucket="results", Key=place["Key"])["Body"])
    [succeeded] = manifest["ResultFiles"]["SUCCEEDED"]
    [result] = json.load(client.get_object(Bucket="results", Key=succeeded["Key"])["Body"])
    assert (result["Input"], result["Output"], result["Status"]) == ("2", "2", "SUCCEEDED")
    assert len(manifest["ResultFiles"]["FAILED"]) == 1


def test_a_stopped_execution_takes_its_map_run_with_it(cloud):
    client = cloud.client("stepfunctions")
    execution = started(cloud, made(cloud, mapped(processor=flow(B={"Type": "Wait", "Seconds": 10}))), [1, 2])
    [listed] = client.list_map_runs(executionArn=execution)["mapRuns"]

    client.stop_execution(executionArn=execution)

    assert client.describe_map_run(mapRunArn=listed["mapRunArn"])["status"] == "ABORTED"
    children = client.list_executions(mapRunArn=listed["mapRunArn"])["executions"]
    assert {each["status"] for each in children} == {"ABORTED"}


def test_the_limits_of_a_map_run_are_changed_while_it_runs(cloud):
    client = cloud.client("stepfunctions")
    definition = mapped(processor=flow(B={"Type": "Wait", "Seconds": 10}), MaxConcurrency=1)
    execution = started(cloud, made(cloud, definition), [1, 2, 3])
    [listed] = client.list_map_runs(executionArn=execution)["mapRuns"]

    client.update_map_run(mapRunArn=listed["mapRunArn"], maxConcurrency=3)
    cloud.settle()
    cloud.advance(10)

    assert ended(cloud, execution)["output"] == [1, 2, 3]


def test_variables_are_seen_by_the_executions_of_a_map(cloud):
    definition = flow(
        first="V",
        V={"Type": "Pass", "Assign": {"x": 5}, "Next": "A"},
        **mapped(processor=flow(B={"Type": "Pass", "Parameters": {"x.$": "$x", "in.$": "$$.Execution.Input"}}))[
            "States"
        ],
    )

    assert run(cloud, definition, [1])["output"] == [{"x": 5, "in": 1}]
