"""Amazon SQS: standard and FIFO queues, redrive to dead-letter queues, message move tasks."""

from windtunnel.aws.operations import Declaration

declaration = Declaration(
    api="sqs",
    nouns=(
        "queues.Queues",
        "messages.Messages",
        "batches.Batches",
        "visibility.Visibility",
        "redrive.Redrive",
        "permissions.Permissions",
        "visitors.Visitors",
    ),
    types={"AWS::SQS::Queue": "resources.QueueType", "AWS::SQS::QueuePolicy": "resources.QueuePolicyType"},
)
