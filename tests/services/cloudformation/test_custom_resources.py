"""Custom resources: functions that a stack asks, and waits for."""

import shutil

import pytest

from tests.services.cloudformation.test_stacks import described

PYTHON = """
import cfnresponse, json
def handler(event, context):
    print(json.dumps(event))
    about = event["ResourceProperties"]
    data = {"Twice": 2 * int(about.get("Number", 0)), "Kind": event["ResourceType"]}
    if about.get("Fails") == "true":
        cfnresponse.send(event, context, cfnresponse.FAILED, {}, reason="no such thing")
    else:
        cfnresponse.send(event, context, cfnresponse.SUCCESS, data, about.get("Id", "thing"))
"""
NODE = """
const response = require('cfn-response');
exports.handler = (event, context) => response.send(event, context, response.SUCCESS, { Twice: 42 }, 'thing');
"""
BY_TLS = """
exports.handler = (event, context) => new Promise((resolve, reject) => {
  const { hostname, pathname, search } = new URL(event.ResponseURL);
  const body = JSON.stringify({ Status: 'SUCCESS', PhysicalResourceId: 'x', Data: { Twice: 43 } });
  const request = require('https').request(
    { hostname, port: 443, path: pathname + search, method: 'PUT', headers: { 'content-length': body.length } }, resolve);
  request.on('error', reject);
  request.end(body);
});
"""
node = pytest.mark.skipif(shutil.which("node") is None, reason="needs Node.js")


def template(source, properties, runtime="python3.11", kind="Custom::Thing"):
    code = "\n".join(f"          {line}" for line in source.splitlines())
    return (
        "Resources:\n  F:\n    Type: AWS::Lambda::Function\n    Properties:\n"
        f"      Runtime: {runtime}\n      Handler: index.handler\n      Role: arn:aws:iam::000000000000:role/r\n"
        f"      Code:\n        ZipFile: |\n{code}\n"
        f"  Thing:\n    Type: {kind}\n    Properties:\n      ServiceToken: !GetAtt F.Arn\n{properties}"
        "Outputs:\n  Twice: {Value: !GetAtt Thing.Twice}\n  Id: {Value: !Ref Thing}\n"
    )


def stand(cloud, body, update=False):
    if not cloud.inside.endpoint:
        cloud.listen()
    client = cloud.client("cloudformation")
    (client.update_stack if update else client.create_stack)(StackName="shop", TemplateBody=body)
    cloud.settle()
    return described(cloud)


def outputs(stack):
    return {each["OutputKey"]: each["OutputValue"] for each in stack["Outputs"]}


def asked(cloud):
    import json

    events = cloud.client("logs").filter_log_events(logGroupName=function_log(cloud))["events"]
    return [json.loads(e["message"]) for e in events if e["message"].startswith('{"RequestType"')]


def function_log(cloud):
    return cloud.client("logs").describe_log_groups()["logGroups"][0]["logGroupName"]


def test_a_function_makes_the_resource_and_says_what_it_is(cloud):
    stack = stand(cloud, template(PYTHON, "      Number: 21\n      Deep: {Yes: true}\n"))

    assert outputs(stack) == {"Twice": "42", "Id": "thing"}
    [event] = asked(cloud)
    assert (event["RequestType"], event["ResourceType"], event["LogicalResourceId"]) == (
        "Create",
        "Custom::Thing",
        "Thing",
    )
    assert event["ResourceProperties"]["Deep"] == {"Yes": "true"}
    assert event["StackId"] == stack["StackId"]


def test_an_update_and_a_deletion_name_the_resource(cloud):
    stand(cloud, template(PYTHON, "      Number: 21\n"))
    stack = stand(cloud, template(PYTHON, "      Number: 22\n"), update=True)
    cloud.client("cloudformation").delete_stack(StackName="shop")
    cloud.settle()

    _, update, delete = asked(cloud)
    assert outputs(stack)["Twice"] == "44"
    assert (update["RequestType"], update["PhysicalResourceId"]) == ("Update", "thing")
    assert (update["OldResourceProperties"]["Number"], update["ResourceProperties"]["Number"]) == ("21", "22")
    assert (delete["RequestType"], delete["PhysicalResourceId"], delete["ResourceType"]) == (
        "Delete",
        "thing",
        "Custom::Thing",
    )
    assert described_status(cloud, stack["StackId"]) == "DELETE_COMPLETE"


def described_status(cloud, stack_id):
    return described(cloud, stack_id)["StackStatus"]


def test_another_physical_id_after_an_update_deletes_the_old_resource(cloud):
    stand(cloud, template(PYTHON, "      Id: one\n"))
    stack = stand(cloud, template(PYTHON, "      Id: two\n"), update=True)

    assert stack["StackStatus"] == "UPDATE_COMPLETE"
    assert outputs(stack)["Id"] == "two"
    assert [(e["RequestType"], e.get("PhysicalResourceId")) for e in asked(cloud)] == [
        ("Create", None), ("Update", "one"), ("Delete", "one"),
    ]  # fmt: skip


def test_a_failure_rolls_the_stack_back_with_the_reason(cloud):
    stack = stand(cloud, template(PYTHON, "      Fails: true\n"))

    assert stack["StackStatus"] == "ROLLBACK_COMPLETE"
    events = cloud.client("cloudformation").describe_stack_events(StackName="shop")["StackEvents"]
    reasons = [e.get("ResourceStatusReason", "") for e in events if e["ResourceStatus"] == "CREATE_FAILED"]
    assert "Message returned: no such thing" in reasons[0]


def test_a_function_that_does_not_answer_fails_the_stack_and_is_named(cloud):
    stack = stand(cloud, template("def handler(event, context):\n    raise ValueError('broken')", ""))

    assert stack["StackStatus"] == "ROLLBACK_COMPLETE"
    events = cloud.client("cloudformation").describe_stack_events(StackName="shop")["StackEvents"]
    reasons = [e.get("ResourceStatusReason", "") for e in events if e["ResourceStatus"] == "CREATE_FAILED"]
    assert "did not receive a response from your Custom Resource" in reasons[0]
    assert "broken" in reasons[0]
    assert len(cloud.records("Invoked")) == 3


@node
@pytest.mark.parametrize(("source", "value"), [(NODE, "42"), (BY_TLS, "43")])
def test_a_function_in_nodejs_answers_as_its_copy_of_the_module_has_it(cloud, source, value):
    stack = stand(cloud, template(source, "", runtime="nodejs20.x", kind="AWS::CloudFormation::CustomResource"))

    assert outputs(stack)["Twice"] == value


def test_a_service_token_that_is_no_function_is_refused_by_name(cloud):
    body = template(PYTHON, "").replace("!GetAtt F.Arn", "arn:aws:sns:us-east-1:000000000000:topic")

    stack = stand(cloud, body)

    events = cloud.client("cloudformation").describe_stack_events(StackName="shop")["StackEvents"]
    assert stack["StackStatus"] == "ROLLBACK_COMPLETE"
    assert any(
        "A ServiceToken that is no function is not implemented" in e.get("ResourceStatusReason", "") for e in events
    )
