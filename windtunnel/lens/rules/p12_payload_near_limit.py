"""P12: messages come close to the largest size that AWS takes."""

from windtunnel.deploy.intrinsics import names_in
from windtunnel.lens import evidence
from windtunnel.lens.rule import Finding, Open, Proof, Rule

NEAR = 0.75
LIMITS = {
    "MessageSent": ("queue", "SQS", 1_048_576),
    "Published": ("topic", "SNS", 262_144),
}
"""Kind of fact → where it went, whose limit, in bytes. AWS: sqs/…/quotas-messages.html, sns/latest/dg/sns-large-payload.html"""


class PayloadNearLimit(Rule):
    """
    A message that is a little larger than the last one is refused when it passes the limit, and the refusal comes in production, with the
    first large customer. Judged from the largest message that was really sent to each queue and topic.
    """

    id = "P12-payload-near-limit"
    severity = "warning"
    title = "Messages come close to the size limit"
    fix = "Put the content into S3 and send its key (claim check), or send less: an event says what happened, not everything about it."
    source = "https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html"
    absent = "The template has no queue and no topic."
    watches = True
    bad = """
Resources:
  Jobs: {Type: AWS::SQS::Queue, Properties: {QueueName: jobs-of-the-example}}
"""
    good = bad
    _TEST = (
        "import boto3\n\n\ndef test_a_job_is_sent():\n    sqs = boto3.client('sqs')\n"
        "    url = sqs.get_queue_url(QueueName='jobs-of-the-example')['QueueUrl']\n"
        "    sqs.send_message(QueueUrl=url, MessageBody='x' * SIZE)\n"
    )
    files = {"tests/test_jobs.py": (_TEST.replace("SIZE", "900_000"), _TEST.replace("SIZE", "900"))}

    def subjects(self, estate):
        dead = {name for queue in estate.queues for name in names_in(queue.properties.get("RedrivePolicy"))}
        return [each for each in estate.of_type("AWS::SQS::Queue", "AWS::SNS::Topic") if each.logical_id not in dead]

    def check(self, estate):
        for resource in self.subjects(estate):
            kind = "MessageSent" if resource.type == "AWS::SQS::Queue" else "Published"
            field, service, limit = LIMITS[kind]
            name = estate.physical.get(resource.logical_id, resource.logical_id).replace("/", ":").rsplit(":", 1)[-1]
            sent = [e for e in estate.facts(kind) if getattr(e.fact, field).rsplit(":", 1)[-1] == name]
            if not sent:
                yield Open(resource, f"Let the tests send something to {resource.logical_id}.")
                continue
            largest = max(sent, key=lambda e: e.fact.size)
            says = f"the largest message had {largest.fact.size:,} bytes, {largest.fact.size / limit:.0%} of what {service} takes"
            seen = (evidence.observed(f"{kind} #{largest.seq}", says),)
            yield (Finding if largest.fact.size > NEAR * limit else Proof)(resource, says, seen)
