"""Integrations without a proxy: functions, operations of AWS and addresses, with what is mapped on both ways."""

import pytest
from botocore.exceptions import ClientError

from tests.services.apigateway.building import PROXY, Building
from tests.services.apigatewayv2.asking import ask, function

JSON = {"Content-Type": "application/json"}
AWS = "arn:aws:apigateway:us-east-1:"


def integrated(cloud, path, uri, method="POST", template=None, kind="AWS", verb="POST", **members):
    """An API with one method of that integration, which answers 200 as it comes; and the place of the method."""
    api = Building(cloud)
    place = api.method(path, method)
    templates = {"requestTemplates": {"application/json": template}} if template is not None else {}
    api.client.put_integration(**place, type=kind, integrationHttpMethod=verb, uri=uri, **templates, **members)
    return api, place


def test_a_function_gets_what_the_template_makes_and_its_answer_is_the_body(cloud):
    arn = function(cloud, "event")
    api, place = integrated(cloud, "/{id}", PROXY.format(arn), template='{"id": "$input.params(\'id\')"}')
    api.answer(place)

    answer = ask(cloud, f"{api.deploy()}/7", "POST", JSON, b"{}")

    assert (answer.status, answer.json) == (200, {"id": "7"})


def test_the_error_of_a_function_chooses_the_response(cloud):
    arn = function(cloud, "def handler(event, context):\n    raise ValueError('[404] no such order')\n")
    api, place = integrated(cloud, "/", PROXY.format(arn))
    api.answer(place)
    template = "{\"said\": $input.json('$.errorMessage')}"
    api.answer(place, "404", selectionPattern=r"\[404\].*", responseTemplates={"application/json": template})

    answer = ask(cloud, api.deploy(), "POST", JSON, b"{}")

    assert (answer.status, answer.json) == (404, {"said": "[404] no such order"})


def test_a_function_is_invoked_asynchronously_where_a_header_says_so(cloud):
    arn = function(cloud, "print('done')")
    api, place = integrated(
        cloud, "/", PROXY.format(arn), requestParameters={"integration.request.header.X-Amz-Invocation-Type": "'Event'"}
    )
    api.answer(place)

    answer = ask(cloud, api.deploy(), "POST", JSON, b"{}")
    cloud.settle()

    assert (answer.status, answer.body) == (200, b"")
    assert len(cloud.records("Invoked")) == 1


def test_a_message_is_sent_to_a_queue_from_a_form(cloud):
    queue = cloud.client("sqs").create_queue(QueueName="jobs")["QueueUrl"]
    api, place = integrated(
        cloud, "/", f"{AWS}sqs:path/000000000000/jobs", template="Action=SendMessage&MessageBody=$util.urlEncode($input.body)",
        requestParameters={"integration.request.header.Content-Type": "'application/x-www-form-urlencoded'"},
    )  # fmt: skip
    template = "$input.path('$.SendMessageResponse.SendMessageResult.MessageId')"
    api.answer(place, responseTemplates={"application/json": template})

    answer = ask(cloud, api.deploy(), "POST", JSON, b'{"a": "b & c"}')

    message = cloud.client("sqs").receive_message(QueueUrl=queue)["Messages"][0]
    assert (answer.status, answer.body.decode()) == (200, message["MessageId"])
    assert message["Body"] == '{"a": "b & c"}'


def test_an_action_of_the_query_protocol_takes_its_parameters_from_the_query(cloud):
    topic = cloud.client("sns").create_topic(Name="news")["TopicArn"]
    api, place = integrated(
        cloud, "/", f"{AWS}sns:action/Publish",
        requestParameters={
            "integration.request.querystring.TopicArn": f"'{topic}'",
            "integration.request.querystring.Message": "method.request.body.text",
        },
    )  # fmt: skip
    api.answer(place)

    answer = ask(cloud, api.deploy(), "POST", JSON, b'{"text": "hello"}')

    assert answer.status == 200
    assert answer.json["PublishResponse"]["PublishResult"]["MessageId"]


def test_an_action_of_a_json_protocol_takes_the_body_and_a_pattern_its_status(cloud):
    cloud.client("dynamodb").create_table(
        TableName="pets", KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}], BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
    )  # fmt: skip
    template = '{"TableName": "$stageVariables.table", "Item": {"id": {"S": "$input.path(\'$.id\')"}}}'
    api, place = integrated(cloud, "/", f"{AWS}dynamodb:action/PutItem", template=template)
    api.answer(place)
    api.answer(
        place, "400", selectionPattern="4\\d{2}", responseTemplates={"application/json": "$input.json('$.message')"},
        responseParameters={"method.response.header.x-id": "integration.response.header.x-amzn-RequestId"},
    )  # fmt: skip
    url = api.deploy(variables={"table": "pets"})

    assert ask(cloud, url, "POST", JSON, b'{"id": "rex"}').json == {}
    assert cloud.client("dynamodb").get_item(TableName="pets", Key={"id": {"S": "rex"}})["Item"]

    refused = ask(cloud, url, "POST", JSON, b'{"id": ""}')
    assert refused.status == 400
    assert "empty string value" in refused.json
    assert refused["x-id"]


