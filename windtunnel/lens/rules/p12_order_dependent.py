"""P12: the result depends on the order in which events arrive."""

from windtunnel.lens.proven import by_experiment
from windtunnel.lens.rule import Rule


class OrderDependent(Rule):
    """
    Standard queues, topics and asynchronous invocations keep no order: the event that was sent last may come first. The sample events of a
    function are sent in their order and in the other, and what its tables hold at the end is compared.
    """

    id = "P12-order-dependent"
    severity = "warning"
    title = "Events that arrive in another order lead to another result"
    fix = (
        "Write only what is newer than what is there (a condition on a version or time that the event carries), or use a FIFO queue with a "
        "message group for each thing."
    )
    source = "https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/standard-queues.html"
    absent = "No function gets events without order and writes to a table."
    experiment = "reordered-delivery"
    bad = """
Resources:
  Jobs: {Type: AWS::SQS::Queue}
  Orders:
    Type: AWS::DynamoDB::Table
    Properties:
      TableName: orders-of-the-example
      BillingMode: PAY_PER_REQUEST
      AttributeDefinitions: [{AttributeName: id, AttributeType: S}]
      KeySchema: [{AttributeName: id, KeyType: HASH}]
  Worker:
    Type: AWS::Lambda::Function
    Properties: {Runtime: python3.13, Handler: app.handler, Code: src/, Timeout: 30, Role: arn:aws:iam::000000000000:role/worker}
  FromJobs:
    Type: AWS::Lambda::EventSourceMapping
    Properties: {EventSourceArn: !GetAtt Jobs.Arn, FunctionName: !Ref Worker, BatchSize: 1}
"""
    good = bad
    _HEAD = (
        "import json\n\nimport boto3\n\ntable = boto3.resource('dynamodb').Table('orders-of-the-example')\n\n"
        "def handler(event, context):\n    order = json.loads(event['Records'][0]['body'])\n"
    )
    files = {
        "src/app.py": (
            _HEAD + "    table.put_item(Item=order)\n",
            _HEAD + "    try:\n        table.put_item(Item=order, ConditionExpression='attribute_not_exists(id) OR #v < :v',\n"
            "                       ExpressionAttributeNames={'#v': 'version'}, ExpressionAttributeValues={':v': order['version']})\n"
            "    except table.meta.client.exceptions.ConditionalCheckFailedException:\n        pass\n",
        ),
        "events/worker.json": (
            '{"Records": [{"messageId": "1", "body": "{\\"id\\": \\"7\\", \\"state\\": \\"NEW\\", \\"version\\": 1}"}]}',
        ) * 2,
        "events/worker-paid.json": (
            '{"Records": [{"messageId": "2", "body": "{\\"id\\": \\"7\\", \\"state\\": \\"PAID\\", \\"version\\": 2}"}]}',
        ) * 2,
    }  # fmt: skip

    def subjects(self, estate):
        if not estate.of_type("AWS::DynamoDB::Table", "AWS::Serverless::SimpleTable"):
            return []
        return [f for f in estate.functions if f.asynchronous_sources or f.queue_sources]

    def check(self, estate):
        yield from by_experiment(estate, self.experiment, self.subjects(estate))
