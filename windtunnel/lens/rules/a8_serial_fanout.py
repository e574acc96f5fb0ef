"""A8: a function hands an event on to several, one after the other."""

from windtunnel.lens.proven import by_experiment
from windtunnel.lens.rule import Rule


class SerialFanout(Rule):
    """
    A function that sends the same event to several receivers in turn is a fan-out written by hand: when one of them does not
    take it, those behind it get nothing, and the retry sends to those before it once more. One of the targets is made to fail, and
    what still arrives at the others is looked at.
    """

    id = "A8-serial-fanout"
    severity = "warning"
    title = "One receiver that fails keeps the event from the others"
    fix = (
        "Publish once to an SNS topic or an EventBridge bus, with a queue for each receiver: every subscription is delivered, retried "
        "and dead-lettered on its own."
    )
    source = "https://docs.aws.amazon.com/sns/latest/dg/sns-common-scenarios.html"
    absent = "The template has no function."
    experiment = "slow-subscriber"
    bad = """
Resources:
  Mail: {Type: AWS::SQS::Queue}
  Stock: {Type: AWS::SQS::Queue}
  Take:
    Type: AWS::Lambda::Function
    Properties:
      Runtime: python3.13
      Handler: app.handler
      Code: src/
      Timeout: 30
      Role: arn:aws:iam::000000000000:role/take
      Environment: {Variables: {MAIL: !Ref Mail, STOCK: !Ref Stock}}
"""
    good = """
Resources:
  Mail: {Type: AWS::SQS::Queue}
  Stock: {Type: AWS::SQS::Queue}
  Orders: {Type: AWS::SNS::Topic}
  ToMail: {Type: AWS::SNS::Subscription, Properties: {TopicArn: !Ref Orders, Protocol: sqs, Endpoint: !GetAtt Mail.Arn}}
  ToStock: {Type: AWS::SNS::Subscription, Properties: {TopicArn: !Ref Orders, Protocol: sqs, Endpoint: !GetAtt Stock.Arn}}
  Take:
    Type: AWS::Lambda::Function
    Properties:
      Runtime: python3.13
      Handler: app.handler
      Code: src/
      Timeout: 30
      Role: arn:aws:iam::000000000000:role/take
      Environment: {Variables: {ORDERS: !Ref Orders}}
"""
    files = {
        "src/app.py": (
            "import os\n\nimport boto3\n\nsqs = boto3.client('sqs')\n\ndef handler(event, context):\n"
            "    for name in ('MAIL', 'STOCK'):\n        sqs.send_message(QueueUrl=os.environ[name], MessageBody='order')\n",
            "import os\n\nimport boto3\n\nsns = boto3.client('sns')\n\ndef handler(event, context):\n"
            "    sns.publish(TopicArn=os.environ['ORDERS'], Message='order')\n",
        ),
        "events/take.json": ("{}", "{}"),
    }

    def check(self, estate):
        yield from by_experiment(estate, self.experiment, self.subjects(estate))