def test_an_object_is_stored_under_the_path_of_the_request(cloud):
    s3 = cloud.client("s3")
    s3.create_bucket(Bucket="photos")
    api, place = integrated(
        cloud, "/{key}", f"{AWS}s3:path/photos/{{name}}", "PUT", verb="PUT",
        requestParameters={
            "integration.request.path.name": "method.request.path.key",
            "integration.request.header.Content-Type": "method.request.header.Content-Type",
        },
    )  # fmt: skip
    api.answer(place)

    answer = ask(cloud, f"{api.deploy()}/a%20cat.txt", "PUT", {"Content-Type": "text/plain"}, b"meow")

    assert answer.status == 200
    found = s3.get_object(Bucket="photos", Key="a cat.txt")
    assert (found["Body"].read(), found["ContentType"]) == (b"meow", "text/plain")


def test_a_template_overrides_headers_of_the_request(cloud):
    template = (
        '#set($context.requestOverride.header.X-Amz-Target = "AWSEvents.PutEvents")'
        '{"Entries": [{"Source": "shop", "DetailType": "sold", "Detail": "$util.escapeJavaScript($input.json(\'$\'))"}]}'
    )
    api, place = integrated(cloud, "/", f"{AWS}events:path//", template=template)
    api.answer(place)

    answer = ask(cloud, api.deploy(), "POST", JSON, b'{"n": 1}')

    assert answer.json["FailedEntryCount"] == 0


def test_the_call_is_made_in_the_name_of_the_role(cloud):
    cloud.client("sqs").create_queue(QueueName="jobs")
    api, place = integrated(
        cloud, "/", f"{AWS}sqs:action/GetQueueUrl", credentials="arn:aws:iam::000000000000:role/sender",
        requestParameters={"integration.request.querystring.QueueName": "'jobs'"},
    )  # fmt: skip
    api.answer(place)

    assert ask(cloud, api.deploy(), "POST", JSON, b"{}").status == 200

    [called] = cloud.records("ApiCalled", operation="GetQueueUrl")
    assert called.principal.endswith("assumed-role/sender/BackplaneAssumeRoleSession")


@pytest.mark.parametrize(("kind", "status"), [("HTTP_PROXY", 201), ("HTTP", 200)])
def test_an_address_is_asked(cloud, kind, status):
    other = Building(cloud)
    place = other.mock("/pets/{id}", "POST", '{"statusCode": 201}')
    other.answer(
        place, "201", responseTemplates={"application/json": "{\"id\": \"$input.params('id')$input.params('q')\"}"}
    )
    there = f"{cloud.inside.endpoint or cloud.listen()}{other.deploy()}"
    api, place = integrated(
        cloud, "/{id}", f"{there}/pets/{{id}}", kind=kind,
        requestParameters={
            "integration.request.path.id": "method.request.path.id",
            "integration.request.querystring.q": "method.request.querystring.q",
        },
    )  # fmt: skip
    api.answer(place)

    answer = ask(cloud, f"{api.deploy()}/7?q=x", "POST", JSON, b"{}")

    assert (answer.status, answer.json) == (status, {"id": "7x"})


def test_an_address_that_does_not_answer_is_an_integration_failure(cloud):
    api, place = integrated(cloud, "/", "http://127.0.0.1:1/", kind="HTTP")
    api.answer(place)

    answer = ask(cloud, api.deploy(), "POST", JSON, b"{}")

    assert (answer.status, answer.json) == (504, {"message": "Internal server error"})


def test_no_response_for_an_answer_is_an_internal_error(cloud):
    api, place = integrated(cloud, "/", f"{AWS}sqs:action/GetQueueUrl")
    api.answer(place, selectionPattern="2..")

    answer = ask(cloud, api.deploy(), "POST", JSON, b"{}")

    assert (answer.status, answer.json) == (500, {"message": "Internal server error"})


def test_a_service_that_is_not_built_is_refused_by_name(cloud):
    api = Building(cloud)
    place = api.method("/", "GET")

    with pytest.raises(ClientError, match="The service comprehend is not implemented") as refusal:
        api.client.put_integration(
            **place, type="AWS", integrationHttpMethod="POST", uri=f"{AWS}comprehend:action/DetectSentiment"
        )

    assert refusal.value.response["ResponseMetadata"]["HTTPStatusCode"] == 501
