"""A2: what a rule, a topic, a schedule or a pipe cannot deliver is gone."""

from windtunnel.lens import evidence
from windtunnel.lens.rule import Finding, Rule


class UndeliveredEventLost(Rule):
    """
    A rule tries its target for a day, a topic its subscription for weeks or three times, a schedule as often as it is told; then the
    event is dropped. The dead-letter queue of the function does not help: the event never got there. Each delivery has a
    dead-letter queue of its own, and without it nothing shows that something was missed.
    """

    id = "A2-undelivered-event-lost"
    severity = "warning"
    title = "What cannot be delivered is dropped"
    fix = (
        "Rule and schedule: DeadLetterConfig on each target. Subscription: RedrivePolicy. Pipe from a stream: DeadLetterConfig in the "
        "source's parameters. In each case a queue that allows the service to send to it."
    )
    source = "https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-dlq.html"
    existing = ("ES4000", "ES7000")
    absent = "The template has no rule, subscription, schedule or pipe of its own."
    bad = """
Resources:
  Jobs: {Type: AWS::SQS::Queue}
  Placed:
    Type: AWS::Events::Rule
    Properties:
      EventPattern: {source: [shop]}
      Targets: [{Id: jobs, Arn: !GetAtt Jobs.Arn}]
"""
    good = """
Resources:
  Jobs: {Type: AWS::SQS::Queue}
  Missed: {Type: AWS::SQS::Queue}
  Placed:
    Type: AWS::Events::Rule
    Properties:
      EventPattern: {source: [shop]}
      Targets: [{Id: jobs, Arn: !GetAtt Jobs.Arn, DeadLetterConfig: {Arn: !GetAtt Missed.Arn}}]
"""

    def subjects(self, estate):
        return estate.of_type(
            "AWS::Events::Rule", "AWS::SNS::Subscription", "AWS::Scheduler::Schedule", "AWS::Pipes::Pipe"
        )

    def check(self, estate):
        for resource in self.subjects(estate):
            for what, where in _without(resource):
                yield Finding(
                    resource,
                    f"what {resource.logical_id} cannot deliver to {what} is dropped",
                    (evidence.template(resource.where(*where), "no dead-letter queue"),),
                )


def _without(resource):
    """The deliveries of a resource that have no dead-letter queue: (to what, where in its properties)."""
    properties = resource.properties
    if resource.type == "AWS::Events::Rule":
        targets = properties.get("Targets") or []
        return [
            (f"target {t.get('Id')}", ("Targets", n)) for n, t in enumerate(targets) if not t.get("DeadLetterConfig")
        ]
    if resource.type == "AWS::SNS::Subscription":
        return [] if properties.get("RedrivePolicy") else [(str(properties.get("Protocol")), ())]
    if resource.type == "AWS::Scheduler::Schedule":
        return [] if (properties.get("Target") or {}).get("DeadLetterConfig") else [("its target", ("Target",))]
    source = properties.get("SourceParameters") or {}
    streams = [source.get(name) for name in ("KinesisStreamParameters", "DynamoDBStreamParameters") if source.get(name)]
    return [("its target", ("SourceParameters",)) for each in streams if not each.get("DeadLetterConfig")]
