"""Resource policies of REST APIs."""

import json

import pytest

from tests.services.apigateway.building import Building
from tests.services.apigatewayv2.asking import ask, function


def policy(effect="Allow", resource="execute-api:/dev/*", **condition):
    statement = {"Effect": effect, "Principal": "*", "Action": "execute-api:Invoke", "Resource": resource}
    return {"Version": "2012-10-17", "Statement": [{**statement, **({"Condition": condition} if condition else {})}]}


def url(cloud, document, authorization="NONE", **api):
    built = Building(cloud, policy=json.dumps(document), **api)
    members = {}
    if authorization == "CUSTOM":
        allows = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
        guard = function(cloud, repr({"principalId": "u", "policyDocument": allows}), name="guard")
        uri = f"arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/{guard}/invocations"
        made = built.client.create_authorizer(
            restApiId=built.id, name="g", type="TOKEN", authorizerUri=uri, identitySource="method.request.header.A"
        )
        members["authorizerId"] = made["id"]
    built.proxy("/pets", "GET", function(cloud, "{'statusCode': 200}"), authorization=authorization, **members)
    return built.deploy() + "/pets"


@pytest.mark.parametrize(
    ("document", "status"),
    [
        (policy(), 200),
        (policy(resource="arn:aws:execute-api:us-east-1:*:*/dev/GET/pets"), 200),
        (policy(resource="execute-api:/prod/*"), 403),
        (policy(DateGreaterThan={"aws:CurrentTime": "2020-01-01T00:00:00Z"}), 200),
        (policy(DateLessThan={"aws:CurrentTime": "2020-01-01T00:00:00Z"}), 403),
        (policy(IpAddress={"aws:SourceIp": ["127.0.0.0/8"]}), 200),
        (policy(IpAddress={"aws:SourceIp": "203.0.113.0/24"}), 403),
        ({"Version": "2012-10-17", "Statement": []}, 403),
    ],
)
def test_an_open_method_must_be_allowed_by_the_policy(cloud, document, status):
    assert ask(cloud, url(cloud, document)).status == status


def test_a_denial_is_said_as_aws_says_it(cloud):
    both = policy()["Statement"] + policy("Deny", resource="execute-api:/dev/GET/pets")["Statement"]

    answer = ask(cloud, url(cloud, {"Version": "2012-10-17", "Statement": both}))

    assert answer.status == 403
    assert answer["x-amzn-ErrorType"] == "AccessDeniedException"
    said = answer.json["Message"]
    assert said.startswith("User: anonymous is not authorized to perform: execute-api:Invoke on resource: arn:aws:execute-api:us-east-1:********0000:")  # fmt: skip
    assert said.endswith("/dev/GET/pets with an explicit deny")


def test_an_authorizer_decides_where_the_policy_says_nothing_but_not_over_its_denial(cloud):
    silent = url(cloud, policy(resource="execute-api:/prod/*"), "CUSTOM")

    assert ask(cloud, silent, headers={"A": "x"}).status == 200


def test_an_authorizer_is_not_asked_where_the_policy_denies(cloud):
    denied = url(cloud, policy("Deny"), "CUSTOM")

    assert ask(cloud, denied, headers={"A": "x"}).status == 403
    assert cloud.records("Invoked") == []


def test_the_policy_of_a_private_api_is_not_looked_at(cloud):
    document = policy("Deny", StringNotEquals={"aws:SourceVpce": "vpce-1"})

    assert ask(cloud, url(cloud, document, endpointConfiguration={"types": ["PRIVATE"]})).status == 200
