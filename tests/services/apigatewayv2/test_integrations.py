"""Integrations of HTTP APIs beside functions: operations of AWS services, and addresses."""

import json

import pytest
from botocore.exceptions import ClientError

from tests.services.apigateway.building import Building
from tests.services.apigatewayv2.asking import ask, function

ROLE = "arn:aws:iam::000000000000:role/api"
JSON = {"Content-Type": "application/json"}


def api_with(cloud, key="POST /", variables=None, **members):
    """The path of an HTTP API with one route, which goes to that integration."""
    gateway = cloud.client("apigatewayv2")
    api = gateway.create_api(Name="shop", ProtocolType="HTTP")["ApiId"]
    made = gateway.create_integration(ApiId=api, **{"PayloadFormatVersion": "1.0", **members})["IntegrationId"]
    gateway.create_route(ApiId=api, RouteKey=key, Target=f"integrations/{made}")
    gateway.create_stage(ApiId=api, StageName="$default", AutoDeploy=True, StageVariables=variables or {})
    return f"/_api/{api}"


def service(subtype, **parameters):
    return {
        "IntegrationType": "AWS_PROXY", "IntegrationSubtype": subtype, "CredentialsArn": ROLE,
        "RequestParameters": parameters,
    }  # fmt: skip


def test_a_message_is_sent_with_what_is_mapped_from_the_request(cloud):
    queue = cloud.client("sqs").create_queue(QueueName="jobs")["QueueUrl"]
    attributes = '{"kind": {"DataType": "String", "StringValue": "${request.header.x-kind} of ${context.stage}"}}'
    url = api_with(
        cloud,
        **service("SQS-SendMessage", QueueUrl=queue, MessageBody="$request.body.text", MessageAttributes=attributes),
    )

    answer = ask(cloud, url + "/", "POST", {**JSON, "x-kind": "a & b"}, b'{"text": {"deep": [1]}}')

    got = cloud.client("sqs").receive_message(QueueUrl=queue, MessageAttributeNames=["All"])["Messages"][0]
    assert answer.status == 200
    assert f"<MessageId>{got['MessageId']}</MessageId>" in answer.body.decode()
    assert got["Body"] == '{"deep":[1]}'
    assert got["MessageAttributes"]["kind"]["StringValue"] == "a & b of $default"


def test_messages_are_received_and_deleted(cloud):
    sqs = cloud.client("sqs")
    queue = sqs.create_queue(QueueName="jobs")["QueueUrl"]
    sqs.send_message(QueueUrl=queue, MessageBody="work")
    receive = api_with(cloud, "GET /", **service("SQS-ReceiveMessage", QueueUrl=queue))
    delete = api_with(
        cloud, "DELETE /{id}", **service("SQS-DeleteMessage", QueueUrl=queue, ReceiptHandle="$request.querystring.r")
    )

    text = ask(cloud, receive + "/").body.decode()
    handle = text.partition("<ReceiptHandle>")[2].partition("<")[0]
    answer = ask(cloud, f"{delete}/1?r={handle}", "DELETE")
    cloud.advance(60)

    assert "<Body>work</Body>" in text
    assert answer.status == 200
    assert "Messages" not in sqs.receive_message(QueueUrl=queue)


def test_an_event_is_put_on_a_bus(cloud):
    events, sqs = cloud.client("events"), cloud.client("sqs")
    queue = sqs.create_queue(QueueName="jobs")["QueueUrl"]
    events.put_rule(Name="all", EventPattern='{"source": ["web"]}')
    events.put_targets(Rule="all", Targets=[{"Id": "q", "Arn": "arn:aws:sqs:us-east-1:000000000000:jobs"}])
    url = api_with(
        cloud, "POST /{kind}",
        **service("EventBridge-PutEvents", Source="web", DetailType="$request.path.kind", Detail="$request.body"),
    )  # fmt: skip

    answer = ask(cloud, url + "/sold", "POST", JSON, b'{"n": 1}')
    cloud.settle()

    event = json.loads(sqs.receive_message(QueueUrl=queue)["Messages"][0]["Body"])
    assert (answer.status, answer.json["FailedEntryCount"]) == (200, 0)
    assert (event["detail-type"], event["detail"]) == ("sold", {"n": 1})


