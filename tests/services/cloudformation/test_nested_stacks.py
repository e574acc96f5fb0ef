"""Stacks within stacks."""

import pytest

from windtunnel.deploy.application import DeployFailed
from windtunnel.deploy.template import TemplateError

OUTER = """
Resources:
  Store:
    Type: AWS::CloudFormation::Stack
    Properties:
      TemplateURL: ./store/template.yaml
      Parameters: {Wait: "61", Names: "a,b"}
  Audit:
    Type: AWS::SQS::Queue
    Properties: {QueueName: !Sub "audit-of-${Store.Outputs.Name}"}
Outputs:
  Name: {Value: !GetAtt Store.Outputs.Name}
"""
INNER = """
Parameters:
  Wait: {Type: Number}
  Names: {Type: CommaDelimitedList}
Resources:
  Jobs:
    Type: AWS::SQS::Queue
    Properties: {QueueName: !Select [1, !Ref Names], VisibilityTimeout: !Ref Wait}
Outputs:
  Name: {Value: !GetAtt Jobs.QueueName}
"""


@pytest.fixture
def app(tmp_path):
    def write(outer=OUTER, inner=INNER):
        (tmp_path / "store").mkdir(exist_ok=True)
        (tmp_path / "template.yaml").write_text(outer)
        (tmp_path / "store" / "template.yaml").write_text(inner)
        return tmp_path

    return write


def attributes(cloud, name):
    sqs = cloud.client("sqs")
    url = sqs.get_queue_url(QueueName=name)["QueueUrl"]
    return sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]


def test_a_nested_stack_stands_with_its_parameters_and_gives_its_outputs(cloud, app):
    deployment = cloud.deploy(app())

    assert deployment.outputs == {"Name": "b"}
    assert attributes(cloud, "b")["VisibilityTimeout"] == "61"
    assert attributes(cloud, "audit-of-b")
    names = [s["StackName"] for s in cloud.client("cloudformation").list_stacks()["StackSummaries"]]
    assert any(name.startswith(f"{deployment.stack}-Store-") for name in names)


def test_an_update_goes_into_the_nested_stack(cloud, app):
    cloud.deploy(app())

    cloud.deploy(app(OUTER.replace('"61"', '"62"')))

    assert attributes(cloud, "b")["VisibilityTimeout"] == "62"


def test_a_deleted_stack_takes_its_nested_ones_with_it(cloud, app):
    deployment = cloud.deploy(app())

    client = cloud.client("cloudformation")
    client.delete_stack(StackName=deployment.stack)
    cloud.settle()

    assert {s["StackStatus"] for s in client.list_stacks()["StackSummaries"]} == {"DELETE_COMPLETE"}
    assert "QueueUrls" not in cloud.client("sqs").list_queues()


def test_what_fails_in_a_nested_stack_is_said_outside(cloud, app):
    broken = INNER.replace("VisibilityTimeout: !Ref Wait", "VisibilityTimeout: 999999")

    with pytest.raises(DeployFailed, match=r"line 3: Store .*Embedded stack .* was not successfully created"):
        cloud.deploy(app(inner=broken))


def test_a_serverless_application_beside_the_template_is_a_nested_stack(cloud, app):
    outer = """
Transform: AWS::Serverless-2016-10-31
Resources:
  Store:
    Type: AWS::Serverless::Application
    Properties: {Location: store/template.yaml, Parameters: {Wait: 61, Names: "a,b"}}
Outputs:
  Name: {Value: !GetAtt Store.Outputs.Name}
"""

    assert cloud.deploy(app(outer)).outputs == {"Name": "b"}


def test_a_nested_template_that_is_not_there_is_named(cloud, app):
    with pytest.raises(TemplateError, match="TemplateURL of Store names ./none.yaml, which is not there"):
        cloud.deploy(app(OUTER.replace("./store/template.yaml", "./none.yaml")))
