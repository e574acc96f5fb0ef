"""Buses, rules and permissions in templates."""

from tests.services.events.events import arrived, put
from tests.services.sns.test_resources import outputs
from tests.services.sns.test_topics import refusal

TEMPLATE = """
Resources:
  Bus:
    Type: AWS::Events::EventBus
    Properties: {{Name: shop, Description: '{description}'}}
  Queue: {{Type: AWS::SQS::Queue}}
  Other: {{Type: AWS::SQS::Queue}}
  Rule:
    Type: AWS::Events::Rule
    Properties:
      EventBusName: !Ref Bus
      EventPattern: {{source: [shop], detail: {{total: [{{numeric: ['>', {least}]}}]}}}}
      Targets: [{{Id: '{target}', Arn: !GetAtt {queue}.Arn, RetryPolicy: {{MaximumRetryAttempts: '2'}}}}]
  Policy:
    Type: AWS::Events::EventBusPolicy
    Properties: {{EventBusName: !Ref Bus, StatementId: them, Action: 'events:PutEvents', Principal: '111122223333'}}
Outputs:
  Queue: {{Value: !Ref Queue}}
  Other: {{Value: !Ref Other}}
  Rule: {{Value: !Ref Rule}}
"""


def test_a_stack_brings_a_bus_and_its_rules(cloud):
    formation = cloud.client("cloudformation")
    first = TEMPLATE.format(description="d", least=5, target="a", queue="Queue")
    formation.create_stack(StackName="shop", TemplateBody=first)
    out = outputs(cloud)

    put(cloud, EventBusName="shop")

    assert len(arrived(cloud, out["Queue"])) == 1
    assert out["Rule"].startswith("shop|")
    assert "them" in cloud.client("events").describe_event_bus(Name="shop")["Policy"]

    changed = TEMPLATE.format(description="new", least=6, target="b", queue="Other")
    formation.update_stack(StackName="shop", TemplateBody=changed)
    out = outputs(cloud)
    put(cloud, EventBusName="shop")

    assert (len(arrived(cloud, out["Queue"])), len(arrived(cloud, out["Other"]))) == (0, 1)
    assert cloud.client("events").describe_event_bus(Name="shop")["Description"] == "new"

    formation.delete_stack(StackName="shop")
    assert refusal(cloud.client("events").describe_event_bus, Name="shop")[0] == "ResourceNotFoundException"


def test_an_application_of_sam_listens_to_a_bus(cloud, tmp_path):
    (tmp_path / "app.py").write_text("def handler(event, context):\n    print('GOT ' + event['source'])\n")
    (tmp_path / "template.yaml").write_text("""
Transform: AWS::Serverless-2016-10-31
Resources:
  Fn:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: .
      Handler: app.handler
      Runtime: python3.13
      FunctionName: listener
      Events:
        Placed: {Type: EventBridgeRule, Properties: {Pattern: {source: [shop]}}}
        Hourly: {Type: Schedule, Properties: {Schedule: rate(1 hour)}}
""")
    cloud.deploy(tmp_path)

    put(cloud)
    cloud.advance(minutes=61)
    cloud.settle()

    events = cloud.client("logs").filter_log_events(logGroupName="/aws/lambda/listener")["events"]
    said = [event["message"].strip() for event in events if "GOT" in event["message"]]
    assert sorted(said) == ["GOT aws.events", "GOT shop"]
