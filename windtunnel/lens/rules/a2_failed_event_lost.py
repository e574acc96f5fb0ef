"""A2: events that a function fails to process are lost."""

from windtunnel.lens import evidence
from windtunnel.lens.proven import by_experiment
from windtunnel.lens.rule import Finding, Rule


class FailedEventLost(Rule):
    """
    An asynchronous invocation that fails is retried twice and then dropped; a message that fails goes back to its queue until it
    expires. Without a dead-letter queue or a failure destination the event is gone, and nothing tells you so. With one, the only
    way to know that it works is to send a poison event and see it arrive.
    """

    id = "A2-failed-event-lost"
    severity = "critical"
    title = "Events that this function fails to process are lost"
    fix = (
        "Asynchronous: give the function a DeadLetterQueue or an EventInvokeConfig with OnFailure. "
        "From a queue: give the queue a RedrivePolicy with a dead-letter queue of its own."
    )
    source = "https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html"
    existing = ("ES1001", "ES1007", "ES6000", "ES7000", "CKV_AWS_116", "AwsSolutions-SQS3")
    absent = "No function is invoked asynchronously or from a queue."
    experiment = "poison-event"
    bad = """
Transform: AWS::Serverless-2016-10-31
Resources:
  Worker:
    Type: AWS::Serverless::Function
    Properties:
      Runtime: python3.13
      Handler: app.handler
      CodeUri: src/
      Events:
        Nightly: {Type: Schedule, Properties: {Schedule: rate(1 day)}}
"""
    good = """
Transform: AWS::Serverless-2016-10-31
Resources:
  Failed: {Type: AWS::SQS::Queue}
  Worker:
    Type: AWS::Serverless::Function
    Properties:
      Runtime: python3.13
      Handler: app.handler
      CodeUri: src/
      DeadLetterQueue: {Type: SQS, TargetArn: !GetAtt Failed.Arn}
      Events:
        Nightly: {Type: Schedule, Properties: {Schedule: rate(1 day)}}
"""

    def subjects(self, estate):
        return [f for f in estate.functions if f.asynchronous_sources or f.queue_sources]

    def check(self, estate):
        for function in self.subjects(estate):
            if function.asynchronous_sources and not estate.failure_target(function):
                yield Finding(
                    function,
                    f"{function.logical_id} drops an event after its third failure",
                    tuple(
                        evidence.template(s.where, f"{s.kind} invokes asynchronously")
                        for s in function.asynchronous_sources
                    ),
                )
            for source in function.queue_sources:
                queue = estate.named(source.origin)
                if queue is not None and not queue.properties.get("RedrivePolicy"):
                    yield Finding(
                        function,
                        f"a message that {function.logical_id} cannot process stays in {queue.logical_id} until it expires",
                        (evidence.template(queue.where(), f"{queue.logical_id} has no RedrivePolicy"),),
                    )
        yield from by_experiment(estate, self.experiment, self.subjects(estate))
