"""Amazon CloudWatch Logs: groups, streams, events, filters, retention, subscriptions."""

from windtunnel.aws.operations import Declaration

declaration = Declaration(
    api="logs",
    nouns=(
        "writing.Writing",
        "groups.Groups",
        "summaries.Summaries",
        "streams.Streams",
        "putting.Putting",
        "reading.Reading",
        "filtering.Filtering",
        "tags.Tags",
        "metric_filters.MetricFilters",
        "subscriptions.Subscriptions",
        "destinations.Destinations",
        "resource_policies.ResourcePolicies",
        "query_definitions.QueryDefinitions",
    ),
    types={
        "AWS::Logs::LogGroup": "resources.LogGroupType",
        "AWS::Logs::LogStream": "resources.LogStreamType",
        "AWS::Logs::MetricFilter": "resources.MetricFilterType",
        "AWS::Logs::SubscriptionFilter": "resources.SubscriptionFilterType",
        "AWS::Logs::ResourcePolicy": "resources.ResourcePolicyType",
        "AWS::Logs::QueryDefinition": "query_resources.QueryDefinitionType",
    },
)
