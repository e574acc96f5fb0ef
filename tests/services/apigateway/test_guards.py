"""Who may call a REST API, and with what: authorizers, keys, required parameters, bodies."""

import json

import pytest

from tests.services.apigateway.building import PROXY, Building
from tests.services.apigatewayv2.asking import ECHO, ask, function

GUARD = """
def handler(event, context):
    word = event.get("authorizationToken") or event["headers"]["X-Word"]
    if word == "who":
        raise Exception("Unauthorized")
    if word == "broken":
        return {"principalId": "u1"}
    effect = {"yes": "Allow", "no": "Deny"}.get(word, "")
    statement = [{"Action": "execute-api:Invoke", "Effect": effect, "Resource": event["methodArn"]}] if effect else []
    return {
        "principalId": "u1", "policyDocument": {"Version": "2012-10-17", "Statement": statement}, "context": {"n": 1, "b": True}
    }
"""


def guarded(cloud, kind="TOKEN", **members):
    """The address of an API whose one method asks an authorizer."""
    api = Building(cloud)
    uri = PROXY.format(function(cloud, GUARD, "guard"))
    source = "method.request.header.X-Word"
    made = api.client.create_authorizer(
        restApiId=api.id, name="guard", type=kind, authorizerUri=uri, identitySource=source, **members
    )
    api.proxy("/orders", "GET", function(cloud, ECHO), authorization="CUSTOM", authorizerId=made["id"])
    return api.deploy() + "/orders"


def asked(cloud, url, word=None):
    answer = ask(cloud, url, headers={"X-Word": word} if word else {})
    return answer.status, answer.json


@pytest.mark.parametrize("kind", ["TOKEN", "REQUEST"])
def test_a_policy_lets_pass_or_not(cloud, kind):
    url = guarded(cloud, kind)

    status, event = asked(cloud, url, "yes")
    assert status == 200
    assert event["requestContext"]["authorizer"] == {
        "principalId": "u1",
        "integrationLatency": 0,
        "n": "1",
        "b": "true",
    }
    refusal = "User is not authorized to access this resource"
    assert asked(cloud, url, "no") == (403, {"Message": f"{refusal} with an explicit deny"})
    assert asked(cloud, url, "silent") == (403, {"Message": refusal})
    assert asked(cloud, url, "who") == (401, {"message": "Unauthorized"})
    assert asked(cloud, url, "broken") == (500, {"message": None})


@pytest.mark.parametrize("kind", ["TOKEN", "REQUEST"])
def test_without_its_identity_a_request_is_refused_unasked(cloud, kind):
    url = guarded(cloud, kind)

    assert asked(cloud, url) == (401, {"message": "Unauthorized"})
    assert not cloud.records("RequestAuthorized")


def test_a_token_must_fit_the_expression(cloud):
    url = guarded(cloud, identityValidationExpression="y.*")

    assert asked(cloud, url, "no")[0] == 401
    assert asked(cloud, url, "yes")[0] == 200


def test_a_policy_is_kept_for_five_minutes_unless_said_otherwise(cloud):
    url = guarded(cloud)

    asked(cloud, url, "yes")
    asked(cloud, url, "yes")
    cloud.advance(301)
    asked(cloud, url, "yes")

    assert [entry.fact.cached for entry in cloud.records("RequestAuthorized")] == [False, True, False]


def test_a_method_with_iam_wants_a_signature(cloud):
    api = Building(cloud)
    api.proxy("/", "GET", function(cloud, ECHO), authorization="AWS_IAM")
    url = api.deploy()
    signature = "AWS4-HMAC-SHA256 Credential=AKIATEST/20260101/us-east-1/execute-api/aws4_request, SignedHeaders=host, Signature=0"

    unsigned = ask(cloud, url)
    signed = ask(cloud, url, headers={"Authorization": signature})

    assert (unsigned.status, unsigned.json) == (403, {"message": "Missing Authentication Token"})
    assert signed.json["requestContext"]["identity"]["accessKey"] == "AKIATEST"


def test_a_key_must_be_enabled_and_in_a_plan_of_the_stage(cloud):
    api = Building(cloud)
    api.proxy("/", "GET", function(cloud, ECHO), apiKeyRequired=True)
    url = api.deploy()
    value = "abcdefghijklmnopqrstuvwxyz"
    key = api.client.create_api_key(name="k", enabled=True, value=value)["id"]
    plan = api.client.create_usage_plan(name="p", apiStages=[{"apiId": api.id, "stage": "dev"}])["id"]

    def status(headers):
        answer = ask(cloud, url, headers=headers)
        return answer.status if answer.status == 200 else (answer.status, answer.json)

    assert status({}) == (403, {"message": "Forbidden"})
    assert status({"x-api-key": value}) == (403, {"message": "Forbidden"})
    api.client.create_usage_plan_key(usagePlanId=plan, keyId=key, keyType="API_KEY")
    assert status({"x-api-key": value}) == 200
    api.client.update_api_key(apiKey=key, patchOperations=[{"op": "replace", "path": "/enabled", "value": "false"}])
    assert status({"x-api-key": value})[0] == 403


def validated(cloud, schema=None, **parameters):
    """The address of a method that looks at its parameters, or at its body."""
    api = Building(cloud)
    members = {"requestParameters": parameters} if parameters else {}
    if schema is not None:
        place = {"restApiId": api.id, "contentType": "application/json"}
        api.client.create_model(**place, name="Part", schema='{"type": "object", "required": ["n"]}')
        api.client.create_model(**place, name="Order", schema=json.dumps(schema).replace("API", api.id))
        members["requestModels"] = {"application/json": "Order"}
    validator = api.client.create_request_validator(
        restApiId=api.id, name="v", validateRequestBody=schema is not None, validateRequestParameters=bool(parameters)
    )
    api.proxy(
        "/{issuer}", "POST", function(cloud, "{'statusCode': 200}"), requestValidatorId=validator["id"], **members
    )
    return api.deploy() + "/x"


