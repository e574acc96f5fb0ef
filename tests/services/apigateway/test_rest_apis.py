"""REST APIs: what is stored, shown, patched and refused."""

import json

import pytest
from botocore.exceptions import ClientError

from tests.services.apigateway.building import PROXY, Building
from tests.services.apigatewayv2.asking import function


@pytest.fixture
def gateway(cloud):
    return cloud.client("apigateway")


@pytest.fixture
def api(cloud):
    return Building(cloud)


def refused(call, text, **params):
    with pytest.raises(ClientError) as refusal:
        call(**params)
    assert refusal.value.response["Error"]["Message"] == text
    return refusal.value.response["Error"]["Code"]


def patch(op, path, value=None):
    return [{"op": op, "path": path, **({"value": value} if value is not None else {})}]


def test_a_new_api_has_the_defaults_of_aws(gateway):
    made = gateway.create_rest_api(name="shop")

    assert made["endpointConfiguration"] == {"types": ["EDGE"], "ipAddressType": "ipv4"}
    assert (made["apiKeySource"], made["disableExecuteApiEndpoint"]) == ("HEADER", False)
    assert "tags" not in made
    assert gateway.get_rest_api(restApiId=made["id"])["tags"] == {}
    assert [item["path"] for item in gateway.get_resources(restApiId=made["id"])["items"]] == ["/"]
    assert [model["name"] for model in gateway.get_models(restApiId=made["id"])["items"]] == ["Empty", "Error"]


@pytest.mark.parametrize(
    ("members", "says"),
    [
        ({"description": ""}, "Description cannot be an empty string"),
        ({"endpointConfiguration": {"types": []}}, "REGIONAL Configuration and EDGE Configuration cannot be both DISABLED."),
        ({"endpointConfiguration": {"types": ["EDGE", "REGIONAL"]}}, "Cannot create an api with multiple Endpoint Types."),
    ],
)  # fmt: skip
def test_an_api_that_cannot_be_is_refused(gateway, members, says):
    assert refused(gateway.create_rest_api, says, name="shop", **members) == "BadRequestException"


def test_an_api_is_patched(gateway, api):
    operations = patch("replace", "/name", "new") + patch("add", "/binaryMediaTypes/image~1png")

    changed = gateway.update_rest_api(restApiId=api.id, patchOperations=operations)

    assert (changed["name"], changed["binaryMediaTypes"]) == ("new", ["image/png"])
    says = "Invalid patch path /binaryMediaTypes"
    refused(gateway.update_rest_api, says, restApiId=api.id, patchOperations=patch("add", "/binaryMediaTypes", "x"))


def test_an_unknown_api_is_not_found(gateway):
    refused(gateway.get_rest_api, "Invalid API identifier specified 000000000000:NOPE", restApiId="NOPE")


def test_resources_stand_in_a_tree(gateway, api):
    api.resource("/orders/{id}/items")
    orders = api.resource("/orders")

    paths = sorted(item["path"] for item in gateway.get_resources(restApiId=api.id)["items"])
    assert paths == ["/", "/orders", "/orders/{id}", "/orders/{id}/items"]

    gateway.update_resource(restApiId=api.id, resourceId=orders, patchOperations=patch("replace", "/pathPart", "jobs"))
    assert "/jobs/{id}/items" in [item["path"] for item in gateway.get_resources(restApiId=api.id)["items"]]

    gateway.delete_resource(restApiId=api.id, resourceId=orders)
    assert [item["path"] for item in gateway.get_resources(restApiId=api.id)["items"]] == ["/"]


