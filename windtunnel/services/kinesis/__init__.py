"""Amazon Kinesis Data Streams: streams and their shards, records, enhanced fan-out consumers."""

from windtunnel.aws.operations import Declaration

declaration = Declaration(
    api="kinesis",
    nouns=(
        "streams.Streams",
        "stream_settings.StreamSettings",
        "shards.Shards",
        "resharding.Resharding",
        "writing.Writing",
        "reading.Reading",
        "consumers.Consumers",
        "subscriptions.Subscriptions",
        "tags.Tags",
        "policies.Policies",
        "visitors.Visitors",
    ),
    types={
        "AWS::Kinesis::Stream": "resources.StreamType",
        "AWS::Kinesis::StreamConsumer": "resources.StreamConsumerType",
        "AWS::Kinesis::ResourcePolicy": "resources.ResourcePolicyType",
    },
)
