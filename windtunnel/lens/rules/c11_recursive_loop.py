"""C11: a function sets itself off."""

from windtunnel.deploy.intrinsics import names_in
from windtunnel.lens import evidence
from windtunnel.lens.rule import Finding, Rule

WRITES = {
    "SQS": ("SQSSendMessagePolicy", "sqs:SendMessage"),
    "SNS": ("SNSPublishMessagePolicy", "sns:Publish"),
    "S3": ("S3WritePolicy", "S3CrudPolicy", "S3FullAccessPolicy", "s3:PutObject"),
}


class RecursiveLoop(Rule):
    """
    A function that writes to the queue, topic or bucket that invokes it may invoke itself without end, at full price. AWS stops a
    chain through queues and topics after about sixteen rounds, and does not see every chain. Here the loop is found in the template, and
    seen when it runs.
    """

    id = "C11-recursive-loop"
    severity = "critical"
    title = "A function may set itself off again"
    fix = "Write to another queue, topic or bucket than the one that invokes the function; in a bucket, at least under another prefix."
    source = "https://docs.aws.amazon.com/lambda/latest/dg/invocation-recursion.html"
    absent = "No function is invoked by a queue, a topic or a bucket."
    bad = """
Transform: AWS::Serverless-2016-10-31
Resources:
  Jobs: {Type: AWS::SQS::Queue}
  Worker:
    Type: AWS::Serverless::Function
    Properties:
      Runtime: python3.13
      Handler: app.handler
      CodeUri: src/
      Policies:
        - SQSSendMessagePolicy: {QueueName: !GetAtt Jobs.QueueName}
      Events:
        Jobs: {Type: SQS, Properties: {Queue: !GetAtt Jobs.Arn}}
"""
    good = bad.replace("  Worker:", "  Done: {Type: AWS::SQS::Queue}\n  Worker:").replace(
        "!GetAtt Jobs.QueueName", "!GetAtt Done.QueueName"
    )

    def subjects(self, estate):
        return [f for f in estate.functions if any(source.kind in WRITES for source in f.event_sources)]

    def check(self, estate):
        for function in self.subjects(estate):
            stopped = [e for e in estate.facts("RecursionStopped") if estate.is_of(e.fact.function, function)]
            if stopped:
                says = f"{function.logical_id} set itself off {stopped[0].fact.invocations} times until it was stopped"
                yield Finding(function, says, (evidence.observed(f"RecursionStopped #{stopped[0].seq}", says),))
            for source in function.event_sources:
                if source.kind in WRITES and not _elsewhere(source) and (at := _may_write(estate, function, source)):
                    yield Finding(
                        function,
                        f"{function.logical_id} is invoked by {source.origin} and may write to it",
                        (evidence.template(source.where, f"{source.kind} {source.origin} invokes it"), at),
                        severity="critical" if stopped else "error",
                    )


def _elsewhere(source):
    """Whether a bucket's event is limited to a prefix or suffix: then it may well write elsewhere in it."""
    return bool(source.kind == "S3" and source.settings.get("Filter"))


def _may_write(estate, function, source):
    """The permission to write to the source, as evidence; None without."""
    for number, policy in enumerate(function.properties.get("Policies") or []):
        if not isinstance(policy, dict):
            continue
        for name, given in policy.items():
            if name in WRITES[source.kind] and source.origin in names_in(given):
                return evidence.template(function.where("Policies", number), f"{name} for {source.origin}")
    role = function.role
    for statement in estate.statements:
        if statement.logical_id not in (function.logical_id, role) or statement.statement.get("Effect") != "Allow":
            continue
        if source.origin in names_in(statement.targets) and set(statement.actions) & set(WRITES[source.kind]):
            return evidence.template(statement.where(*statement.position), f"allows {', '.join(statement.actions)}")
    return None
