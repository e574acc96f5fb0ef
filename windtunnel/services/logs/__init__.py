"""Amazon CloudWatch Logs: groups, streams, events, retention."""

from windtunnel.aws.operations import Declaration

declaration = Declaration(api="logs", nouns=("writing.Writing",), types={})
