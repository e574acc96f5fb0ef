"""Mock integrations and gateway responses: what an API says by itself."""

import pytest

from tests.services.apigateway.building import Building
from tests.services.apigatewayv2.asking import ask, function


def test_cors_by_a_mock_as_sam_writes_it(cloud):
    api = Building(cloud)
    place = api.mock("/orders", "OPTIONS")
    api.answer(
        place, responseTemplates={"application/json": "{}\n"},
        responseParameters={"method.response.header.Access-Control-Allow-Origin": "'*'"},
    )  # fmt: skip

    answer = ask(
        cloud, f"{api.deploy()}/orders", "OPTIONS", {"Origin": "https://a", "Access-Control-Request-Method": "GET"}
    )

    assert (answer.status, answer.body, answer["access-control-allow-origin"]) == (200, b"{}\n", "*")
    assert "x-amzn-trace-id" not in answer


def test_the_template_decides_the_status_and_a_pattern_the_response(cloud):
    api = Building(cloud)
    place = api.mock("/{code}", "GET", "{\"statusCode\": $input.params('code')}")
    api.answer(place)
    api.answer(place, "404", selectionPattern="4..", responseTemplates={"application/json": '"$context.stage"'})
    url = api.deploy()

    assert ask(cloud, f"{url}/200").status == 200
    missing = ask(cloud, f"{url}/418")
    assert (missing.status, missing.json) == (404, "dev")


def test_a_mock_without_a_response_is_an_internal_error(cloud):
    api = Building(cloud)
    api.mock("/", "GET")

    answer = ask(cloud, api.deploy())

    assert (answer.status, answer.json) == (500, {"message": "Internal server error"})


@pytest.mark.parametrize(("behavior", "status"), [("NEVER", 415), ("WHEN_NO_TEMPLATES", 415), ("WHEN_NO_MATCH", 200)])
def test_a_content_type_without_a_template(cloud, behavior, status):
    api = Building(cloud)
    api.answer(api.mock("/", "POST", passthroughBehavior=behavior))

    answer = ask(cloud, api.deploy(), "POST", {"Content-Type": "text/plain"}, b'{"statusCode": 200}')

    assert answer.status == status


def test_a_gateway_response_of_its_own(cloud):
    api = Building(cloud)
    api.answer(api.mock("/orders", "GET"))
    api.client.put_gateway_response(
        restApiId=api.id, responseType="MISSING_AUTHENTICATION_TOKEN", statusCode="404",
        responseParameters={
            "gatewayresponse.header.Access-Control-Allow-Origin": "'*'", "gatewayresponse.header.x-asked": "method.request.header.X-A",
        },
        responseTemplates={"application/json": '{"said": $context.error.messageString, "kind": "$context.error.responseType"}'},
    )  # fmt: skip

    answer = ask(cloud, f"{api.deploy()}/nothing", headers={"X-A": "1"})

    assert answer.status == 404
    assert answer.json == {"said": "Missing Authentication Token", "kind": "MISSING_AUTHENTICATION_TOKEN"}
    assert (answer["access-control-allow-origin"], answer["x-asked"]) == ("*", "1")


def test_a_default_gateway_response_keeps_the_status(cloud):
    api = Building(cloud)
    api.proxy("/", "GET", function(cloud, "1 / 0"))
    api.client.put_gateway_response(
        restApiId=api.id, responseType="DEFAULT_5XX",
        responseParameters={"gatewayresponse.header.Access-Control-Allow-Origin": "'*'"},
    )  # fmt: skip

    answer = ask(cloud, api.deploy())

    assert (answer.status, answer.json) == (502, {"message": "Internal server error"})
    assert answer["access-control-allow-origin"] == "*"
