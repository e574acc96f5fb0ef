"""Topics, subscriptions and policies in templates."""

import json

from tests.services.sns.topics import envelopes

TEMPLATE = """
Resources:
  Orders:
    Type: AWS::SNS::Topic
    Properties:
      DisplayName: {name}
      Subscription:
        - {{Protocol: sqs, Endpoint: !GetAtt All.Arn}}
  All: {{Type: AWS::SQS::Queue}}
  Large: {{Type: AWS::SQS::Queue}}
  OnlyLarge:
    Type: AWS::SNS::Subscription
    Properties:
      TopicArn: !Ref Orders
      Protocol: sqs
      Endpoint: !GetAtt Large.Arn
      FilterPolicy: {{size: [{size}]}}
  Policy:
    Type: AWS::SNS::TopicPolicy
    Properties:
      Topics: [!Ref Orders]
      PolicyDocument: {{Version: '2012-10-17', Statement: [{{Sid: ours, Effect: Allow, Principal: '*', Action: sns:Publish, Resource: !Ref Orders}}]}}
Outputs:
  Topic: {{Value: !Ref Orders}}
  All: {{Value: !Ref All}}
  Large: {{Value: !Ref Large}}
"""


def outputs(cloud):
    stack = cloud.client("cloudformation").describe_stacks(StackName="shop")["Stacks"][0]
    assert stack["StackStatus"].endswith("_COMPLETE"), stack
    return {each["OutputKey"]: each["OutputValue"] for each in stack["Outputs"]}


def publish(cloud, arn, size):
    attributes = {"size": {"DataType": "String", "StringValue": size}}
    cloud.client("sns").publish(TopicArn=arn, Message=size, MessageAttributes=attributes)


def test_a_stack_of_topic_subscriptions_and_policy_works_and_changes_in_place(cloud):
    aws = cloud.client("cloudformation")
    aws.create_stack(StackName="shop", TemplateBody=TEMPLATE.format(name="Orders", size="large"))
    cloud.settle()
    made = outputs(cloud)
    publish(cloud, made["Topic"], "large")
    publish(cloud, made["Topic"], "small")
    first = [envelope["Message"] for envelope in envelopes(cloud, made["Large"])]

    aws.update_stack(StackName="shop", TemplateBody=TEMPLATE.format(name="Others", size="small"))
    cloud.settle()
    publish(cloud, made["Topic"], "small")

    shown = cloud.client("sns").get_topic_attributes(TopicArn=made["Topic"])["Attributes"]
    assert outputs(cloud) == made
    assert first == ["large"]
    assert [envelope["Message"] for envelope in envelopes(cloud, made["Large"])] == ["small"]
    assert len(envelopes(cloud, made["All"])) == 3
    assert shown["DisplayName"] == "Others"
    assert json.loads(shown["Policy"])["Statement"][0]["Sid"] == "ours"


def test_a_deleted_stack_leaves_no_topic(cloud):
    aws = cloud.client("cloudformation")
    aws.create_stack(StackName="shop", TemplateBody=TEMPLATE.format(name="Orders", size="large"))
    cloud.settle()

    aws.delete_stack(StackName="shop")
    cloud.settle()

    assert cloud.client("sns").list_topics()["Topics"] == []
    assert cloud.client("sns").list_subscriptions()["Subscriptions"] == []


def test_a_policy_moves_from_topic_to_topic(cloud):
    aws, sns = cloud.client("cloudformation"), cloud.client("sns")
    statement = {"Sid": "ours", "Effect": "Allow", "Principal": "*", "Action": "sns:Publish", "Resource": "*"}
    topics = {name: {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": name}} for name in ("One", "Two", "Three")}

    def template(*of):
        document = {"Version": "2012-10-17", "Statement": [statement]}
        properties = {"Topics": [{"Ref": name} for name in of], "PolicyDocument": document}
        policy = {"Type": "AWS::SNS::TopicPolicy", "Properties": properties}
        return json.dumps({"Resources": {**topics, "Policy": policy}})

    aws.create_stack(StackName="shop", TemplateBody=template("One", "Two"))
    cloud.advance(60)
    aws.update_stack(StackName="shop", TemplateBody=template("Two", "Three"))
    cloud.advance(60)

    arns = {arn["TopicArn"].rpartition(":")[2]: arn["TopicArn"] for arn in sns.list_topics()["Topics"]}
    policies = {name: sns.get_topic_attributes(TopicArn=arn)["Attributes"]["Policy"] for name, arn in arns.items()}
    assert {name for name, policy in policies.items() if '"ours"' in policy} == {"Two", "Three"}
