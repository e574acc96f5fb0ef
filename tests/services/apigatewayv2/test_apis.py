"""HTTP APIs: what is stored, shown and refused."""

import json

import pytest
from botocore.exceptions import ClientError

from tests.services.apigatewayv2.asking import ask, function, http_api, integration


@pytest.fixture
def gateway(cloud):
    return cloud.client("apigatewayv2")


def test_an_api_is_shown_as_it_was_created(gateway):
    made = gateway.create_api(
        Name="shop", ProtocolType="HTTP", Tags={"team": "x"}, CorsConfiguration={"AllowOrigins": ["*"]}
    )

    found = gateway.get_api(ApiId=made["ApiId"])

    assert found["ApiEndpoint"] == f"https://{made['ApiId']}.execute-api.us-east-1.amazonaws.com"
    assert found["RouteSelectionExpression"] == "$request.method $request.path"
    assert found["Tags"] == {"team": "x"}
    assert found["CorsConfiguration"] == {"AllowOrigins": ["*"]}
    assert [api["ApiId"] for api in gateway.get_apis()["Items"]] == [made["ApiId"]]


def test_quick_create_makes_a_whole_api(cloud, gateway):
    api = gateway.create_api(Name="shop", ProtocolType="HTTP", Target=function(cloud, "'hi'"))["ApiId"]

    assert ask(cloud, f"/_api/{api}/any/where").body == b"hi"
    assert gateway.get_routes(ApiId=api)["Items"][0]["RouteKey"] == "$default"
    assert gateway.get_stages(ApiId=api)["Items"][0]["AutoDeploy"] is True


def test_an_unknown_api_is_not_found(gateway):
    with pytest.raises(ClientError, match="Invalid API identifier specified 000000000000:nope") as refusal:
        gateway.get_api(ApiId="nope")

    assert refusal.value.response["ResponseMetadata"]["HTTPStatusCode"] == 404


def test_what_is_not_built_is_refused_by_name(cloud, gateway):
    api = gateway.create_api(Name="shop", ProtocolType="HTTP")["ApiId"]

    with pytest.raises(ClientError, match="WEBSOCKET"):
        gateway.create_api(Name="chat", ProtocolType="WEBSOCKET", RouteSelectionExpression="$request.body.action")
    with pytest.raises(ClientError, match="VPC_LINK"):
        gateway.create_integration(
            ApiId=api, IntegrationType="HTTP_PROXY", IntegrationUri="https://x", ConnectionType="VPC_LINK"
        )
    with pytest.raises(ClientError, match="JwtConfiguration"):
        gateway.create_authorizer(
            ApiId=api, AuthorizerType="JWT", Name="j", IdentitySource=["$request.header.Authorization"],
            JwtConfiguration={"Issuer": "https://issuer", "Audience": ["a"]},
        )  # fmt: skip
    with pytest.raises(ClientError, match="NotImplemented"):
        gateway.create_domain_name(DomainName="example.org")


def test_two_routes_cannot_have_the_same_key(cloud, gateway):
    api = http_api(cloud, "GET /orders")

    with pytest.raises(ClientError, match="ConflictException"):
        gateway.create_route(ApiId=api, RouteKey="GET /orders")


@pytest.mark.parametrize("key", ["orders", "FETCH /orders", "GET orders", "GET /{proxy+}/more", "GET /a{x}"])
def test_a_route_key_must_be_a_method_and_a_path(cloud, gateway, key):
    api = gateway.create_api(Name="shop", ProtocolType="HTTP")["ApiId"]

    if key == "GET /a{x}":
        gateway.create_route(ApiId=api, RouteKey=key)
        return
    with pytest.raises(ClientError, match="BadRequestException"):
        gateway.create_route(ApiId=api, RouteKey=key)


def test_an_integration_in_use_cannot_be_deleted(cloud, gateway):
    api = http_api(cloud, "GET /orders")
    used = gateway.get_integrations(ApiId=api)["Items"][0]["IntegrationId"]

    with pytest.raises(ClientError, match="referenced by a Route: GET /orders"):
        gateway.delete_integration(ApiId=api, IntegrationId=used)


def test_a_stage_without_auto_deploy_serves_what_was_deployed(cloud, gateway):
    api = gateway.create_api(Name="shop", ProtocolType="HTTP")["ApiId"]
    target = integration(cloud, api, function(cloud, "'one'"))
    route = gateway.create_route(ApiId=api, RouteKey="GET /a", Target=target)["RouteId"]
    gateway.create_stage(ApiId=api, StageName="live")
    assert ask(cloud, f"/_api/{api}/live/a").status == 404

    gateway.create_deployment(ApiId=api, StageName="live")
    gateway.update_route(ApiId=api, RouteId=route, RouteKey="GET /b")

    assert ask(cloud, f"/_api/{api}/live/a").body == b"one"
    assert ask(cloud, f"/_api/{api}/live/b").status == 404


