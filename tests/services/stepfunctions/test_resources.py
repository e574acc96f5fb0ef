"""State machines in templates: CloudFormation and SAM."""

import json

from tests.services.apigatewayv2.asking import ask
from tests.services.cloudformation.test_stacks import create, described
from tests.services.stepfunctions.machines import ended, started
from tests.services.stepfunctions.test_machines import refused

TEMPLATE = """
Parameters:
  Text: {Type: String, Default: hello}
Resources:
  Role:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument: {Version: "2012-10-17", Statement: [{Effect: Allow, Principal: {Service: states.amazonaws.com}, Action: sts:AssumeRole}]}
  Log: {Type: AWS::Logs::LogGroup, Properties: {LogGroupName: /states}}
  Machine:
    Type: AWS::StepFunctions::StateMachine
    Properties:
      RoleArn: !GetAtt Role.Arn
      Definition:
        StartAt: A
        States: {A: {Type: Pass, Result: "${text}", End: true}}
      DefinitionSubstitutions: {text: !Ref Text}
      LoggingConfiguration:
        Level: ALL
        IncludeExecutionData: true
        Destinations: [{CloudWatchLogsLogGroup: {LogGroupArn: !GetAtt Log.Arn}}]
      Tags: [{Key: k, Value: v}]
  Version:
    Type: AWS::StepFunctions::StateMachineVersion
    Properties: {StateMachineArn: !Ref Machine, StateMachineRevisionId: !GetAtt Machine.StateMachineRevisionId}
  Alias:
    Type: AWS::StepFunctions::StateMachineAlias
    Properties:
      Name: live
      RoutingConfiguration: [{StateMachineVersionArn: !Ref Version, Weight: 100}]
  Work: {Type: AWS::StepFunctions::Activity, Properties: {Name: work}}
Outputs:
  Machine: {Value: !Ref Machine}
  Name: {Value: !GetAtt Machine.Name}
  Alias: {Value: !Ref Alias}
  Activity: {Value: !Ref Work}
"""

SAM = """
Transform: AWS::Serverless-2016-10-31
Resources:
  Echo:
    Type: AWS::Serverless::Function
    Properties: {Runtime: python3.11, Handler: app.handler, CodeUri: src/}
  Flow:
    Type: AWS::Serverless::StateMachine
    Properties:
      DefinitionUri: flow.asl.json
      DefinitionSubstitutions: {Echo: !GetAtt Echo.Arn}
      Policies: [{LambdaInvokePolicy: {FunctionName: !Ref Echo}}]
      Events:
        Every: {Type: Schedule, Properties: {Schedule: rate(1 hour), Input: '{"by": "schedule"}'}}
        Later: {Type: ScheduleV2, Properties: {ScheduleExpression: "at(2026-01-01T03:30:00)", Input: '{"by": "scheduler"}'}}
        Orders: {Type: EventBridgeRule, Properties: {Pattern: {source: [shop]}, InputPath: $.detail}}
Outputs:
  Flow: {Value: !Ref Flow}
"""


def outputs(stack):
    return {each["OutputKey"]: each["OutputValue"] for each in stack["Outputs"]}


def test_a_stack_makes_a_machine_with_all_that_belongs_to_it(cloud):
    stack = create(cloud, TEMPLATE, Capabilities=["CAPABILITY_IAM"])
    assert stack["StackStatus"] == "CREATE_COMPLETE", stack
    found = outputs(stack)
    client = cloud.client("stepfunctions")

    machine = client.describe_state_machine(stateMachineArn=found["Machine"])
    assert machine["name"].startswith("shop-Machine-")
    assert found["Name"] == machine["name"]
    assert machine["loggingConfiguration"]["level"] == "ALL"
    assert {"key": "k", "value": "v"} in client.list_tags_for_resource(resourceArn=found["Machine"])["tags"]
    assert ended(cloud, started(cloud, found["Alias"]))["output"] == "hello"
    assert client.describe_activity(activityArn=found["Activity"])["name"] == "work"


def test_a_machine_is_updated_in_place_and_deleted_with_its_stack(cloud):
    found = outputs(create(cloud, TEMPLATE, Capabilities=["CAPABILITY_IAM"]))
    cloudformation = cloud.client("cloudformation")

    cloudformation.update_stack(
        StackName="shop", TemplateBody=TEMPLATE, Capabilities=["CAPABILITY_IAM"],
        Parameters=[{"ParameterKey": "Text", "ParameterValue": "changed"}],
    )  # fmt: skip
    cloud.settle()
    stack = described(cloud)
    assert stack["StackStatus"] == "UPDATE_COMPLETE", stack
    assert outputs(stack)["Machine"] == found["Machine"]
    assert ended(cloud, started(cloud, found["Alias"]))["output"] == "changed"

    cloudformation.delete_stack(StackName="shop")
    cloud.settle()
    client = cloud.client("stepfunctions")
    assert refused(client.describe_state_machine, stateMachineArn=found["Machine"])[0] == "StateMachineDoesNotExist"


def test_a_serverless_machine_is_started_by_its_events(cloud, tmp_path):
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "app.py").write_text("def handler(event, context):\n    return event\n")
    task = {"Type": "Task", "Resource": "${Echo}", "End": True}
    (tmp_path / "flow.asl.json").write_text(json.dumps({"StartAt": "A", "States": {"A": task}}))
    (tmp_path / "template.yaml").write_text(SAM)
    machine = cloud.deploy(tmp_path).outputs["Flow"]

    cloud.client("events").put_events(Entries=[{"Source": "shop", "DetailType": "t", "Detail": '{"by": "event"}'}])
    cloud.advance(hours=1)
    cloud.advance(hours=3)

    found = cloud.client("stepfunctions").list_executions(stateMachineArn=machine)["executions"]
    results = [ended(cloud, each["executionArn"])["output"]["by"] for each in reversed(found)]
    assert results[:2] == ["event", "schedule"]
    assert "scheduler" in results


def test_a_serverless_machine_is_started_by_its_api(cloud, tmp_path):
    (tmp_path / "template.yaml").write_text(
        """
Transform: AWS::Serverless-2016-10-31
Resources:
  Flow:
    Type: AWS::Serverless::StateMachine
    Properties:
      Definition: {StartAt: Done, States: {Done: {Type: Succeed}}}
      Events:
        Order: {Type: Api, Properties: {Path: /orders, Method: post}}
"""
    )
    physical = cloud.deploy(tmp_path / "template.yaml").physical

    answer = ask(cloud, f"/_api/{physical['ServerlessRestApi']}/Prod/orders", "POST", body=b'{"order": 7}')
    cloud.settle()

    assert answer.status == 200
    done = cloud.client("stepfunctions").describe_execution(executionArn=answer.json["executionArn"])
    assert (done["status"], json.loads(done["output"])) == ("SUCCEEDED", {"order": 7})
