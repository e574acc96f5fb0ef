"""A2: records of a stream that are given up are lost."""

from windtunnel.lens import evidence
from windtunnel.lens.proven import by_experiment
from windtunnel.lens.rule import Finding, Rule

SHOWN = 3


class StreamRecordLost(Rule):
    """
    When the retries of a batch are over, or its records too old, the event source goes on with the next one. Without a failure
    destination nothing says which records were given up, and after the retention period they cannot be read again. Where a stream of
    Kinesis is read, a poison record is put into it and followed.
    """

    id = "A2-stream-record-lost"
    severity = "error"
    title = "Records of a stream that this function fails to process are lost"
    fix = "Give the event source a DestinationConfig with OnFailure: a queue, a topic, or a bucket that gets the records too."
    source = "https://docs.aws.amazon.com/lambda/latest/dg/kinesis-on-failure-destination.html"
    absent = "No function reads a stream."
    experiment = "poison-record"
    bad = """
Transform: AWS::Serverless-2016-10-31
Resources:
  Failed: {Type: AWS::SQS::Queue}
  Orders: {Type: AWS::Kinesis::Stream, Properties: {ShardCount: 1}}
  Worker:
    Type: AWS::Serverless::Function
    Properties:
      Runtime: python3.13
      Handler: app.handler
      CodeUri: src/
      Events:
        Orders:
          Type: Kinesis
          Properties:
            Stream: !GetAtt Orders.Arn
            StartingPosition: LATEST
            MaximumRetryAttempts: 3
"""
    good = bad + "            DestinationConfig: {OnFailure: {Type: SQS, Destination: !GetAtt Failed.Arn}}\n"

    def subjects(self, estate):
        return [f for f in estate.functions if f.stream_sources]

    def check(self, estate):
        for function in self.subjects(estate):
            for source in function.stream_sources:
                limits = [source.settings.get(n, -1) for n in ("MaximumRetryAttempts", "MaximumRecordAgeInSeconds")]
                target = ((source.settings.get("DestinationConfig") or {}).get("OnFailure") or {}).get("Destination")
                if target or all(str(limit) == "-1" for limit in limits):
                    continue
                says = f"records that {function.logical_id} cannot process are dropped, and nothing tells which"
                text = "the event source gives records up and has no OnFailure destination"
                yield Finding(function, says, (evidence.template(source.where, text), *_seen(estate, function)))
        of_kinesis = [f for f in self.subjects(estate) if any(s.kind == "Kinesis" for s in f.stream_sources)]
        yield from by_experiment(estate, self.experiment, of_kinesis)


def _seen(estate, function):
    """Batches that were given up in this run and went nowhere."""
    lost = [e for e in estate.facts("BatchDiscarded") if not e.fact.target and estate.is_of(e.fact.function, function)]
    return [
        evidence.observed(f"BatchDiscarded #{e.seq}", f"{e.fact.size} records of {e.fact.shard}: {e.fact.condition}")
        for e in lost
    ][:SHOWN]
