"""REST APIs in templates: as SAM generates them, and resource by resource."""

import json

from tests.services.apigatewayv2.asking import ask
from tests.services.apigatewayv2.stacks import CODE, deployed

SAM = (
    """
Transform: AWS::Serverless-2016-10-31
Resources:
  Shop:
    Type: AWS::Serverless::Api
    Properties:
      StageName: Prod
      Name: shop
      Cors: {AllowOrigin: "'https://x.org'", AllowMethods: "'GET'", AllowHeaders: "'x'", MaxAge: "'600'", AllowCredentials: true}
      BinaryMediaTypes: [image~1png]
      TracingEnabled: true
      MinimumCompressionSize: 10
      Variables: {color: red}
      MethodSettings: [{HttpMethod: '*', ResourcePath: '/*', ThrottlingRateLimit: 10, MetricsEnabled: true}]
      AccessLogSetting: {DestinationArn: "arn:aws:logs:us-east-1:000000000000:log-group:x", Format: "$context.requestId"}
      EndpointConfiguration: {Type: REGIONAL}
      Models: {User: {type: object, required: [a], properties: {a: {type: string}}}}
      GatewayResponses: {DEFAULT_4XX: {ResponseParameters: {Headers: {X-Of-Gateway: "'*'"}}}}
      Auth:
        DefaultAuthorizer: T
        AddDefaultAuthorizerToCorsPreflight: false
        Authorizers:
          T: {FunctionArn: !GetAtt Guard.Arn, Identity: {Header: X-Word, ReauthorizeEvery: 20}}
          R: {FunctionPayloadType: REQUEST, FunctionArn: !GetAtt Guard.Arn, Identity: {Headers: [X-Word], QueryStrings: [q]}}
  Orders:
    Type: AWS::Serverless::Function
    Properties:
      Runtime: python3.11
      Handler: index.handler
      InlineCode: |
CODE
      Events:
        Take: {Type: Api, Properties: {Path: '/orders/{id}', Method: post, RestApiId: !Ref Shop,
          RequestModel: {Model: User, Required: true, ValidateBody: true, ValidateParameters: true},
          RequestParameters: [{method.request.querystring.keyword: {Required: true}}]}}
        Open: {Type: Api, Properties: {Path: '/open/{proxy+}', Method: any, RestApiId: !Ref Shop, Auth: {Authorizer: NONE}}}
  Guard:
    Type: AWS::Serverless::Function
    Properties:
      Runtime: python3.11
      Handler: index.handler
      InlineCode: |
        def handler(event, context):
            effect = "Allow" if event["authorizationToken"] == "yes" else "Deny"
            statement = {"Action": "execute-api:Invoke", "Effect": effect, "Resource": "*"}
            return {"principalId": "u", "policyDocument": {"Version": "2012-10-17", "Statement": [statement]}}
Outputs:
  Api: {Value: !Ref Shop}
  Url: {Value: !Sub "https://${Shop}.execute-api.${AWS::Region}.amazonaws.com/Prod/orders"}
"""
).replace("CODE", CODE)

KEYS = """
Transform: AWS::Serverless-2016-10-31
Resources:
  Shop:
    Type: AWS::Serverless::Api
    Properties:
      StageName: Prod
      Auth: {ApiKeyRequired: true, UsagePlan: {CreateUsagePlan: PER_API, Throttle: {RateLimit: 5, BurstLimit: 5},
        Quota: {Limit: 4, Period: DAY}}}
  Orders:
    Type: AWS::Serverless::Function
    Properties:
      Runtime: python3.11
      Handler: index.handler
      InlineCode: |
CODE
      Events:
        Take: {Type: Api, Properties: {Path: /orders, Method: get, RestApiId: !Ref Shop}}
Outputs:
  Api: {Value: !Ref Shop}
""".replace("CODE", CODE)

PLAIN = """
Resources:
  Fn:
    Type: AWS::Lambda::Function
    Properties:
      Runtime: python3.11
      Handler: index.handler
      Role: arn:aws:iam::000000000000:role/x
      Code:
        ZipFile: |
CODE
  Shop: {Type: AWS::ApiGateway::RestApi, Properties: {Name: shop, EndpointConfiguration: {Types: [REGIONAL]}}}
  Path: {Type: AWS::ApiGateway::Resource, Properties: {RestApiId: !Ref Shop, ParentId: !GetAtt Shop.RootResourceId, PathPart: orders}}
  Model: {Type: AWS::ApiGateway::Model, Properties: {RestApiId: !Ref Shop, ContentType: application/json, Name: Order,
    Schema: {type: object, required: [a]}}}
  Validator: {Type: AWS::ApiGateway::RequestValidator, Properties: {RestApiId: !Ref Shop, ValidateRequestBody: true}}
  Post:
    Type: AWS::ApiGateway::Method
    Properties:
      RestApiId: !Ref Shop
      ResourceId: !Ref Path
      HttpMethod: POST
      AuthorizationType: NONE
      RequestModels: {application/json: !Ref Model}
      RequestValidatorId: !Ref Validator
      Integration:
        Type: AWS_PROXY
        IntegrationHttpMethod: POST
        Uri: !Sub arn:aws:apigateway:${AWS::Region}:lambda:path/2015-03-31/functions/${Fn.Arn}/invocations
  Options:
    Type: AWS::ApiGateway::Method
    Properties:
      RestApiId: !Ref Shop
      ResourceId: !Ref Path
      HttpMethod: OPTIONS
      AuthorizationType: NONE
      MethodResponses: [{StatusCode: 204, ResponseParameters: {method.response.header.Access-Control-Allow-Origin: true}}]
      Integration:
        Type: MOCK
        RequestTemplates: {application/json: '{"statusCode": 204}'}
        IntegrationResponses: [{StatusCode: 204, ResponseParameters: {method.response.header.Access-Control-Allow-Origin: "'*'"}}]
  Missing:
    Type: AWS::ApiGateway::GatewayResponse
    Properties: {RestApiId: !Ref Shop, ResponseType: MISSING_AUTHENTICATION_TOKEN, StatusCode: 404}
  Deployment: {Type: AWS::ApiGateway::Deployment, DependsOn: [Post, Options, Missing], Properties: {RestApiId: !Ref Shop}}
  Live: {Type: AWS::ApiGateway::Stage, Properties: {RestApiId: !Ref Shop, DeploymentId: !Ref Deployment, StageName: live}}
Outputs:
  Api: {Value: !Ref Shop}
""".replace("CODE", "\n".join(f"    {line}" for line in CODE.split("\n")))


