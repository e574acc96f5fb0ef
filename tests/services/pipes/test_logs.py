"""The log of a pipe: its steps, as its level wants them."""

import json

import pytest

from tests.services.apigateway.building import Building
from tests.services.pipes.piping import came, send, to_queue

GROUP = "/aws/vendedlogs/pipes/p"
ARN = f"arn:aws:logs:us-east-1:000000000000:log-group:{GROUP}"


def log(level, **more):
    return {"LogConfiguration": {"CloudwatchLogsLogDestination": {"LogGroupArn": ARN}, "Level": level, **more}}


def told(cloud):
    try:
        events = cloud.client("logs").filter_log_events(logGroupName=GROUP)["events"]
    except cloud.client("logs").exceptions.ResourceNotFoundException:
        return []
    return [json.loads(event["message"]) for event in events]


def steps(cloud):
    return [(record["messageType"], record["logLevel"]) for record in told(cloud)]


def test_a_log_that_informs_tells_the_stages(cloud):
    source, _ = to_queue(cloud, **log("INFO"))

    send(cloud, source, "a")

    names = ["EXECUTION_STARTED", "TARGET_STAGE_ENTERED", "TARGET_STAGE_SUCCEEDED", "EXECUTION_SUCCEEDED"]
    assert steps(cloud) == [(name, "INFO") for name in names]


def test_a_log_that_traces_tells_every_step(cloud):
    source, _ = to_queue(cloud, **log("TRACE"), TargetParameters={"InputTemplate": "<$.body>"})

    send(cloud, source, "a")

    assert steps(cloud) == [
        ("EXECUTION_STARTED", "INFO"),
        ("TARGET_STAGE_ENTERED", "INFO"),
        ("TARGET_TRANSFORMATION_STARTED", "TRACE"),
        ("TARGET_TRANSFORMATION_SUCCEEDED", "TRACE"),
        ("TARGET_INVOCATION_STARTED", "TRACE"),
        ("TARGET_INVOCATION_SUCCEEDED", "TRACE"),
        ("TARGET_STAGE_SUCCEEDED", "INFO"),
        ("EXECUTION_SUCCEEDED", "INFO"),
    ]


def test_a_record_says_which_execution_of_which_pipe_it_is_of(cloud):
    source, _ = to_queue(cloud, **log("INFO"))

    send(cloud, source, "a")
    send(cloud, source, "b")

    records = told(cloud)
    assert {record["resourceArn"] for record in records} == {"arn:aws:pipes:us-east-1:000000000000:pipe/p"}
    assert len({record["executionId"] for record in records}) == 2
    assert all(isinstance(record["timestamp"], int) and "payload" not in record for record in records)


@pytest.mark.parametrize("level", ["ERROR", "OFF"])
def test_a_log_of_errors_tells_nothing_of_a_success(cloud, level):
    source, _ = to_queue(cloud, **log(level))

    send(cloud, source, "a")

    assert told(cloud) == []


def test_a_log_of_errors_tells_what_failed_and_why(cloud):
    source, target = to_queue(cloud, **log("ERROR"))
    cloud.client("sqs").delete_queue(QueueUrl=target)

    send(cloud, source, "a")

    records = told(cloud)
    assert [record["messageType"] for record in records] == [
        "TARGET_INVOCATION_FAILED", "TARGET_STAGE_FAILED", "EXECUTION_FAILED",
    ]  # fmt: skip
    assert records[0]["error"] == {"message": "QueueDoesNotExist", "details": "", "awsService": "sqs"}


def test_execution_data_is_told_where_it_is_wanted(cloud):
    source, _ = to_queue(cloud, **log("TRACE", IncludeExecutionData=["ALL"]))

    send(cloud, source, "a")

    by_name = {record["messageType"]: record for record in told(cloud)}
    [event] = json.loads(by_name["EXECUTION_STARTED"]["payload"])
    assert event["body"] == "a"
    assert json.loads(by_name["TARGET_INVOCATION_SUCCEEDED"]["awsRequest"])[0]["body"] == "a"
    assert "payload" not in by_name["TARGET_INVOCATION_STARTED"]


def test_data_that_is_too_much_for_a_log_is_cut(cloud):
    source, _ = to_queue(cloud, **log("INFO", IncludeExecutionData=["ALL"]))

    send(cloud, source, "x" * 300_000)

    first = told(cloud)[0]
    assert first["truncatedFields"] == ["payload"]
    assert len(json.dumps(first)) <= 256 * 1024


def test_a_log_that_goes_elsewhere_is_refused_by_name(cloud):
    elsewhere = {"S3LogDestination": {"BucketName": "logs", "BucketOwner": "000000000000"}, "Level": "INFO"}

    with pytest.raises(cloud.client("pipes").exceptions.ClientError, match=r"LogConfiguration\.S3LogDestination"):
        to_queue(cloud, LogConfiguration=elsewhere)


def test_a_rest_api_enriches(cloud):
    api = Building(cloud)
    place = api.mock("/price/{item}", "POST")
    templates = {"application/json": '{"item": "$input.params(\'item\')", "price": 12}'}
    api.answer(place, responseTemplates=templates)
    api.deploy()
    cloud.listen()
    source, target = to_queue(
        cloud, Enrichment=f"arn:aws:execute-api:us-east-1:000000000000:{api.id}/dev/POST/price/*",
        EnrichmentParameters={"HttpParameters": {"PathParameterValues": ["$.body.item"]}}, **log("TRACE"),
    )  # fmt: skip

    send(cloud, source, {"item": "tea"})

    names = [name for name, _ in steps(cloud) if name.startswith("ENRICHMENT")]
    assert names == [
        "ENRICHMENT_STAGE_ENTERED", "ENRICHMENT_INVOCATION_STARTED", "ENRICHMENT_INVOCATION_SUCCEEDED",
        "ENRICHMENT_STAGE_SUCCEEDED",
    ]  # fmt: skip
    assert came(cloud, target)[0]["price"] == 12


def test_a_rest_api_that_refuses_leaves_the_message_in_its_queue(cloud):
    cloud.listen()
    source, target = to_queue(
        cloud, Enrichment="arn:aws:execute-api:us-east-1:000000000000:nothere/dev/POST/price", **log("ERROR")
    )

    send(cloud, source, {"item": "tea"})

    assert came(cloud, target) == []
    assert told(cloud)[0]["messageType"] == "ENRICHMENT_INVOCATION_FAILED"
    assert told(cloud)[0]["error"]["httpStatusCode"] == 403
