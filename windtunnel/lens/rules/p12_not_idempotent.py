"""P12: an event that is delivered twice takes effect twice."""

from windtunnel.lens.proven import by_experiment
from windtunnel.lens.rule import Rule


class NotIdempotent(Rule):
    """
    Queues, topics and asynchronous invocations deliver at least once: sooner or later an event comes twice. The same event is
    delivered twice, and what the function changed outside itself is compared.
    """

    id = "P12-not-idempotent"
    severity = "error"
    title = "An event that is delivered twice takes effect twice"
    fix = (
        "Derive keys from the event instead of from chance or time, write conditionally, or use the idempotency utility of "
        "Powertools for AWS Lambda."
    )
    source = "https://docs.aws.amazon.com/lambda/latest/dg/invocation-retries.html"
    absent = "No function is invoked asynchronously or from a queue."
    experiment = "duplicate-delivery"
    bad = """
Resources:
  Orders: {Type: AWS::S3::Bucket, Properties: {BucketName: orders-of-the-example}}
  Jobs: {Type: AWS::SQS::Queue}
  Worker:
    Type: AWS::Lambda::Function
    Properties: {Runtime: python3.13, Handler: app.handler, Code: src/, Role: arn:aws:iam::000000000000:role/worker}
  FromJobs:
    Type: AWS::Lambda::EventSourceMapping
    Properties: {EventSourceArn: !GetAtt Jobs.Arn, FunctionName: !Ref Worker}
"""
    good = bad
    files = {
        "src/app.py": (
            "import uuid\n\nimport boto3\n\ns3 = boto3.client('s3')\n\ndef handler(event, context):\n"
            "    for record in event['Records']:\n"
            "        s3.put_object(Bucket='orders-of-the-example', Key=str(uuid.uuid4()), Body=record['body'])\n",
            "import boto3\n\ns3 = boto3.client('s3')\n\ndef handler(event, context):\n    for record in event['Records']:\n"
            "        s3.put_object(Bucket='orders-of-the-example', Key=record['messageId'], Body=record['body'])\n",
        ),
        "events/worker.json": (
            '{"Records": [{"messageId": "m-1", "body": "{}", "eventSource": "aws:sqs"}]}',
            '{"Records": [{"messageId": "m-1", "body": "{}", "eventSource": "aws:sqs"}]}',
        ),
    }

    def subjects(self, estate):
        return [f for f in estate.functions if f.queue_sources or f.asynchronous_sources]

    def check(self, estate):
        yield from by_experiment(estate, self.experiment, self.subjects(estate))