def test_resources_that_cannot_be_are_refused(gateway, api):
    api.resource("/orders/{id}")
    orders = api.resource("/orders")
    create = gateway.create_resource

    refused(create, "Invalid Resource identifier specified", restApiId=api.id, parentId="nope", pathPart="x")
    refused(
        create, "Another resource with the same parent already has this name: orders", restApiId=api.id, parentId=api.root,
        pathPart="orders",
    )  # fmt: skip
    with pytest.raises(ClientError, match="only one is allowed"):
        create(restApiId=api.id, parentId=orders, pathPart="{other}")
    root = patch("replace", "/pathPart", "x")
    refused(gateway.update_resource, "Root resource cannot update its pathPart.", restApiId=api.id, resourceId=api.root,
        patchOperations=root)  # fmt: skip


def test_a_method_is_shown_with_its_integration(cloud, gateway, api):
    place = api.proxy("/orders", "GET", function(cloud, "None"))
    gateway.put_method_response(**place, statusCode="200")

    method = gateway.get_method(**place)

    assert (method["authorizationType"], method["apiKeyRequired"]) == ("NONE", False)
    assert method["methodIntegration"]["passthroughBehavior"] == "WHEN_NO_MATCH"
    assert method["methodIntegration"]["timeoutInMillis"] == 29000
    assert method["methodResponses"] == {"200": {"statusCode": "200"}}


@pytest.mark.parametrize(
    ("members", "says"),
    [
        ({"httpMethod": "FETCH"}, "Invalid HttpMethod specified. Valid options are GET,PUT,POST,DELETE,PATCH,OPTIONS,HEAD,ANY"),
        ({"requestModels": {"application/json": "petModel"}}, "Invalid model identifier specified: petModel"),
        ({"requestValidatorId": "nope"}, "Invalid Request Validator identifier specified"),
        ({"authorizationType": "CUSTOM"}, "Invalid authorizer ID specified. Setting the authorization type to CUSTOM or "
            "COGNITO_USER_POOLS requires a valid authorizer."),
        ({"requestParameters": {"method.request.header.a": True, "method.request.path.a": True}},
            "Parameter names must be unique across querystring, header and path"),
    ],
)  # fmt: skip
def test_a_method_that_cannot_be_is_refused(gateway, api, members, says):
    wish = {"restApiId": api.id, "resourceId": api.root, "httpMethod": "GET", "authorizationType": "NONE", **members}

    assert refused(gateway.put_method, says, **wish) == "BadRequestException"


def test_what_is_asked_of_things_that_are_not_there(gateway, api):
    place = {"restApiId": api.id, "resourceId": api.root, "httpMethod": "GET"}

    refused(gateway.get_method, "Invalid Method identifier specified", **place)
    api.method("/", "GET")
    refused(gateway.get_integration, "Invalid Integration identifier specified", **place)
    refused(gateway.get_method_response, "Invalid Response status code specified", **place, statusCode="200")
    refused(gateway.get_integration, "Invalid Resource identifier specified", **{**place, "resourceId": "nope"})


@pytest.mark.parametrize(
    ("members", "says"),
    [
        ({"type": "AWS", "uri": "arn:aws:apigateway:us-east-1:sqs:path/x"}, "Enumeration value for HttpMethod must be non-empty"),
        ({"type": "HTTP_PROXY", "uri": "x", "integrationHttpMethod": "GET"}, "Invalid HTTP endpoint specified for URI"),
        ({"type": "AWS_PROXY", "uri": "x", "integrationHttpMethod": "POST"}, "Invalid ARN specified in the request"),
        ({"type": "AWS_PROXY", "uri": "arn:aws:lambda:us-east-1:0:function:f", "integrationHttpMethod": "POST"},
            "AWS ARN for integration must contain path or action"),
        ({"type": "AWS_PROXY", "uri": "arn:aws:apigateway:us-east-1:s3:path/b/k", "integrationHttpMethod": "POST"},
            "Integrations of type 'AWS_PROXY' currently only supports Lambda function and Firehose stream invocations."),
    ],
)  # fmt: skip
def test_an_integration_that_cannot_be_is_refused(gateway, api, members, says):
    place = api.method("/", "GET")

    assert refused(gateway.put_integration, says, **place, **members) == "BadRequestException"


