"""Amazon API Gateway, HTTP APIs: routes, integrations with functions, stages, authorizers, and requests to them."""

from windtunnel.aws.operations import Declaration

declaration = Declaration(
    api="apigatewayv2",
    nouns=(
        "apis.Apis",
        "imports.Imports",
        "routes.Routes",
        "integrations.Integrations",
        "authorizers.Authorizers",
        "stages.Stages",
        "deployments.Deployments",
        "tags.Tags",
        "execution.Execution",
    ),
    types={
        "AWS::ApiGatewayV2::Api": "resources.ApiType",
        "AWS::ApiGatewayV2::Route": "resources.RouteType",
        "AWS::ApiGatewayV2::Integration": "resources.IntegrationType",
        "AWS::ApiGatewayV2::Authorizer": "resources.AuthorizerType",
        "AWS::ApiGatewayV2::Stage": "stage_resources.StageType",
        "AWS::ApiGatewayV2::Deployment": "stage_resources.DeploymentType",
    },
)
