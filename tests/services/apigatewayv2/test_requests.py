"""Requests to HTTP APIs: routes, events, responses, failures."""

import base64

import pytest

from tests.services.apigatewayv2.asking import ask, function, http_api, integration


def route_of(cloud, api, path, method="GET"):
    answer = ask(cloud, f"/_api/{api}{path}", method)
    return answer.json["routeKey"] if answer.status == 200 else answer.status


def test_the_most_specific_route_is_taken(cloud):
    api = http_api(
        cloud, "GET /pets/dog/1", "GET /pets/dog/{id}", "GET /pets/{proxy+}", "ANY /{proxy+}", "POST /pets/dog/{id}", "$default"
    )  # fmt: skip

    assert route_of(cloud, api, "/pets/dog/1") == "GET /pets/dog/1"
    assert route_of(cloud, api, "/pets/dog/2") == "GET /pets/dog/{id}"
    assert route_of(cloud, api, "/pets/cat/1") == "GET /pets/{proxy+}"
    assert route_of(cloud, api, "/test/5", "POST") == "ANY /{proxy+}"
    assert route_of(cloud, api, "/pets/dog/1", "POST") == "POST /pets/dog/{id}"
    assert route_of(cloud, api, "/pets/dog/1", "PUT") == "ANY /{proxy+}"
    assert route_of(cloud, api, "/") == "$default"


def test_without_a_route_nothing_is_found(cloud):
    api = http_api(cloud, "GET /orders")

    for path, method in (("/other", "GET"), ("/orders", "POST"), ("/orders/", "GET"), ("/orders/1", "GET")):
        answer = ask(cloud, f"/_api/{api}{path}", method)
        assert (answer.status, answer.json) == (404, {"message": "Not Found"}), path
    assert "apigw-requestid" in answer


def test_an_unknown_api_is_forbidden(cloud):
    answer = ask(cloud, "/_api/nothing/orders")

    assert (answer.status, answer.json) == (403, {"message": "Forbidden"})


def test_the_event_of_format_2_has_all_of_the_request(cloud):
    api = http_api(cloud, "POST /orders/{id}")

    event = ask(
        cloud, f"/_api/{api}/orders/a%20b?x=1&x=2&y=%C3%A4&z=", "POST",
        [("Cookie", "a=1; b=2"), ("X-One", "1"), ("User-Agent", "tests"), ("Content-Type", "application/json")], b'{"q": 1}',
    ).json  # fmt: skip

    assert event["version"] == "2.0"
    assert event["routeKey"] == "POST /orders/{id}"
    assert event["rawPath"] == "/orders/a b"
    assert event["rawQueryString"] == "x=1&x=2&y=%C3%A4&z="
    assert event["cookies"] == ["a=1", "b=2"]
    assert event["queryStringParameters"] == {"x": "1,2", "y": "ä", "z": ""}
    assert event["pathParameters"] == {"id": "a b"}
    assert event["headers"]["x-one"] == "1"
    assert "cookie" not in event["headers"]
    assert event["headers"]["x-forwarded-for"] == "127.0.0.1"
    assert (event["body"], event["isBase64Encoded"]) == ('{"q": 1}', False)
    assert "stageVariables" not in event
    context = event["requestContext"]
    assert context["accountId"] == "000000000000"
    assert context["apiId"] == context["domainPrefix"] == api
    assert context["stage"] == "$default"
    assert context["http"] == {
        "method": "POST", "path": "/orders/a b", "protocol": "HTTP/1.1", "sourceIp": "127.0.0.1", "userAgent": "tests",
    }  # fmt: skip
    assert context["timeEpoch"] == 1_767_225_600_000
    assert context["time"] == "01/Jan/2026:00:00:00 +0000"


