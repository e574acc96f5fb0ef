"""AWS CloudFormation: stacks and change sets. What makes resources from templates is the `deploy` room, given by the cloud."""

from windtunnel.aws.operations import Declaration

declaration = Declaration(
    api="cloudformation",
    nouns=(
        "stacks.Stacks",
        "change_sets.ChangeSets",
        "stack_resources.StackResources",
        "templates.Templates",
        "custom_resources.Answers",
    ),
    types={
        "AWS::ApplicationInsights::Application": "onlookers.ApplicationInsightsType",
        "AWS::CloudFormation::CustomResource": "custom_resources.CustomResourceType",
        "AWS::CloudFormation::Stack": "nested_stacks.NestedStackType",
        "AWS::ResourceGroups::Group": "onlookers.ResourceGroupType",
        "AWS::XRay::Group": "onlookers.TraceGroupType",
    },
)
