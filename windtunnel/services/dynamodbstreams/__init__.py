"""Amazon DynamoDB Streams: the second API of DynamoDB, over the same tables; its classes stand beside those of the first."""

from windtunnel.aws.operations import Declaration

declaration = Declaration(api="dynamodbstreams", part_of="dynamodb", nouns=("streams.Streams",))