def test_bodies_that_are_no_text_come_in_base64(cloud):
    api = http_api(cloud, "$default")

    binary = ask(cloud, f"/_api/{api}/", "POST", {"Content-Type": "image/png"}, b"\x89PNG").json
    form = ask(cloud, f"/_api/{api}/", "POST", {"Content-Type": "application/x-www-form-urlencoded"}, b"a=1").json

    assert (binary["body"], binary["isBase64Encoded"]) == (base64.b64encode(b"\x89PNG").decode(), True)
    assert (form["body"], form["isBase64Encoded"]) == ("YT0x", True)


def test_the_event_of_format_1_has_single_and_multiple_values(cloud):
    api = http_api(cloud, "GET /orders/{id}", version="1.0")

    event = ask(cloud, f"/_api/{api}/orders/5?x=1&x=2", headers=[("X-One", "a"), ("X-One", "b")]).json

    assert event["version"] == "1.0"
    assert (event["resource"], event["path"], event["httpMethod"]) == ("/orders/{id}", "/orders/5", "GET")
    assert event["queryStringParameters"] == {"x": "2"}
    assert event["multiValueQueryStringParameters"] == {"x": ["1", "2"]}
    assert event["headers"]["x-one"] == "b"
    assert event["multiValueHeaders"]["x-one"] == ["a", "b"]
    assert event["pathParameters"] == {"id": "5"}
    assert event["requestContext"]["identity"]["sourceIp"] == "127.0.0.1"
    assert event["stageVariables"] is None


def test_a_named_stage_stands_before_the_path_and_brings_its_variables(cloud):
    api = http_api(cloud, "GET /orders")
    cloud.client("apigatewayv2").create_stage(
        ApiId=api, StageName="live", AutoDeploy=True, StageVariables={"color": "red"}
    )

    event = ask(cloud, f"/_api/{api}/live/orders").json

    assert event["requestContext"]["stage"] == "live"
    assert event["rawPath"] == "/live/orders"
    assert event["stageVariables"] == {"color": "red"}


def test_the_api_answers_under_its_own_host(cloud):
    api = http_api(cloud, "GET /orders")
    cloud.listen()

    event = ask(cloud, "/orders", headers={"Host": f"{api}.execute-api.localhost:4566"}).json

    assert event["requestContext"]["domainName"] == f"{api}.execute-api.localhost"


@pytest.mark.parametrize(
    ("answer", "body"),
    [("'hello'", b"hello"), ("{'a': 1}", b'{"a":1}'), ("[1, 'x']", b'[1,"x"]'), ("3.5", b"3.5"), ("None", b"null")],
)
def test_an_answer_without_a_status_is_the_body(cloud, answer, body):
    api = http_api(cloud, "$default", source=answer)

    response = ask(cloud, f"/_api/{api}/")

    assert (response.status, response["content-type"], response.body) == (200, "application/json", body)


def test_status_headers_cookies_and_binary_bodies_of_the_answer(cloud):
    api = http_api(
        cloud, "$default",
        source="{'statusCode': 201, 'headers': {'X-A': 1}, 'cookies': ['a=1', 'b=2'], 'body': 'AAEC', 'isBase64Encoded': True}",
    )  # fmt: skip

    response = ask(cloud, f"/_api/{api}/")

    assert (response.status, response.body, response["x-a"]) == (201, b"\x00\x01\x02", "1")
    assert response.headers["set-cookie"] == ["a=1", "b=2"]
    assert response["content-type"] == "text/plain; charset=utf-8"


@pytest.mark.parametrize(
    "source",
    [
        "{'statusCode': 'ok'}",
        "{'statusCode': 200, 'body': {'a': 1}}",
        "{'statusCode': 200, 'headers': 5}",
        "{'statusCode': 200, 'headers': {'a': 'b\\r\\nc: d'}}",
        "1 / 0",
    ],
)
def test_an_error_or_a_malformed_answer_is_an_internal_error(cloud, source):
    api = http_api(cloud, "$default", source=source)

    response = ask(cloud, f"/_api/{api}/")

    assert (response.status, response.json) == (500, {"message": "Internal Server Error"})


