"""Amazon EventBridge Pipes: from a queue or stream, through a filter and an enrichment, to a target."""

from windtunnel.aws.operations import Declaration

declaration = Declaration(
    api="pipes",
    nouns=("pipes.Pipes", "running.Running", "tags.Tags"),
    types={"AWS::Pipes::Pipe": "resources.PipeType"},
)
