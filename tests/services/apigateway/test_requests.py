"""Requests to REST APIs: resources, events, responses, failures."""

import base64

import pytest

from tests.services.apigateway.building import Building
from tests.services.apigatewayv2.asking import ECHO, ask, function


def proxied(cloud, source=ECHO, path="/{proxy+}", method="ANY", **members):
    """The address of an API with one method, and a function behind it."""
    api = Building(cloud, **members)
    api.proxy(path, method, function(cloud, source))
    return api.deploy()


def test_the_event_has_all_of_the_request(cloud):
    api = Building(cloud)
    api.proxy("/orders/{id}", "POST", function(cloud, ECHO))
    url = api.deploy(variables={"color": "red"})

    event = ask(
        cloud, f"{url}/orders/5?x=1&x=2&y=a%20b", "POST",
        [("tEsT", "a"), ("tEsT", "b"), ("User-Agent", "tests"), ("Content-Type", "application/json")], b'{"q": 1}',
    ).json  # fmt: skip

    assert (event["resource"], event["path"], event["httpMethod"]) == ("/orders/{id}", "/orders/5", "POST")
    assert event["headers"]["tEsT"] == "b"
    assert event["multiValueHeaders"]["tEsT"] == ["a", "b"]
    assert event["headers"]["X-Forwarded-For"] == "127.0.0.1"
    assert event["queryStringParameters"] == {"x": "2", "y": "a b"}
    assert event["multiValueQueryStringParameters"] == {"x": ["1", "2"], "y": ["a b"]}
    assert event["pathParameters"] == {"id": "5"}
    assert event["stageVariables"] == {"color": "red"}
    assert (event["body"], event["isBase64Encoded"]) == ('{"q": 1}', False)
    context = event["requestContext"]
    assert set(context) == {
        "accountId", "apiId", "deploymentId", "domainName", "domainPrefix", "extendedRequestId", "httpMethod", "identity", "path",
        "protocol", "requestId", "requestTime", "requestTimeEpoch", "resourceId", "resourcePath", "stage",
    }  # fmt: skip
    assert (context["path"], context["resourcePath"], context["stage"]) == ("/dev/orders/5", "/orders/{id}", "dev")
    assert context["identity"]["sourceIp"] == "127.0.0.1"
    assert context["identity"]["cognitoIdentityId"] is None


def test_what_a_request_lacks_is_null(cloud):
    event = ask(cloud, f"{proxied(cloud)}/x").json

    missing = ("queryStringParameters", "multiValueQueryStringParameters", "stageVariables", "body")
    assert [event[name] for name in missing] == [None] * 4


@pytest.mark.parametrize(
    ("sent", "path", "proxy"),
    [
        ("/proxy-value", "/proxy-value", "proxy-value"),
        ("/proxy-value/", "/proxy-value/", "proxy-value"),
        ("/proxy-value//double-slash", "/proxy-value//double-slash", "proxy-value//double-slash"),
        ("//proxy-value", "/proxy-value", "proxy-value"),
        ("/user/test%2Balias@gmail.com", "/user/test%2Balias@gmail.com", "user/test%2Balias@gmail.com"),
    ],
)
def test_paths_are_taken_as_aws_takes_them(cloud, sent, path, proxy):
    url = proxied(cloud)

    event = ask(cloud, f"{url}{sent}").json

    assert (event["path"], event["pathParameters"]) == (path, {"proxy": proxy})
    assert event["requestContext"]["path"] == f"/dev{sent}"


def test_a_literal_resource_goes_before_a_variable_one(cloud):
    api = Building(cloud)
    arn = function(cloud, "{'statusCode': 200, 'body': event['httpMethod'] + ' ' + event['resource']}")
    for path, method in (("/pets/dog", "GET"), ("/pets/{id}", "GET"), ("/pets/{id}", "ANY"), ("/{proxy+}", "ANY")):
        api.proxy(path, method, arn)
    url = api.deploy()

    assert ask(cloud, f"{url}/pets/dog").body == b"GET /pets/dog"
    assert ask(cloud, f"{url}/pets/dog/").body == b"GET /pets/dog"
    assert ask(cloud, f"{url}/pets/cat").body == b"GET /pets/{id}"
    assert ask(cloud, f"{url}/pets/cat", "PUT").body == b"PUT /pets/{id}"
    assert ask(cloud, f"{url}/pets/cat/more").body == b"GET /{proxy+}"


def test_without_a_method_the_authentication_token_is_missing(cloud):
    url = proxied(cloud, path="/orders", method="GET")

    for path, method in (("/other", "GET"), ("/orders", "POST"), ("", "GET")):
        answer = ask(cloud, f"{url}{path}", method)
        assert (answer.status, answer.json) == (403, {"message": "Missing Authentication Token"})
        assert answer["x-amzn-errortype"] == "MissingAuthenticationTokenException"


def test_an_unknown_stage_is_forbidden(cloud):
    url = proxied(cloud)

    answer = ask(cloud, f"{url.removesuffix('/dev')}/live/x")

    assert (answer.status, answer.json) == (403, {"message": "Forbidden"})