def test_a_record_is_put_into_a_stream(cloud):
    kinesis = cloud.client("kinesis")
    kinesis.create_stream(StreamName="clicks", ShardCount=1)
    cloud.advance(60)
    parameters = {"StreamName": "$stageVariables.stream", "Data": "$request.body", "PartitionKey": "$context.requestId"}
    url = api_with(cloud, variables={"stream": "clicks"}, **service("Kinesis-PutRecord", **parameters))

    answer = ask(cloud, url + "/", "POST", JSON, b"click")

    shard = answer.json["ShardId"]
    at = kinesis.get_shard_iterator(StreamName="clicks", ShardId=shard, ShardIteratorType="TRIM_HORIZON")
    assert kinesis.get_records(ShardIterator=at["ShardIterator"])["Records"][0]["Data"] == b"click"


def test_a_state_machine_runs_while_its_caller_waits(cloud):
    machine = cloud.client("stepfunctions").create_state_machine(
        name="flow", type="EXPRESS", roleArn=ROLE,
        definition='{"StartAt": "Done", "States": {"Done": {"Type": "Succeed"}}}',
    )["stateMachineArn"]  # fmt: skip
    start = service("StepFunctions-StartSyncExecution", StateMachineArn=machine, Input="$request.body")

    answer = ask(cloud, api_with(cloud, **start) + "/", "POST", JSON, b'{"n": 7}')

    assert (answer.status, answer.json["status"], answer.json["output"]) == (200, "SUCCEEDED", '{"n": 7}')


def test_what_the_service_refuses_is_the_answer(cloud):
    url = api_with(
        cloud, **service("SQS-SendMessage", QueueUrl="http://localhost/000000000000/none", MessageBody="$request.body")
    )

    answer = ask(cloud, url + "/", "POST", JSON, b"x")

    assert answer.status == 400
    assert "NonExistentQueue" in answer.body.decode()


def test_an_address_is_asked(cloud):
    other = Building(cloud)
    place = other.mock("/pets/{id}", "POST", '{"statusCode": 201}')
    said = '{"id": "$input.params(\'id\')", "q": "$input.params(\'q\')", "h": "$input.params(\'x-more\')"}'
    other.answer(place, "201", responseTemplates={"application/json": said})
    there = f"{cloud.inside.endpoint or cloud.listen()}{other.deploy()}"
    url = api_with(
        cloud, "POST /{id}", IntegrationType="HTTP_PROXY", IntegrationMethod="ANY", IntegrationUri=there + "/pets/{id}",
        RequestParameters={"append:header.x-more": "$context.stage", "overwrite:querystring.q": "two"},
    )  # fmt: skip

    answer = ask(cloud, url + "/7?q=one", "POST", JSON, b"{}")

    assert (answer.status, answer.json) == (201, {"id": "7", "q": "two", "h": "$default"})


@pytest.mark.parametrize(
    ("members", "code", "text"),
    [
        (service("SQS-SendMessage", QueueUrl="x"), "BadRequestException", "MessageBody is required"),
        (service("AppConfig-GetConfiguration", Application="x"), "NotImplemented", "AppConfig-GetConfiguration"),
        ({"IntegrationType": "HTTP_PROXY", "IntegrationUri": "x"}, "BadRequestException", "Invalid HTTP endpoint"),
    ],
)
def test_what_makes_no_integration_is_refused(cloud, members, code, text):
    with pytest.raises(ClientError) as refusal:
        api_with(cloud, **members)

    assert code in refusal.value.response["Error"]["Code"]
    assert text in refusal.value.response["Error"]["Message"]


def test_an_integration_with_a_function_is_as_before(cloud):
    url = api_with(
        cloud, IntegrationType="AWS_PROXY", IntegrationUri=function(cloud, "'hello'"), PayloadFormatVersion="2.0"
    )

    assert ask(cloud, url + "/", "POST", JSON, b"{}").body == b"hello"
