"""Amazon SNS: topics, subscriptions and their filters, notifications and their delivery."""

from windtunnel.aws.operations import Declaration

declaration = Declaration(
    api="sns",
    nouns=(
        "topics.Topics",
        "topic_permissions.TopicPermissions",
        "tags.Tags",
        "subscriptions.Subscriptions",
        "confirmations.Confirmations",
        "publishing.Publishing",
        "deliveries.Deliveries",
        "phones.Phones",
        "platform_applications.PlatformApplications",
        "platform_endpoints.PlatformEndpoints",
        "data_protection.DataProtection",
        "archives.Archives",
        "visitors.Visitors",
    ),
    types={
        "AWS::SNS::Topic": "resources.TopicType",
        "AWS::SNS::Subscription": "resources.SubscriptionType",
        "AWS::SNS::TopicPolicy": "resources.TopicPolicyType",
    },
)
