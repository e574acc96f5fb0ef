"""Streams, consumers and policies in templates."""

from tests.services.kinesis.streams import arn, refusal
from tests.services.sns.test_resources import outputs

TEMPLATE = """
Resources:
  Stream:
    Type: AWS::Kinesis::Stream
    Properties: {{Name: orders, ShardCount: {count}, RetentionPeriodHours: {hours}, Tags: [{{Key: team, Value: {team}}}]}}
  Consumer:
    Type: AWS::Kinesis::StreamConsumer
    Properties: {{ConsumerName: reports, StreamARN: !GetAtt Stream.Arn}}
  Policy:
    Type: AWS::Kinesis::ResourcePolicy
    Properties:
      ResourceArn: !GetAtt Stream.Arn
      ResourcePolicy:
        Version: '2012-10-17'
        Statement: [{{Effect: Allow, Action: 'kinesis:PutRecord', Principal: '*', Resource: !GetAtt Stream.Arn}}]
Outputs:
  Stream: {{Value: !Ref Stream}}
  Arn: {{Value: !GetAtt Stream.Arn}}
  Consumer: {{Value: !Ref Consumer}}
  Name: {{Value: !GetAtt Consumer.ConsumerName}}
"""


def test_a_stack_brings_streams_consumers_and_policies(cloud):
    formation, client = cloud.client("cloudformation"), cloud.client("kinesis")
    formation.create_stack(StackName="shop", TemplateBody=TEMPLATE.format(count=1, hours=48, team="blue"))
    out = outputs(cloud)

    assert (out["Stream"], out["Arn"], out["Name"]) == ("orders", arn(), "reports")
    assert out["Consumer"].startswith(f"{arn()}/consumer/reports:")
    assert "kinesis:PutRecord" in client.get_resource_policy(ResourceARN=arn())["Policy"]

    formation.update_stack(StackName="shop", TemplateBody=TEMPLATE.format(count=2, hours=24, team="red"))

    found = client.describe_stream_summary(StreamName="orders")["StreamDescriptionSummary"]
    assert (found["OpenShardCount"], found["RetentionPeriodHours"]) == (2, 24)
    assert {"Key": "team", "Value": "red"} in client.list_tags_for_stream(StreamName="orders")["Tags"]

    formation.delete_stack(StackName="shop")
    assert refusal(client.describe_stream, StreamName="orders")[0] == "ResourceNotFoundException"


def test_a_stream_without_properties_has_one_shard(cloud):
    template = "Resources: {Stream: {Type: AWS::Kinesis::Stream}}\nOutputs: {Stream: {Value: !Ref Stream}}"
    cloud.client("cloudformation").create_stack(StackName="shop", TemplateBody=template)

    name = outputs(cloud)["Stream"]
    found = cloud.client("kinesis").describe_stream_summary(StreamName=name)["StreamDescriptionSummary"]

    assert name.startswith("shop-Stream-")
    assert (found["StreamModeDetails"]["StreamMode"], found["OpenShardCount"]) == ("PROVISIONED", 1)