def test_missing_parameters_are_named(cloud):
    url = validated(cloud, **{"method.request.header.x-one": True, "method.request.querystring.q": True,
        "method.request.path.issuer": True, "method.request.querystring.maybe": False})  # fmt: skip

    missing = ask(cloud, url, "POST")
    there = ask(cloud, f"{url}?q=1", "POST", {"X-One": "1"})

    assert (missing.status, missing.json) == (400, {"message": "Missing required request parameters: [x-one, q]"})
    assert there.status == 200


SCHEMA = {
    "type": "object",
    "required": ["id", "parts"],
    "additionalProperties": False,
    "properties": {
        "id": {"type": "integer", "minimum": 1, "maximum": 9},
        "kind": {"enum": ["a", "b"]},
        "name": {"type": "string", "pattern": "^[a-z]+$", "maxLength": 3},
        "parts": {
            "type": "array", "minItems": 1, "items": {"$ref": "https://apigateway.amazonaws.com/restapis/API/models/Part"}
        },
        "size": {"type": ["number", "null"]},
    },
}  # fmt: skip


@pytest.mark.parametrize(
    ("body", "fits"),
    [
        ({"id": 1, "parts": [{"n": 1}]}, True),
        ({"id": 9, "parts": [{"n": 1}], "kind": "a", "name": "abc", "size": None}, True),
        ({"id": 1}, False), ({"id": 0, "parts": [{"n": 1}]}, False), ({"id": 10, "parts": [{"n": 1}]}, False),
        ({"id": "1", "parts": [{"n": 1}]}, False), ({"id": True, "parts": [{"n": 1}]}, False), ({"id": 1, "parts": []}, False),
        ({"id": 1, "parts": [{}]}, False), ({"id": 1, "parts": [{"n": 1}], "kind": "c"}, False),
        ({"id": 1, "parts": [{"n": 1}], "name": "AB"}, False), ({"id": 1, "parts": [{"n": 1}], "name": "abcd"}, False),
        ({"id": 1, "parts": [{"n": 1}], "more": 1}, False), ([], False),
    ],
)  # fmt: skip
def test_a_body_must_fit_its_model(cloud, body, fits):
    answer = ask(
        cloud, validated(cloud, SCHEMA), "POST", {"Content-Type": "application/json"}, json.dumps(body).encode()
    )

    if fits:
        assert answer.status == 200
    else:
        assert (answer.status, answer.json) == (400, {"message": "Invalid request body"})


@pytest.mark.parametrize("body", [b"", b"no json"])
def test_a_body_that_is_no_json_fits_nothing(cloud, body):
    assert ask(cloud, validated(cloud, SCHEMA), "POST", {"Content-Type": "application/json"}, body).status == 400


CAR = {
    "type": "object", "required": ["make", "year"], "additionalProperties": False,
    "properties": {
        "make": {"type": "string", "minLength": 2, "pattern": "^[A-Z]"}, "year": {"type": "integer", "minimum": 2010},
        "colour": {"enum": ["red", "blue"]}, "tags": {"type": "array", "maxItems": 1, "items": {"type": "string"}},
    },
}  # fmt: skip


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({}, 'object has missing required properties (["make","year"])'),
        ({"make": "Vw", "year": "x"}, 'instance type (string) does not match any allowed primitive type (allowed: ["integer"])'),
        ({"make": "Vw", "year": 1990}, "numeric instance is lower than the required minimum (minimum: 2010, found: 1990)"),
        ({"make": "V", "year": 2011}, 'string "V" is too short (length: 1, required minimum: 2)'),
        ({"make": "vw", "year": 2011}, 'ECMA 262 regex "^[A-Z]" does not match input string "vw"'),
        ({"make": "Vw", "year": 2011, "colour": "x"}, 'instance value ("x") not found in enum (possible values: ["red","blue"])'),
        ({"make": "Vw", "year": 2011, "tags": ["a", "b"]}, "array is too long: must have at most 1 elements but instance has 2 elements"),
        ({"make": "Vw", "year": 2011, "x": 1}, 'object instance has properties which are not allowed by the schema: ["x"]'),
    ],
)  # fmt: skip
def test_what_of_a_body_does_not_fit_can_be_said_by_the_api(cloud, body, said):
    document = {
        "openapi": "3.0.1", "info": {"title": "cars"},
        "x-amazon-apigateway-request-validators": {"body": {"validateRequestBody": True}},
        "x-amazon-apigateway-request-validator": "body",
        "x-amazon-apigateway-gateway-responses": {
            "BAD_REQUEST_BODY": {"responseTemplates": {"application/json": "$context.error.validationErrorString"}}
        },
        "paths": {"/": {"post": {
            "requestBody": {"content": {"application/json": {"schema": CAR}}},
            "x-amazon-apigateway-integration": {
                "type": "mock", "requestTemplates": {"application/json": '{"statusCode": 200}'},
                "responses": {"default": {"statusCode": "200"}},
            },
        }}},
    }  # fmt: skip
    client = cloud.client("apigateway")
    api = client.import_rest_api(body=json.dumps(document))["id"]
    client.create_deployment(restApiId=api, stageName="dev")

    answer = ask(cloud, f"/_api/{api}/dev", "POST", {"Content-Type": "application/json"}, json.dumps(body).encode())

    assert (answer.status, answer.body.decode()) == (400, f"[{said}]")