def test_what_is_not_built_is_refused_by_name(gateway, api):
    place = api.method("/", "GET")

    vpc_link = {"type": "HTTP_PROXY", "uri": "https://x", "integrationHttpMethod": "GET", "connectionType": "VPC_LINK"}
    with pytest.raises(ClientError, match="VPC_LINK") as refusal:
        gateway.put_integration(**place, **vpc_link, connectionId="x")
    assert refusal.value.response["ResponseMetadata"]["HTTPStatusCode"] == 501
    with pytest.raises(ClientError, match="COGNITO_USER_POOLS"):
        gateway.create_authorizer(
            restApiId=api.id, name="c", type="COGNITO_USER_POOLS", identitySource="method.request.header.A"
        )
    with pytest.raises(ClientError, match="NotImplemented"):
        gateway.create_vpc_link(name="x", targetArns=["arn:aws:elasticloadbalancing:us-east-1:0:loadbalancer/net/x/1"])


def test_models_are_checked(gateway, api):
    create = gateway.create_model
    place = {"restApiId": api.id, "contentType": "application/json"}
    create(**place, name="Pet", schema='{"type": "object"}')

    refused(create, "Model name already exists for this REST API", **place, name="Pet", schema="{}")
    refused(create, "Model schema must have at least 1 property or array items defined", **place, name="None")
    refused(gateway.get_model, "Invalid model name specified: Nope", restApiId=api.id, modelName="Nope")
    says = "Invalid patch path  '/name' specified for op 'replace'. Must be one of: [/description, /schema]"
    name = patch("replace", "/name", "x")
    refused(gateway.update_model, says, restApiId=api.id, modelName="Pet", patchOperations=name)


def test_a_model_in_use_cannot_be_deleted(gateway, api):
    gateway.create_model(restApiId=api.id, name="Pet", contentType="application/json", schema='{"type": "object"}')
    api.method("/test", "ANY", requestModels={"application/json": "Pet"})

    says = "Cannot delete model 'Pet', is referenced in method request: /test/ANY"
    assert refused(gateway.delete_model, says, restApiId=api.id, modelName="Pet") == "ConflictException"


def test_the_life_of_a_request_validator(gateway, api):
    made = gateway.create_request_validator(restApiId=api.id, name="v", validateRequestBody=True)
    place = {"restApiId": api.id, "requestValidatorId": made["id"]}

    changed = gateway.update_request_validator(
        **place, patchOperations=patch("replace", "/validateRequestBody", "false")
    )
    assert changed["validateRequestBody"] is False

    gateway.delete_request_validator(**place)
    refused(gateway.get_request_validator, "Invalid Request Validator identifier specified", **place)


def test_stages_are_patched(gateway, api):
    api.mock("/", "GET")
    api.deploy("s1")
    operations = (
        patch("replace", "/description", "new") + patch("replace", "/variables/var1", "test")
        + patch("replace", "/tracingEnabled", "true") + patch("replace", "/*/*/throttling/burstLimit", "123")
        + patch("replace", "/~1test/GET/caching/enabled", "true")
    )  # fmt: skip

    stage = gateway.update_stage(restApiId=api.id, stageName="s1", patchOperations=operations)

    assert (stage["description"], stage["tracingEnabled"], stage["variables"]) == ("new", True, {"var1": "test"})
    assert stage["methodSettings"]["*/*"]["throttlingBurstLimit"] == 123
    assert stage["methodSettings"]["test/GET"]["cachingEnabled"] is True
    assert (
        stage["methodSettings"]["test/GET"]["unauthorizedCacheControlHeaderStrategy"] == "SUCCEED_WITH_RESPONSE_HEADER"
    )
    with pytest.raises(
        ClientError, match=r"Invalid method setting path: /tags/tag1\. Must be one of: \[/deploymentId, "
    ):
        gateway.update_stage(restApiId=api.id, stageName="s1", patchOperations=patch("replace", "/tags/tag1", "x"))


