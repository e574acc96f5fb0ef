"""D11: triggers that no test sets off."""

from windtunnel.lens import evidence
from windtunnel.lens.rule import Finding, Open, Proof, Rule

CLOCKS = frozenset(["Schedule", "ScheduleV2"])
"""A test cannot wait for them: that the function takes their event is enough."""


class TriggerUntested(Rule):
    """
    A function that was only ever called directly has never met its real event: the shape of a batch, the filter, the permission of
    the topic, the name of the rule. Every trigger of the template must be set off by the application's own tests at least once, and
    the function must take what comes.
    """

    id = "D11-trigger-untested"
    severity = "warning"
    title = "A trigger was never set off"
    fix = "In tests/, send a real message, notification, event or object to the source, and look at what the function did with it."
    source = "https://docs.aws.amazon.com/lambda/latest/dg/testing-guide.html"
    absent = "No function has a trigger other than an API."
    watches = True
    bad = """
Resources:
  Jobs: {Type: AWS::SQS::Queue, Properties: {QueueName: jobs-of-the-example}}
  Worker:
    Type: AWS::Lambda::Function
    Properties: {Runtime: python3.13, Handler: app.handler, Code: src/, Role: arn:aws:iam::000000000000:role/worker}
  FromJobs:
    Type: AWS::Lambda::EventSourceMapping
    Properties: {EventSourceArn: !GetAtt Jobs.Arn, FunctionName: !Ref Worker}
"""
    good = bad
    files = {
        "events/worker.json": ('{"Records": [{"body": "{}"}]}',) * 2,
        "tests/test_jobs.py": (
            "def test_nothing():\n    pass\n",
            "import time\n\nimport boto3\n\n\ndef test_a_job_is_done():\n    sqs = boto3.client('sqs')\n"
            "    url = sqs.get_queue_url(QueueName='jobs-of-the-example')['QueueUrl']\n"
            "    sqs.send_message(QueueUrl=url, MessageBody='{}')\n    time.sleep(1)\n",
        ),
    }

    def subjects(self, estate):
        return [f for f in estate.functions if any(_judged(source) for source in f.event_sources)]

    def check(self, estate):
        for function in self.subjects(estate):
            missing, seen = [], []
            for source in filter(_judged, function.event_sources):
                entry = _set_off(estate, function, source)
                (seen if entry else missing).append((source, entry))
            if not estate.invocations(function) and not seen:
                yield Open(function, f"Nothing invoked {function.logical_id}: send to its sources in tests/.")
            elif missing:
                names = ", ".join(f"{source.kind} {source.origin or source.name}" for source, _ in missing)
                proof = tuple(
                    evidence.Evidence("E2", s.where, f"no delivery by {s.kind} was taken") for s, _ in missing
                )
                yield Finding(function, f"never set off by: {names}", proof)
            else:
                proof = tuple(evidence.observed(f"{e.kind} #{e.seq}", f"{s.kind} {s.name} set it off") for s, e in seen)
                yield Proof(function, "Every trigger was set off, and the function took what came.", proof)


def _judged(source):
    return source.polled or source.asynchronous


def _set_off(estate, function, source):
    """The entry that shows it; None when there is none."""
    if source.kind in CLOCKS:
        return next((e for e in estate.invocations(function) if e.fact.status == "success"), None)
    name = estate.physical.get(source.origin, source.origin).replace("/", ":").rsplit(":", 1)[-1]
    rule = f"{function.logical_id}{source.name}"
    for kind, target, origin, failure in (
        ("BatchProcessed", "function", "source", "error"),
        ("NotificationDelivered", "endpoint", "topic", ""),
        ("TargetInvoked", "target", "rule", ""),
        ("NotificationSent", "target", "bucket", "error"),
        ("LogsDelivered", "target", "group", "error"),
    ):
        for entry in estate.facts(kind):
            fact = entry.fact
            if not estate.is_of(getattr(fact, target), function) or (failure and getattr(fact, failure)):
                continue
            if kind == "BatchProcessed" and len(fact.failed) == fact.size:
                continue
            came_from = getattr(fact, origin)
            if not name or name in came_from or rule in came_from or source.name in came_from:
                return entry
    return None
