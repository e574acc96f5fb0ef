"""Amazon API Gateway, REST APIs: resources, methods, deployments, stages, authorizers, usage plans, and requests to them."""

from windtunnel.aws.operations import Declaration

declaration = Declaration(
    api="apigateway",
    nouns=(
        "rest_apis.RestApis",
        "imports.Imports",
        "paths.Paths",
        "methods.Methods",
        "method_responses.MethodResponses",
        "integrations.Integrations",
        "integration_responses.IntegrationResponses",
        "models.Models",
        "validators.Validators",
        "authorizers.Authorizers",
        "gateway_responses.GatewayResponses",
        "deployments.Deployments",
        "stages.Stages",
        "keys.Keys",
        "usage_plans.UsagePlans",
        "accounts.Accounts",
        "tags.Tags",
        "execution.Execution",
    ),
    types={
        "AWS::ApiGateway::RestApi": "resources.RestApiType",
        "AWS::ApiGateway::Resource": "resources.ResourceNodeType",
        "AWS::ApiGateway::Method": "method_resources.MethodType",
        "AWS::ApiGateway::Deployment": "stage_resources.DeploymentType",
        "AWS::ApiGateway::Stage": "stage_resources.StageType",
        "AWS::ApiGateway::Model": "part_resources.ModelType",
        "AWS::ApiGateway::RequestValidator": "part_resources.RequestValidatorType",
        "AWS::ApiGateway::Authorizer": "part_resources.AuthorizerType",
        "AWS::ApiGateway::GatewayResponse": "part_resources.GatewayResponseType",
        "AWS::ApiGateway::ApiKey": "key_resources.ApiKeyType",
        "AWS::ApiGateway::UsagePlan": "key_resources.UsagePlanType",
        "AWS::ApiGateway::UsagePlanKey": "key_resources.UsagePlanKeyType",
        "AWS::ApiGateway::Account": "key_resources.AccountType",
    },
)