def test_an_api_of_sam_does_all_that_its_template_says(cloud):
    outputs = deployed(cloud, SAM)
    url = f"/_api/{outputs['Api']}/Prod"
    headers = {"X-Word": "yes", "Content-Type": "application/json"}

    taken = ask(cloud, f"{url}/orders/5?keyword=k", "POST", headers, b'{"a": "b"}')
    assert (taken.status, taken.json["pathParameters"], taken.json["stageVariables"]) == (
        200,
        {"id": "5"},
        {"color": "red"},
    )
    assert ask(cloud, f"{url}/orders/5?keyword=k", "POST", headers, b"{}").json == {"message": "Invalid request body"}
    missing = ask(cloud, f"{url}/orders/5", "POST", headers, b'{"a": "b"}')
    assert missing.json == {"message": "Missing required request parameters: [keyword]"}
    assert ask(cloud, f"{url}/orders/5", "POST", {**headers, "X-Word": "no"}, b"{}").status == 403
    assert ask(cloud, f"{url}/orders/5", "POST")["x-of-gateway"] == "*"
    assert ask(cloud, f"{url}/open/a/b").json["path"] == "/open/a/b"
    preflight = ask(
        cloud, f"{url}/orders/5", "OPTIONS", {"Origin": "https://x.org", "Access-Control-Request-Method": "GET"}
    )
    assert (preflight.status, preflight["access-control-allow-origin"]) == (200, "https://x.org")
    assert outputs["Url"] == f"https://{outputs['Api']}.execute-api.us-east-1.amazonaws.com/Prod/orders"
    gateway = cloud.client("apigateway")
    api = gateway.get_rest_api(restApiId=outputs["Api"])
    assert (api["name"], api["binaryMediaTypes"], api["minimumCompressionSize"]) == ("shop", ["image/png"], 10)
    stage = gateway.get_stage(restApiId=outputs["Api"], stageName="Prod")
    assert stage["methodSettings"]["*/*"]["throttlingRateLimit"] == 10.0
    assert stage["accessLogSettings"]["format"] == "$context.requestId"


def test_an_implicit_api_of_sam_changes_with_its_template(cloud):
    template = f"""
Transform: AWS::Serverless-2016-10-31
Resources:
  Orders:
    Type: AWS::Serverless::Function
    Properties:
      Runtime: python3.11
      Handler: index.handler
      InlineCode: |
{CODE}
      Events:
        Take: {{Type: Api, Properties: {{Path: /one, Method: get}}}}
Outputs:
  Api: {{Value: !Ref ServerlessRestApi}}
"""
    url = f"/_api/{deployed(cloud, template)['Api']}/Prod"
    assert ask(cloud, f"{url}/one").status == 200

    again = f"/_api/{deployed(cloud, template.replace('/one', '/two'))['Api']}/Prod"

    assert again == url
    assert ask(cloud, f"{url}/one").status == 403
    assert ask(cloud, f"{url}/two").status == 200
    assert len(cloud.client("apigateway").get_deployments(restApiId=url.split("/")[2])["items"]) == 1


def test_keys_and_usage_plans_of_sam(cloud):
    url = f"/_api/{deployed(cloud, KEYS)['Api']}/Prod/orders"
    [key] = cloud.client("apigateway").get_api_keys(includeValues=True)["items"]

    assert ask(cloud, url).status == 403
    assert ask(cloud, url, headers={"x-api-key": key["value"]}).status == 200

    cloud.client("cloudformation").delete_stack(StackName="shop")
    cloud.settle()
    gateway = cloud.client("apigateway")
    assert (
        gateway.get_rest_apis()["items"] == gateway.get_usage_plans()["items"] == gateway.get_api_keys()["items"] == []
    )


def test_an_api_resource_by_resource(cloud):
    url = f"/_api/{deployed(cloud, PLAIN)['Api']}/live/orders"
    json_type = {"Content-Type": "application/json"}

    assert ask(cloud, url, "POST", json_type, json.dumps({"a": 1}).encode()).status == 200
    assert ask(cloud, url, "POST", json_type, b"{}").status == 400
    assert ask(cloud, url, "OPTIONS")["access-control-allow-origin"] == "*"
    assert ask(cloud, url, "PUT").status == 404

    cloud.client("cloudformation").delete_stack(StackName="shop")
    cloud.settle()
    assert cloud.client("cloudformation").list_stacks()["StackSummaries"][0]["StackStatus"] == "DELETE_COMPLETE"
    assert ask(cloud, url, "POST").status == 403


def test_what_is_not_built_is_refused_before_anything_is_made(cloud):
    refused = PLAIN.replace("Name: shop,", "Name: shop, CloneFrom: x,")

    said = deployed(cloud, refused, whole=True)

    assert "CloneFrom" in str(said)
    assert cloud.client("apigateway").get_rest_apis()["items"] == []