def test_a_deployment_that_a_stage_serves_cannot_be_deleted(gateway, api):
    api.mock("/", "GET")
    api.deploy("s1")
    [deployment] = gateway.get_deployments(restApiId=api.id)["items"]

    says = "Active stages pointing to this deployment must be moved or deleted"
    refused(gateway.delete_deployment, says, restApiId=api.id, deploymentId=deployment["id"])

    gateway.delete_stage(restApiId=api.id, stageName="s1")
    gateway.delete_deployment(restApiId=api.id, deploymentId=deployment["id"])


def test_an_api_without_methods_cannot_be_deployed(gateway, api):
    refused(gateway.create_deployment, "The REST API doesn't contain any methods", restApiId=api.id)


def test_keys_and_usage_plans(gateway, api):
    api.mock("/", "GET")
    api.deploy("dev")
    refused(gateway.create_api_key, "API Key value should be at least 20 characters", value="short")
    key = gateway.create_api_key(name="k", enabled=True)

    plan = gateway.create_usage_plan(name="p", apiStages=[{"apiId": api.id, "stage": "dev"}])
    gateway.create_usage_plan_key(usagePlanId=plan["id"], keyId=key["id"], keyType="API_KEY")
    changed = gateway.update_usage_plan(
        usagePlanId=plan["id"],
        patchOperations=patch("replace", "/throttle/burstLimit", "100") + patch("replace", "/throttle/rateLimit", "200")
        + patch("replace", "/quota/limit", "5000") + patch("replace", "/quota/period", "MONTH"),
    )  # fmt: skip

    assert changed["throttle"] == {"burstLimit": 100, "rateLimit": 200.0}
    assert changed["quota"] == {"limit": 5000, "offset": 0, "period": "MONTH"}
    assert [k["name"] for k in gateway.get_usage_plan_keys(usagePlanId=plan["id"])["items"]] == ["k"]
    says = f"Invalid API Stage {{api: {api.id}, stage: nope}} specified for usageplan {plan['id']}"
    wrong = patch("add", "/apiStages", f"{api.id}:nope")
    refused(gateway.update_usage_plan, says, usagePlanId=plan["id"], patchOperations=wrong)
    refused(gateway.get_usage_plan, "Invalid Usage Plan ID specified", usagePlanId="nope")


def test_gateway_responses_fall_back_to_their_default(gateway, api):
    place = {"restApiId": api.id}
    gateway.put_gateway_response(**place, responseType="DEFAULT_4XX", statusCode="444")

    own = gateway.get_gateway_response(**place, responseType="DEFAULT_4XX")
    other = gateway.get_gateway_response(**place, responseType="UNAUTHORIZED")

    assert (own["statusCode"], own["defaultResponse"]) == ("444", False)
    assert own["responseTemplates"] == {"application/json": '{"message":$context.error.messageString}'}
    assert (other["statusCode"], other["defaultResponse"]) == ("444", True)
    says = "Invalid patch path /wrongPath"
    wrong = patch("replace", "/wrongPath", "x")
    refused(gateway.update_gateway_response, says, **place, responseType="DEFAULT_4XX", patchOperations=wrong)


def test_tags(gateway, api):
    arn = f"arn:aws:apigateway:us-east-1::/restapis/{api.id}"

    gateway.tag_resource(resourceArn=arn, tags={"a": "1", "b": "2"})
    gateway.untag_resource(resourceArn=arn, tagKeys=["a"])

    assert gateway.get_tags(resourceArn=arn)["tags"] == {"b": "2"}


def test_the_account_has_a_role_for_logs(gateway):
    role = "arn:aws:iam::000000000000:role/logs"

    gateway.update_account(patchOperations=patch("replace", "/cloudwatchRoleArn", role))

    assert gateway.get_account()["cloudwatchRoleArn"] == role


