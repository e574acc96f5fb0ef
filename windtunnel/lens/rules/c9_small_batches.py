"""C9: records are processed one by one although a batch may have many."""

from windtunnel.lens import evidence
from windtunnel.lens.rule import Finding, Open, Proof, Rule

ENOUGH = 10
"""Batches that must have been seen before their size says anything."""
SMALL = 2.0
DEFAULT_BATCH = {"SQS": 10, "Kinesis": 100, "DynamoDB": 100}


class SmallBatches(Rule):
    """
    Every invocation has a price and a start, whatever it carries. A function that gets its records one by one, although its batch may
    have ten or a hundred, pays for each of them. Judged from the batches that were really delivered.
    """

    id = "C9-small-batches"
    severity = "info"
    title = "Batches are nearly empty"
    fix = "Set MaximumBatchingWindowInSeconds on the event source, so that a batch waits for company; or lower BatchSize if latency matters."
    source = "https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html"
    absent = "No function reads a queue or a stream."
    watches = True
    bad = """
Resources:
  Jobs: {Type: AWS::SQS::Queue, Properties: {QueueName: jobs-of-the-example}}
  Worker:
    Type: AWS::Lambda::Function
    Properties: {Runtime: python3.13, Handler: app.handler, Code: src/, Role: arn:aws:iam::000000000000:role/worker}
  FromJobs:
    Type: AWS::Lambda::EventSourceMapping
    Properties: {EventSourceArn: !GetAtt Jobs.Arn, FunctionName: !Ref Worker, BatchSize: 10}
"""
    good = bad.replace("BatchSize: 10", "BatchSize: 10, MaximumBatchingWindowInSeconds: 1")
    _TEST = (
        "import boto3\nimport time\n\n\ndef test_jobs_are_worked_off():\n    sqs = boto3.client('sqs')\n"
        "    url = sqs.get_queue_url(QueueName='jobs-of-the-example')['QueueUrl']\n"
        "    for number in range(PAUSED):\n        sqs.send_message(QueueUrl=url, MessageBody=str(number))\n        time.sleep(0.02)\n"
    )
    files = {
        "tests/test_jobs.py": (_TEST.replace("PAUSED", "20"), _TEST.replace("PAUSED", "200").replace("0.02", "0.01"))
    }

    def subjects(self, estate):
        return [f for f in estate.functions if any(source.kind in DEFAULT_BATCH for source in f.event_sources)]

    def check(self, estate):
        for function in self.subjects(estate):
            for source in function.event_sources:
                if source.kind not in DEFAULT_BATCH:
                    continue
                most = int(source.settings.get("BatchSize", DEFAULT_BATCH[source.kind]))
                origin = estate.physical.get(source.origin, source.origin).rsplit("/", 1)[-1]
                batches = [
                    e
                    for e in estate.facts("BatchProcessed")
                    if estate.is_of(e.fact.function, function) and origin in e.fact.source
                ]
                if most == 1:
                    yield Proof(
                        function,
                        "Its batches are of one record on purpose.",
                        (evidence.template(source.where, "BatchSize: 1"),),
                    )
                elif len(batches) < ENOUGH:
                    yield Open(
                        function,
                        f"Let the tests send more to {source.origin or source.name}: {len(batches)} batches were seen.",
                    )
                else:
                    yield self._judged(function, source, batches, most)

    def _judged(self, function, source, batches, most):
        records = sum(e.fact.size for e in batches)
        says = f"{records} records came in {len(batches)} batches, {records / len(batches):.1f} in each of up to {most}"
        seen = (
            evidence.observed(f"BatchProcessed #{batches[-1].seq}", says),
            evidence.template(source.where, source.name),
        )
        if records / len(batches) < SMALL:
            return Finding(function, says, seen)
        return Proof(function, says, seen)
