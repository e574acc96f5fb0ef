"""What an event that comes twice does to tables and topics."""

import pytest

from tests.lens import applications
from windtunnel.lens.rules.p12_not_idempotent import NotIdempotent

TEMPLATE = """
Resources:
  Jobs: {Type: AWS::SQS::Queue}
  Orders:
    Type: AWS::DynamoDB::Table
    Properties:
      TableName: orders
      BillingMode: PAY_PER_REQUEST
      AttributeDefinitions: [{AttributeName: id, AttributeType: S}]
      KeySchema: [{AttributeName: id, KeyType: HASH}]
  News: {Type: AWS::SNS::Topic, Properties: {TopicName: news}}
  Worker:
    Type: AWS::Lambda::Function
    Properties: {Runtime: python3.13, Handler: app.handler, Code: src/, Timeout: 30, Role: arn:aws:iam::000000000000:role/worker}
  FromJobs:
    Type: AWS::Lambda::EventSourceMapping
    Properties: {EventSourceArn: !GetAtt Jobs.Arn, FunctionName: !Ref Worker}
"""
PUT = "boto3.client('dynamodb').put_item(TableName='orders', Item={'id': {'S': '7'}, 'at': {'S': datetime.now().isoformat()}})"
ADD = (
    "boto3.client('dynamodb').update_item(TableName='orders', Key={'id': {'S': '7'}}, UpdateExpression='ADD paid :one', "
    "ExpressionAttributeValues={':one': {'N': '1'}})"
)
PUBLISH = "boto3.client('sns').publish(TopicArn='arn:aws:sns:us-east-1:000000000000:news', Message='x')"


@pytest.mark.parametrize(
    ("deed", "verdict", "words"),
    [
        (PUT, "pass", "the same effect as once: writes to orders"),
        (ADD, "fail", "changed a table again: paid of an item of orders is different"),
        (PUBLISH, "fail", "sends a notification to news"),
    ],
)
def test_it_is_judged_by_what_is_there_afterwards(tmp_path, deed, verdict, words):
    (tmp_path / "template.yaml").write_text(TEMPLATE)
    for name, text in (
        ("src/app.py", f"from datetime import datetime\n\nimport boto3\n\ndef handler(event, context):\n    {deed}\n"),
        ("events/worker.json", '{"Records": [{"messageId": "m-1", "body": "{}", "eventSource": "aws:sqs"}]}'),
    ):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)

    [judgement] = applications.run(tmp_path, [NotIdempotent])

    assert (judgement.verdict, words in judgement.says) == (verdict, True), judgement.says
