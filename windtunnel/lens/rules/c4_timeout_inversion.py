"""C4: a caller gives up before the function does."""

from windtunnel.lens import evidence
from windtunnel.lens.resources import DEFAULT_VISIBILITY_S
from windtunnel.lens.rule import Finding, Rule

ADVISED_FACTOR = 6
API_LIMITS_S = {"Api": 29, "HttpApi": 30}


class TimeoutInversion(Rule):
    """
    Timeouts must grow from the inside out. A queue whose visibility timeout is shorter than the function's hands the same message to
    a second invocation while the first still works on it; an API answers its client with an error while the function goes on and is
    paid for. AWS advises a visibility timeout of six times the function's.
    """

    id = "C4-timeout-inversion"
    severity = "error"
    title = "What calls this function gives up before the function does"
    fix = "Set the queue's VisibilityTimeout to six times the function's Timeout; keep functions behind an API below 29 seconds."
    source = "https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html"
    existing = ("E3505",)
    absent = "No function is called by a queue or an API."
    bad = """
Transform: AWS::Serverless-2016-10-31
Resources:
  Jobs: {Type: AWS::SQS::Queue, Properties: {VisibilityTimeout: 30}}
  Worker:
    Type: AWS::Serverless::Function
    Properties:
      Runtime: python3.13
      Handler: app.handler
      CodeUri: src/
      Timeout: 30
      Events:
        Jobs: {Type: SQS, Properties: {Queue: !GetAtt Jobs.Arn}}
"""
    good = bad.replace("VisibilityTimeout: 30", "VisibilityTimeout: 180")

    def subjects(self, estate):
        return [f for f in estate.functions if f.queue_sources or f.routes]

    def check(self, estate):
        for function in self.subjects(estate):
            own = evidence.template(
                function.where("Timeout"), f"Timeout of {function.logical_id} is {function.timeout_s:g} s"
            )
            for source in function.queue_sources:
                queue = estate.named(source.origin)
                if queue is None:
                    continue
                try:
                    visible = float(queue.properties.get("VisibilityTimeout", DEFAULT_VISIBILITY_S))
                except (TypeError, ValueError):
                    continue
                theirs = evidence.template(
                    queue.where("VisibilityTimeout"), f"VisibilityTimeout of {queue.logical_id} is {visible:g} s"
                )
                if visible < function.timeout_s:
                    says = f"{queue.logical_id} shows a message again while {function.logical_id} may still work on it"
                    yield Finding(function, says, (theirs, own))
                elif visible < ADVISED_FACTOR * function.timeout_s:
                    says = f"{queue.logical_id} leaves no time for retries: {visible:g} s is less than six times {function.timeout_s:g} s"
                    yield Finding(function, says, (theirs, own), severity="warning")
            for route in function.routes:
                limit = API_LIMITS_S[route.kind]
                if function.timeout_s > limit:
                    says = f"the API gives up on {route} after {limit} s, {function.logical_id} after {function.timeout_s:g} s"
                    yield Finding(function, says, (evidence.template(route.where, f"{route} has {limit} s"), own))
                    break
