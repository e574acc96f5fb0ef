"""A9: the events that are kept do not lead to the state that is there."""

from windtunnel.deploy.intrinsics import names_in
from windtunnel.lens.proven import by_experiment
from windtunnel.lens.rule import Rule


class ReplayDiffers(Rule):
    """
    Event sourcing holds only if the state follows from the events alone. That is shown by doing it: the tables are emptied, the archive
    of the bus is replayed, and what results must be what was there. What an item says about when it was written does not count.
    """

    id = "A9-replay-differs"
    severity = "warning"
    title = "Replayed events lead to another state"
    fix = "Derive keys and values from the event: no random ids, no counters that add to what is there, no order that nobody guarantees."
    source = "https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-replay-archived-event.html"
    absent = "No bus of the template has an archive."
    experiment = "replay"
    bad = """
Transform: AWS::Serverless-2016-10-31
Resources:
  Shop: {Type: AWS::Events::EventBus, Properties: {Name: shop-of-the-example}}
  All: {Type: AWS::Events::Archive, Properties: {SourceArn: !GetAtt Shop.Arn}}
  Orders:
    Type: AWS::DynamoDB::Table
    Properties:
      TableName: orders-of-the-example
      BillingMode: PAY_PER_REQUEST
      AttributeDefinitions: [{AttributeName: id, AttributeType: S}]
      KeySchema: [{AttributeName: id, KeyType: HASH}]
  Keep:
    Type: AWS::Serverless::Function
    Properties:
      Runtime: python3.13
      Handler: app.handler
      CodeUri: src/
      Timeout: 30
      Events:
        Placed: {Type: EventBridgeRule, Properties: {EventBusName: !Ref Shop, Pattern: {source: [shop]}}}
"""
    good = bad
    _CODE = (
        "import uuid\n\nimport boto3\n\ntable = boto3.resource('dynamodb').Table('orders-of-the-example')\n\n"
        "def handler(event, context):\n    table.put_item(Item={'id': ID, 'total': event['detail']['total']})\n"
    )
    _TEST = (
        "import json\nimport time\n\nimport boto3\n\n\ndef test_orders_are_kept():\n    events = boto3.client('events')\n"
        "    for number in range(3):\n        detail = json.dumps({'order': str(number), 'total': number})\n"
        "        entry = {'Source': 'shop', 'DetailType': 'Placed', 'Detail': detail, 'EventBusName': 'shop-of-the-example'}\n"
        "        events.put_events(Entries=[entry])\n    time.sleep(2)\n"
    )
    files = {
        "src/app.py": (_CODE.replace("ID", "str(uuid.uuid4())"), _CODE.replace("ID", "event['detail']['order']")),
        "tests/test_orders.py": (_TEST, _TEST),
    }

    def subjects(self, estate):
        archived: set[str] = set()
        for archive in estate.of_type("AWS::Events::Archive"):
            archived |= set(names_in(archive.properties.get("SourceArn")))
        return [bus for bus in estate.of_type("AWS::Events::EventBus") if bus.logical_id in archived]

    def check(self, estate):
        yield from by_experiment(estate, self.experiment, self.subjects(estate))
