"""P12: one bad record stops a shard until it expires."""

from windtunnel.lens import evidence
from windtunnel.lens.rule import Finding, Rule

SHOWN = 3


class ShardBlocked(Rule):
    """
    A batch of a stream that fails is tried again before anything behind it, by default until its records expire: after a day at
    the earliest. One record that the function cannot process holds up everything that follows in its shard.
    """

    id = "P12-shard-blocked"
    severity = "error"
    title = "One bad record stops its shard until it expires"
    fix = (
        "Set MaximumRetryAttempts or MaximumRecordAgeInSeconds on the event source, with BisectBatchOnFunctionError, so that only "
        "the bad record is given up, and DestinationConfig.OnFailure, so that it is kept."
    )
    source = "https://docs.aws.amazon.com/lambda/latest/dg/kinesis-on-failure-destination.html"
    absent = "No function reads a stream."
    bad = """
Transform: AWS::Serverless-2016-10-31
Resources:
  Orders: {Type: AWS::Kinesis::Stream, Properties: {ShardCount: 1}}
  Worker:
    Type: AWS::Serverless::Function
    Properties:
      Runtime: python3.13
      Handler: app.handler
      CodeUri: src/
      Events:
        Orders: {Type: Kinesis, Properties: {Stream: !GetAtt Orders.Arn, StartingPosition: LATEST}}
"""
    good = bad.replace("StartingPosition: LATEST", "StartingPosition: LATEST, MaximumRetryAttempts: 3")

    def subjects(self, estate):
        return [f for f in estate.functions if f.stream_sources]

    def check(self, estate):
        for function in self.subjects(estate):
            for source in function.stream_sources:
                limits = [source.settings.get(n, -1) for n in ("MaximumRetryAttempts", "MaximumRecordAgeInSeconds")]
                if all(str(limit) == "-1" for limit in limits):
                    says = f"a record that {function.logical_id} cannot process holds up its shard until it expires"
                    text = "the event source limits neither retries nor the age of records"
                    yield Finding(function, says, (evidence.template(source.where, text), *_seen(estate, function)))


def _seen(estate, function):
    """Batches that failed in this run."""
    failed = [e for e in estate.facts("BatchProcessed") if e.fact.shard and e.fact.error]
    return [
        evidence.observed(f"BatchProcessed #{e.seq}", f"{e.fact.size} records of {e.fact.shard} failed: {e.fact.error}")
        for e in failed
        if estate.is_of(e.fact.function, function)
    ][:SHOWN]