def test_format_1_without_a_status_is_an_internal_error(cloud):
    api = http_api(cloud, "$default", source="{'body': 'x'}", version="1.0")

    assert ask(cloud, f"/_api/{api}/").status == 500


def test_a_function_without_room_is_unavailable(cloud):
    api = http_api(cloud, "$default")
    cloud.client("lambda").put_function_concurrency(FunctionName="fn", ReservedConcurrentExecutions=0)

    response = ask(cloud, f"/_api/{api}/")

    assert (response.status, response.json) == (503, {"message": "Service Unavailable"})


def test_a_function_that_is_gone_is_an_internal_error(cloud):
    api = http_api(cloud, "$default")
    cloud.client("lambda").delete_function(FunctionName="fn")

    assert ask(cloud, f"/_api/{api}/").status == 500


@pytest.mark.windtunnel(time="real")
def test_a_slow_function_is_not_waited_for(cloud):
    gateway = cloud.client("apigatewayv2")
    arn = function(cloud, "import time\ndef handler(e, c):\n    time.sleep(1)\n")
    api = gateway.create_api(Name="slow", ProtocolType="HTTP")["ApiId"]
    target = integration(cloud, api, arn, TimeoutInMillis=50)
    gateway.create_route(ApiId=api, RouteKey="$default", Target=target)
    gateway.create_stage(ApiId=api, StageName="$default", AutoDeploy=True)

    response = ask(cloud, f"/_api/{api}/")

    assert (response.status, response.json) == (503, {"message": "Service Unavailable"})


def test_a_body_of_more_than_10_megabytes_is_refused(cloud):
    api = http_api(cloud, "$default")

    response = ask(cloud, f"/_api/{api}/", "POST", {"Content-Type": "text/plain"}, b"x" * (10 * 1024 * 1024 + 1))

    assert response.status == 413


def test_an_event_larger_than_lambda_takes_is_refused(cloud):
    api = http_api(cloud, "$default")

    response = ask(cloud, f"/_api/{api}/", "POST", {"Content-Type": "text/plain"}, b"x" * (7 * 1024 * 1024))

    assert response.status == 413


def test_the_integration_may_name_its_function_by_a_stage_variable(cloud):
    gateway = cloud.client("apigatewayv2")
    arn = function(cloud, "'blue'", "blue")
    api = gateway.create_api(Name="shop", ProtocolType="HTTP")["ApiId"]
    uri = (
        f"arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/{arn[:-4]}${{stageVariables.color}}/invocations"
    )
    gateway.create_route(ApiId=api, RouteKey="$default", Target=integration(cloud, api, uri))
    gateway.create_stage(ApiId=api, StageName="live", AutoDeploy=True, StageVariables={"color": "blue"})

    assert ask(cloud, f"/_api/{api}/live/").body == b"blue"


def test_each_request_is_recorded(cloud):
    api = http_api(cloud, "GET /orders/{id}")

    ask(cloud, f"/_api/{api}/orders/5")
    ask(cloud, f"/_api/{api}/nothing")

    facts = [entry.fact for entry in cloud.records("RouteRequested")]
    assert [(f.api, f.kind, f.method, f.path, f.route, f.status) for f in facts] == [
        (api, "HttpApi", "GET", "/orders/5", "/orders/{id}", 200),
        (api, "HttpApi", "GET", "/nothing", "", 404),
    ]


def test_a_change_is_served_at_once(cloud):
    gateway = cloud.client("apigatewayv2")
    api = http_api(cloud, "GET /one")
    assert route_of(cloud, api, "/one") == "GET /one"

    route = gateway.get_routes(ApiId=api)["Items"][0]["RouteId"]
    gateway.update_route(ApiId=api, RouteId=route, RouteKey="GET /two")

    assert route_of(cloud, api, "/one") == 404
    assert route_of(cloud, api, "/two") == "GET /two"


def test_a_disabled_api_finds_nothing(cloud):
    api = http_api(cloud, "$default", DisableExecuteApiEndpoint=True)

    assert ask(cloud, f"/_api/{api}/").status == 404
