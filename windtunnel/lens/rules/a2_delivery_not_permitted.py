"""A2: what is delivered here and would be refused on AWS."""

from windtunnel.lens import evidence
from windtunnel.lens.rule import Finding, Open, Proof, Rule

DELIVERED = {
    "AWS::Events::Rule": ("TargetInvoked", "rule"),
    "AWS::SNS::Topic": ("NotificationDelivered", "topic"),
    "AWS::S3::Bucket": ("NotificationSent", "bucket"),
}
"""Who sends by itself → the fact that says so, and where it names the sender."""


class DeliveryNotPermitted(Rule):
    """
    A rule, a topic or a bucket needs the permission of what it sends to: a policy of the queue or of the topic, a permission of the
    function. Here it is delivered all the same, and noted; on AWS nothing arrives, nothing is logged, and a metric that hardly anybody
    watches counts it. Judged from the deliveries that were really made, against the policies as they were then.
    """

    id = "A2-delivery-not-permitted"
    severity = "critical"
    title = "On AWS this would never arrive"
    fix = (
        "Queue: AWS::SQS::QueuePolicy that allows sqs:SendMessage to the service, with aws:SourceArn in its condition. Topic: "
        "AWS::SNS::TopicPolicy for sns:Publish. Function: AWS::Lambda::Permission with the service as its principal and SourceArn."
    )
    source = "https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-resource-based.html"
    absent = "The template has no rule, topic or bucket that sends to something by itself."
    watches = True
    _RULE = """
Resources:
  Jobs: {Type: AWS::SQS::Queue}
  Placed:
    Type: AWS::Events::Rule
    Properties:
      EventPattern: {source: [shop]}
      Targets: [{Id: jobs, Arn: !GetAtt Jobs.Arn}]
"""
    bad = _RULE
    good = (
        _RULE
        + """
  Allowed:
    Type: AWS::SQS::QueuePolicy
    Properties:
      Queues: [!Ref Jobs]
      PolicyDocument:
        Statement:
          - Effect: Allow
            Principal: {Service: events.amazonaws.com}
            Action: sqs:SendMessage
            Resource: !GetAtt Jobs.Arn
            Condition: {ArnEquals: {aws:SourceArn: !GetAtt Placed.Arn}}
"""
    )
    files = {
        "tests/test_orders.py": (
            "import time\n\nimport boto3\n\n\ndef test_an_order_becomes_a_job():\n    events = boto3.client('events')\n"
            "    events.put_events(Entries=[{'Source': 'shop', 'DetailType': 'placed', 'Detail': '{}'}])\n    time.sleep(1)\n",
        )
        * 2
    }

    def subjects(self, estate):
        return [each for each in estate.of_type(*DELIVERED) if _sends(estate, each)]

    def check(self, estate):
        for resource in self.subjects(estate):
            refused = [e for e in estate.facts("PermissionMissing") if _is(estate, e.fact.source, resource)]
            kind, sender = DELIVERED[resource.type]
            made = [e for e in estate.facts(kind) if _is(estate, getattr(e.fact, sender), resource)]
            sent = [e for e in made if not getattr(e.fact, "error", "")]
            if refused:
                targets = sorted({e.fact.resource.rpartition(":")[2] for e in refused})
                proof = tuple(
                    evidence.observed(
                        f"PermissionMissing #{e.seq}", f"{e.fact.action} on {e.fact.resource}: {e.fact.why}"
                    )
                    for e in refused[:3]
                )
                yield Finding(resource, f"{resource.logical_id} may not send to {', '.join(targets)}", proof)
            elif sent:
                says = f"{len(sent)} deliveries, each with the permission that AWS wants"
                yield Proof(resource, says, (evidence.observed(f"{kind} #{sent[0].seq}", says),))
            else:
                yield Open(resource, f"Let the tests set off {resource.logical_id}.")


def _sends(estate, resource):
    properties = resource.properties
    if resource.type == "AWS::S3::Bucket":
        return bool(properties.get("NotificationConfiguration"))
    if resource.type == "AWS::SNS::Topic":
        return bool(properties.get("Subscription")) or any(
            resource.logical_id in str(each.properties.get("TopicArn"))
            for each in estate.of_type("AWS::SNS::Subscription")
        )
    return bool(properties.get("EventPattern") and properties.get("Targets"))


def _is(estate, name, resource):
    """Whether an ARN or a name is that of a resource."""
    physical = estate.physical.get(resource.logical_id, resource.logical_id)
    return _last(name) == _last(physical)


def _last(name):
    return name.replace("/", ":").replace("|", ":").rpartition(":")[2]
