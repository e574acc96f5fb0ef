"""CORS of HTTP APIs: preflights, and the headers of answers."""

from tests.services.apigatewayv2.asking import ask, http_api

CORS = {
    "AllowOrigins": ["https://shop.example"],
    "AllowMethods": ["GET", "POST"],
    "AllowHeaders": ["x-a"],
    "ExposeHeaders": ["x-b"],
    "MaxAge": 300,
}
PREFLIGHT = {"Origin": "https://shop.example", "Access-Control-Request-Method": "GET"}


def test_a_preflight_is_answered_without_a_route(cloud):
    api = http_api(cloud, "GET /orders", CorsConfiguration=CORS)

    answer = ask(cloud, f"/_api/{api}/orders", "OPTIONS", PREFLIGHT)

    assert answer.status == 204
    assert answer["access-control-allow-origin"] == "https://shop.example"
    assert answer["access-control-allow-methods"] == "GET,POST"
    assert answer["access-control-allow-headers"] == "x-a"
    assert answer["access-control-max-age"] == "300"


def test_another_origin_gets_no_headers(cloud):
    api = http_api(cloud, "GET /orders", CorsConfiguration=CORS)

    preflight = ask(cloud, f"/_api/{api}/orders", "OPTIONS", {**PREFLIGHT, "Origin": "https://evil.example"})
    actual = ask(cloud, f"/_api/{api}/orders", headers={"Origin": "https://evil.example"})

    assert "access-control-allow-origin" not in preflight
    assert "access-control-allow-origin" not in actual


def test_an_answer_has_the_headers_of_the_api_not_of_the_function(cloud):
    source = "{'statusCode': 200, 'headers': {'Access-Control-Allow-Origin': 'https://other'}, 'body': ''}"
    api = http_api(cloud, "GET /orders", source=source, CorsConfiguration=CORS)

    answer = ask(cloud, f"/_api/{api}/orders", headers={"Origin": "https://shop.example"})

    assert answer.headers["access-control-allow-origin"] == ["https://shop.example"]
    assert answer["access-control-expose-headers"] == "x-b"


def test_every_origin_may_be_allowed(cloud):
    api = http_api(cloud, "$default", CorsConfiguration={"AllowOrigins": ["*"]})

    answer = ask(cloud, f"/_api/{api}/", headers={"Origin": "https://any"})

    assert answer["access-control-allow-origin"] == "*"


def test_without_cors_the_function_answers_preflights(cloud):
    api = http_api(cloud, "$default", source="{'statusCode': 200, 'headers': {'x-from': 'function'}, 'body': ''}")

    answer = ask(cloud, f"/_api/{api}/", "OPTIONS", PREFLIGHT)

    assert answer["x-from"] == "function"
    assert "access-control-allow-origin" not in answer