def test_a_deployment_in_use_cannot_be_deleted(cloud, gateway):
    api = http_api(cloud, "GET /a")
    gateway.create_stage(ApiId=api, StageName="live")
    made = gateway.create_deployment(ApiId=api, StageName="live")["DeploymentId"]

    with pytest.raises(ClientError, match="Active stages pointing to this deployment must be moved or deleted"):
        gateway.delete_deployment(ApiId=api, DeploymentId=made)

    gateway.delete_stage(ApiId=api, StageName="live")
    gateway.delete_deployment(ApiId=api, DeploymentId=made)


def test_a_deleted_api_answers_no_more(cloud, gateway):
    api = http_api(cloud, "$default")
    assert ask(cloud, f"/_api/{api}/").status == 200

    gateway.delete_api(ApiId=api)

    assert ask(cloud, f"/_api/{api}/").status == 403
    with pytest.raises(ClientError, match="NotFoundException"):
        gateway.get_routes(ApiId=api)


def test_tags_of_apis_and_stages(cloud, gateway):
    api = http_api(cloud, "$default", Tags={"a": "1"})
    arn = f"arn:aws:apigateway:us-east-1::/apis/{api}"

    gateway.tag_resource(ResourceArn=arn, Tags={"b": "2"})
    gateway.untag_resource(ResourceArn=arn, TagKeys=["a"])
    gateway.tag_resource(ResourceArn=f"{arn}/stages/$default", Tags={"c": "3"})

    assert gateway.get_tags(ResourceArn=arn)["Tags"] == {"b": "2"}
    assert gateway.get_stage(ApiId=api, StageName="$default")["Tags"] == {"c": "3"}


def test_an_openapi_document_becomes_routes(cloud, gateway):
    arn = function(cloud, "event['routeKey']")
    proxy = {"type": "aws_proxy", "uri": arn, "httpMethod": "POST", "payloadFormatVersion": "2.0"}
    document = {
        "openapi": "3.0.1",
        "info": {"title": "shop", "version": "7"},
        "paths": {
            "/orders/{id}": {"get": {"x-amazon-apigateway-integration": proxy, "operationId": "read"}},
            "/all": {"x-amazon-apigateway-any-method": {"x-amazon-apigateway-integration": proxy}},
            "$default": {"x-amazon-apigateway-any-method": {"x-amazon-apigateway-integration": proxy, "isDefaultRoute": True}},
        },
        "x-amazon-apigateway-cors": {"allowOrigins": ["https://a"], "maxAge": 5},
        "tags": [{"name": "by", "x-amazon-apigateway-tag-value": "SAM"}],
    }  # fmt: skip

    made = gateway.import_api(Body=json.dumps(document))
    gateway.create_stage(ApiId=made["ApiId"], StageName="$default", AutoDeploy=True)

    assert (made["Name"], made["Version"], made["Tags"]) == ("shop", "7", {"by": "SAM"})
    assert made["CorsConfiguration"] == {"AllowOrigins": ["https://a"], "MaxAge": 5}
    paths = ("orders/5", "all", "else")
    answers = [ask(cloud, f"/_api/{made['ApiId']}/{path}").body.decode() for path in paths]
    assert answers == ["GET /orders/{id}", "ANY /all", "$default"]


def test_a_document_imported_again_replaces_the_routes(cloud, gateway):
    arn = function(cloud, "'ok'")
    proxy = {"type": "aws_proxy", "uri": arn, "payloadFormatVersion": "2.0"}

    def document(path):
        return json.dumps({
            "openapi": "3.0.1", "info": {"title": "shop"}, "paths": {path: {"get": {"x-amazon-apigateway-integration": proxy}}}
        })  # fmt: skip

    api = gateway.import_api(Body=document("/one"))["ApiId"]
    gateway.create_stage(ApiId=api, StageName="$default", AutoDeploy=True)
    gateway.reimport_api(ApiId=api, Body=document("/two"))

    assert [route["RouteKey"] for route in gateway.get_routes(ApiId=api)["Items"]] == ["GET /two"]
    assert ask(cloud, f"/_api/{api}/one").status == 404
    assert ask(cloud, f"/_api/{api}/two").status == 200


def test_an_import_that_fails_leaves_nothing(gateway):
    document = {"openapi": "3.0.1", "info": {"title": "shop"}, "paths": {
        "/x": {"get": {"x-amazon-apigateway-integration": {"type": "http_proxy", "connectionType": "VPC_LINK"}}}}}  # fmt: skip

    with pytest.raises(ClientError, match="VPC_LINK"):
        gateway.import_api(Body=json.dumps(document))

    assert gateway.get_apis()["Items"] == []