def test_an_answer_has_the_headers_of_the_gateway(cloud):
    answer = ask(cloud, f"{proxied(cloud, '''{'statusCode': 200}''')}/x")

    assert answer["content-type"] == "application/json"
    assert len(answer["x-amzn-requestid"]) == 36
    assert "x-amz-apigw-id" in answer
    assert answer["x-amzn-trace-id"].startswith("Root=1-")


def test_headers_and_multiple_values_are_joined(cloud):
    source = "{'statusCode': 200, 'headers': {'test-multi': 'solo', 'one': 'a'}, 'multiValueHeaders': {'test-multi': ['multi']}}"

    answer = ask(cloud, f"{proxied(cloud, source)}/x")

    assert answer.headers["test-multi"] == ["multi", "solo"]
    assert answer["one"] == "a"


@pytest.mark.parametrize(
    "source",
    [
        "'hello'", "{}", "None", "{'body': 'x'}", "{'statusCode': 'wrong'}", "{'statusCode': 200, 'wrongValue': 1}",
        "{'statusCode': 200, 'body': {'a': 1}}", "{'statusCode': 200, 'multiValueHeaders': {'a': 'b'}}", "1 / 0",
    ],
)  # fmt: skip
def test_an_error_or_a_malformed_answer_is_a_bad_gateway(cloud, source):
    answer = ask(cloud, f"{proxied(cloud, source)}/x")

    assert (answer.status, answer.json) == (502, {"message": "Internal server error"})


def test_a_function_without_room_is_an_internal_error(cloud):
    url = proxied(cloud)
    cloud.client("lambda").put_function_concurrency(FunctionName="fn", ReservedConcurrentExecutions=0)

    answer = ask(cloud, f"{url}/x")

    assert (answer.status, answer.json) == (500, {"message": "Internal server error"})


def test_binary_media_types_come_and_go_as_bytes(cloud):
    source = "{'statusCode': 200, 'body': event['body'], 'isBase64Encoded': event['isBase64Encoded']}"
    url = proxied(cloud, source, binaryMediaTypes=["image/*"])

    picture = ask(cloud, f"{url}/x", "POST", {"Content-Type": "image/png", "Accept": "image/png"}, b"\x89\x00")
    unasked = ask(cloud, f"{url}/x", "POST", {"Content-Type": "image/png", "Accept": "text/plain"}, b"\x89\x00")

    assert picture.body == b"\x89\x00"
    assert unasked.body == base64.b64encode(b"\x89\x00")


@pytest.mark.windtunnel(time="real")
def test_a_slow_function_is_not_waited_for(cloud):
    api = Building(cloud)
    arn = function(cloud, "import time\ndef handler(e, c):\n    time.sleep(1)\n")
    api.proxy("/", "GET", arn, timeout=50)

    answer = ask(cloud, api.deploy())

    assert (answer.status, answer.json) == (504, {"message": "Endpoint request timed out"})


def test_a_body_of_more_than_10_megabytes_is_refused(cloud):
    answer = ask(cloud, f"{proxied(cloud)}/x", "POST", body=b"x" * (10 * 1024 * 1024 + 1))

    assert (answer.status, answer.json) == (413, {"message": "Request Too Long"})


def test_a_stage_serves_what_was_deployed(cloud):
    api = Building(cloud)
    place = api.mock("/", "GET")
    api.answer(place, responseTemplates={"application/json": "one"})
    url = api.deploy()

    api.answer(api.mock("/later", "GET"))
    api.client.update_integration_response(
        **place, statusCode="200",
        patchOperations=[{"op": "replace", "path": "/responseTemplates/application~1json", "value": "two"}],
    )  # fmt: skip
    assert ask(cloud, url).body == b"one"
    assert ask(cloud, f"{url}/later").status == 403

    api.deploy()
    assert ask(cloud, url).body == b"two"
    assert ask(cloud, f"{url}/later").status == 200


def test_the_function_may_be_named_by_a_stage_variable(cloud):
    api = Building(cloud)
    arn = function(cloud, "{'statusCode': 200, 'body': 'blue'}", "blue")
    api.proxy("/", "GET", f"{arn[:-4]}${{stageVariables.color}}")

    assert ask(cloud, api.deploy(variables={"color": "blue"})).body == b"blue"


def test_each_request_is_recorded(cloud):
    url = proxied(cloud, "{'statusCode': 201}", "/orders/{id}", "GET")

    ask(cloud, f"{url}/orders/5")
    ask(cloud, f"{url}/nothing")

    facts = [entry.fact for entry in cloud.records("RouteRequested")]
    assert [(f.kind, f.stage, f.method, f.path, f.route, f.status) for f in facts] == [
        ("Api", "dev", "GET", "/orders/5", "/orders/{id}", 201),
        ("Api", "dev", "GET", "/nothing", "", 403),
    ]


def test_the_older_address_works_too(cloud):
    api = Building(cloud)
    api.proxy("/x", "GET", function(cloud, "{'statusCode': 200, 'body': event['path']}"))
    api.deploy()

    assert ask(cloud, f"/restapis/{api.id}/dev/_user_request_/x").body == b"/x"
    host = {"Host": f"{api.id}.execute-api.localhost:4566"}
    assert ask(cloud, "/dev/x", headers=host).body == b"/x"
