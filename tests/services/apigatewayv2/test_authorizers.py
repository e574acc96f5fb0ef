"""Authorizers of HTTP APIs: functions that let requests pass, and signatures."""

import pytest

from tests.services.apigatewayv2.asking import ask, function, http_api

SIMPLE = """
def handler(event, context):
    word = event["identitySource"][0]
    if word == "broken":
        raise ValueError("no")
    return {"isAuthorized": word == "yes", "context": {"user": "u1"}}
"""
POLICY = """
def handler(event, context):
    effect = "Allow" if event["authorizationToken"] == "yes" else "Deny"
    statement = {"Action": "execute-api:Invoke", "Effect": effect, "Resource": event["methodArn"]}
    return {"principalId": "u1", "policyDocument": {"Version": "2012-10-17", "Statement": [statement]}, "context": {"n": 1}}
"""


def guarded(cloud, source, version="2.0", simple=True, ttl=0):
    """An API whose one route asks an authorizer."""
    gateway = cloud.client("apigatewayv2")
    api = http_api(cloud, "GET /orders", version=version)
    arn = function(cloud, source, "guard")
    members = {"EnableSimpleResponses": simple} if version == "2.0" else {}
    made = gateway.create_authorizer(
        ApiId=api, AuthorizerType="REQUEST", Name="guard", IdentitySource=["$request.header.X-Word"],
        AuthorizerUri=f"arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/{arn}/invocations",
        AuthorizerPayloadFormatVersion=version, AuthorizerResultTtlInSeconds=ttl, **members,
    )  # fmt: skip
    route = gateway.get_routes(ApiId=api)["Items"][0]["RouteId"]
    gateway.update_route(ApiId=api, RouteId=route, AuthorizationType="CUSTOM", AuthorizerId=made["AuthorizerId"])
    return api


def asked(cloud, api, word=None):
    answer = ask(cloud, f"/_api/{api}/orders", headers={"X-Word": word} if word else {})
    return answer.status, answer.json


def test_a_simple_answer_lets_pass_or_not(cloud):
    api = guarded(cloud, SIMPLE)

    status, event = asked(cloud, api, "yes")
    assert (status, event["requestContext"]["authorizer"]) == (200, {"lambda": {"user": "u1"}})
    assert asked(cloud, api, "no") == (403, {"message": "Forbidden"})
    assert asked(cloud, api, "broken") == (500, {"message": "Internal Server Error"})


def test_without_its_identity_a_request_is_refused_unasked(cloud):
    api = guarded(cloud, SIMPLE)

    assert asked(cloud, api) == (401, {"message": "Unauthorized"})
    assert not cloud.records("RequestAuthorized")


def test_a_policy_lets_pass_or_not(cloud):
    api = guarded(cloud, POLICY, version="1.0")

    status, event = asked(cloud, api, "yes")
    assert status == 200
    assert event["requestContext"]["authorizer"] == {"principalId": "u1", "n": 1}
    assert asked(cloud, api, "no") == (403, {"message": "Forbidden"})


def test_an_answer_is_kept_as_long_as_the_authorizer_says(cloud):
    api = guarded(cloud, SIMPLE, ttl=60)

    asked(cloud, api, "yes")
    asked(cloud, api, "yes")
    cloud.advance(61)
    asked(cloud, api, "yes")

    assert [entry.fact.cached for entry in cloud.records("RequestAuthorized")] == [False, True, False]


def test_a_reset_cache_asks_again(cloud):
    api = guarded(cloud, SIMPLE, ttl=60)
    asked(cloud, api, "yes")

    cloud.client("apigatewayv2").reset_authorizers_cache(ApiId=api, StageName="$default")
    asked(cloud, api, "yes")

    assert [entry.fact.cached for entry in cloud.records("RequestAuthorized")] == [False, False]


def test_a_route_with_iam_wants_a_signature(cloud):
    gateway = cloud.client("apigatewayv2")
    api = http_api(cloud, "GET /orders")
    route = gateway.get_routes(ApiId=api)["Items"][0]["RouteId"]
    gateway.update_route(ApiId=api, RouteId=route, AuthorizationType="AWS_IAM")
    signature = "AWS4-HMAC-SHA256 Credential=AKIATEST/20260101/us-east-1/execute-api/aws4_request, SignedHeaders=host, Signature=0"

    unsigned = ask(cloud, f"/_api/{api}/orders")
    signed = ask(cloud, f"/_api/{api}/orders", headers={"Authorization": signature})

    assert (unsigned.status, unsigned.json) == (403, {"message": "Forbidden"})
    assert signed.json["requestContext"]["authorizer"]["iam"]["accessKey"] == "AKIATEST"


def test_a_route_cannot_have_an_authorizer_that_is_not_there(cloud):
    api = http_api(cloud, "GET /orders")
    gateway = cloud.client("apigatewayv2")

    with pytest.raises(gateway.exceptions.BadRequestException, match="requires a valid authorizer"):
        gateway.create_route(ApiId=api, RouteKey="GET /x", AuthorizationType="CUSTOM", AuthorizerId="nope")