def test_a_swagger_document_becomes_an_api(cloud, gateway):
    arn = function(cloud, "None")
    document = {
        "swagger": "2.0",
        "info": {"title": "pets", "version": "1"},
        "definitions": {"pet": {"type": "object", "properties": {"name": {"type": "string"}}}},
        "x-amazon-apigateway-binary-media-types": ["image/png"],
        "x-amazon-apigateway-request-validators": {"all": {"validateRequestBody": True, "validateRequestParameters": True}},
        "securityDefinitions": {
            "guard": {"type": "apiKey", "name": "X-Word", "in": "header", "x-amazon-apigateway-authtype": "custom",
                "x-amazon-apigateway-authorizer": {"type": "token", "authorizerUri": PROXY.format(arn)}},
            "api_key": {"type": "apiKey", "name": "x-api-key", "in": "header"},
        },
        "paths": {
            "/pets/{id}": {
                "post": {
                    "x-amazon-apigateway-request-validator": "all",
                    "security": [{"guard": []}, {"api_key": []}],
                    "parameters": [
                        {"in": "body", "name": "pet", "schema": {"$ref": "#/definitions/pet"}},
                        {"in": "query", "name": "q", "required": True, "type": "string"},
                    ],
                    "responses": {"200": {"description": "ok"}},
                    "x-amazon-apigateway-integration": {"type": "aws_proxy", "httpMethod": "POST", "uri": PROXY.format(arn)},
                }
            }
        },
    }  # fmt: skip

    made = gateway.import_rest_api(body=json.dumps(document), parameters={"endpointConfigurationTypes": "REGIONAL"})

    place = {"restApiId": made["id"]}
    assert (made["name"], made["binaryMediaTypes"]) == ("pets", ["image/png"])
    assert made["endpointConfiguration"]["types"] == ["REGIONAL"]
    resources = {item["path"]: item["id"] for item in gateway.get_resources(**place)["items"]}
    assert set(resources) == {"/", "/pets", "/pets/{id}"}
    method = gateway.get_method(**place, resourceId=resources["/pets/{id}"], httpMethod="POST")
    assert (method["authorizationType"], method["apiKeyRequired"]) == ("CUSTOM", True)
    assert method["requestModels"] == {"application/json": "pet"}
    assert method["requestParameters"] == {"method.request.querystring.q": True}
    [authorizer] = gateway.get_authorizers(**place)["items"]
    assert (authorizer["type"], authorizer["identitySource"]) == ("TOKEN", "method.request.header.X-Word")


@pytest.mark.parametrize(("mode", "types"), [("merge", ["image/heif", "image/png"]), ("overwrite", ["image/png"])])
def test_a_document_is_merged_or_takes_the_place_of_what_was(gateway, cloud, mode, types):
    api = Building(cloud, binaryMediaTypes=["image/heif"])
    api.mock("/old", "GET")
    document = {
        "swagger": "2.0", "info": {"title": "new", "version": "1.0.0"}, "paths": {"/new": {}},
        "x-amazon-apigateway-binary-media-types": ["image/png"],
    }  # fmt: skip

    changed = gateway.put_rest_api(restApiId=api.id, mode=mode, body=json.dumps(document))

    assert (changed["name"], changed["version"], changed["binaryMediaTypes"]) == ("new", "1.0.0", types)
    paths = {item["path"] for item in gateway.get_resources(restApiId=api.id)["items"]}
    assert paths == ({"/", "/old", "/new"} if mode == "merge" else {"/", "/new"})


def test_a_deleted_api_is_gone_with_all_of_it(gateway, api):
    api.mock("/", "GET")
    api.deploy()

    gateway.delete_rest_api(restApiId=api.id)

    refused(gateway.get_resources, f"Invalid API identifier specified 000000000000:{api.id}", restApiId=api.id)
