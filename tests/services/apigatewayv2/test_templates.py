"""HTTP APIs in templates: as SAM generates them, and resource by resource."""

from tests.services.apigatewayv2.asking import ask
from tests.services.apigatewayv2.stacks import CODE, deployed

SAM = """
Transform: AWS::Serverless-2016-10-31
Resources:
  Shop:
    Type: AWS::Serverless::HttpApi
    Properties:
      Name: shop
      Description: orders
      StageName: live
      StageVariables: {color: red}
      Tags: {team: x}
      CorsConfiguration: {AllowOrigins: ['*'], AllowMethods: [GET], AllowHeaders: [a], MaxAge: 5, ExposeHeaders: [b]}
      DefaultRouteSettings: {ThrottlingBurstLimit: 10}
      RouteSettings: {"GET /x": {ThrottlingBurstLimit: 10}}
      AccessLogSettings: {DestinationArn: "arn:aws:logs:us-east-1:000000000000:log-group:x", Format: "$context.requestId"}
      FailOnWarnings: true
      DisableExecuteApiEndpoint: false
      Auth:
        DefaultAuthorizer: L
        EnableIamAuthorizer: true
        Authorizers:
          L: {FunctionArn: !GetAtt Guard.Arn, AuthorizerPayloadFormatVersion: '2.0', EnableSimpleResponses: true,
            Identity: {Headers: [X-Word], ReauthorizeEvery: 30}}
  Orders:
    Type: AWS::Serverless::Function
    Properties:
      Runtime: python3.11
      Handler: index.handler
      InlineCode: |
CODE
      Events:
        One: {Type: HttpApi, Properties: {Path: '/orders/{id}', Method: get, ApiId: !Ref Shop, PayloadFormatVersion: '1.0',
          TimeoutInMillis: 1000, RouteSettings: {ThrottlingBurstLimit: 3}}}
        Open: {Type: HttpApi, Properties: {Path: '/open', Method: get, ApiId: !Ref Shop, Auth: {Authorizer: NONE}}}
        Signed: {Type: HttpApi, Properties: {Path: '/signed', Method: get, ApiId: !Ref Shop, Auth: {Authorizer: AWS_IAM}}}
  Guard:
    Type: AWS::Serverless::Function
    Properties:
      Runtime: python3.11
      Handler: index.handler
      InlineCode: |
        def handler(event, context):
            return {"isAuthorized": event["identitySource"] == ["yes"]}
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
  Shop: {Type: AWS::ApiGatewayV2::Api, Properties: {Name: shop, ProtocolType: HTTP, CorsConfiguration: {AllowOrigins: ['*'], MaxAge: '5'}}}
  Proxy: {Type: AWS::ApiGatewayV2::Integration, Properties: {ApiId: !Ref Shop, IntegrationType: AWS_PROXY,
    IntegrationUri: !GetAtt Fn.Arn, PayloadFormatVersion: '2.0'}}
  Route: {Type: AWS::ApiGatewayV2::Route, Properties: {ApiId: !Ref Shop, RouteKey: GET /one, Target: !Sub "integrations/${Proxy}"}}
  Deployment: {Type: AWS::ApiGatewayV2::Deployment, DependsOn: Route, Properties: {ApiId: !Ref Shop}}
  Live: {Type: AWS::ApiGatewayV2::Stage, Properties: {ApiId: !Ref Shop, StageName: live, DeploymentId: !Ref Deployment}}
  Default: {Type: AWS::ApiGatewayV2::Stage, Properties: {ApiId: !Ref Shop, StageName: $default, AutoDeploy: true}}
Outputs:
  Api: {Value: !Ref Shop}
  Endpoint: {Value: !GetAtt Shop.ApiEndpoint}
""".replace("CODE", "\n".join(f"    {line}" for line in CODE.split("\n")))


def test_an_api_of_sam_does_all_that_its_template_says(cloud):
    api = deployed(cloud, SAM)["Api"]
    url = f"/_api/{api}/live"

    event = ask(cloud, f"{url}/orders/5", headers={"X-Word": "yes"}).json
    assert (event["version"], event["pathParameters"], event["stageVariables"]) == (
        "1.0",
        {"id": "5"},
        {"color": "red"},
    )
    assert ask(cloud, f"{url}/orders/5", headers={"X-Word": "no"}).status == 403
    assert ask(cloud, f"{url}/orders/5").status == 401
    assert ask(cloud, f"{url}/open", headers={"Origin": "https://a"})["access-control-allow-origin"] == "*"
    assert ask(cloud, f"{url}/signed").status == 403
    gateway = cloud.client("apigatewayv2")
    found = gateway.get_api(ApiId=api)
    assert (found["Name"], found["Description"], found["Tags"]["team"]) == ("shop", "orders", "x")
    stage = gateway.get_stage(ApiId=api, StageName="live")
    assert stage["RouteSettings"]["GET /orders/{id}"] == {"ThrottlingBurstLimit": 3}


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
        One: {{Type: HttpApi, Properties: {{Path: /one, Method: get}}}}
Outputs:
  Api: {{Value: !Ref ServerlessHttpApi}}
"""
    api = deployed(cloud, template)["Api"]
    assert ask(cloud, f"/_api/{api}/one").status == 200

    assert deployed(cloud, template.replace("/one", "/two"))["Api"] == api

    assert ask(cloud, f"/_api/{api}/one").status == 404
    assert ask(cloud, f"/_api/{api}/two").status == 200


def test_an_api_resource_by_resource(cloud):
    outputs = deployed(cloud, PLAIN)
    assert outputs["Endpoint"] == f"https://{outputs['Api']}.execute-api.us-east-1.amazonaws.com"
    deployed(cloud, PLAIN.replace("GET /one", "GET /two"))

    url = f"/_api/{outputs['Api']}"
    assert ask(cloud, f"{url}/live/one").status == 200
    assert ask(cloud, f"{url}/live/two").status == 404
    assert ask(cloud, f"{url}/two").status == 200

    cloud.client("cloudformation").delete_stack(StackName="shop")
    cloud.settle()
    assert cloud.client("apigatewayv2").get_apis()["Items"] == []
