"""Stacks: created, updated, rolled back, deleted, described."""

import json

import pytest
from botocore.exceptions import ClientError

TEMPLATE = """
Parameters:
  Wait: {Type: Number, Default: 60, MaxValue: 100}
Conditions:
  Slow: !Not [!Equals [!Ref Wait, "60"]]
Resources:
  Dead: {Type: AWS::SQS::Queue}
  Jobs:
    Type: AWS::SQS::Queue
    Properties:
      VisibilityTimeout: !Ref Wait
      RedrivePolicy: {deadLetterTargetArn: !GetAtt Dead.Arn, maxReceiveCount: 3}
  Extra: {Type: AWS::SQS::Queue, Condition: Slow}
Outputs:
  Name: {Value: !GetAtt Jobs.QueueName, Export: {Name: !Sub "${AWS::StackName}-jobs"}}
  Both: {Value: !Join ["/", [!Ref "AWS::Region", !GetAtt Dead.QueueName]]}
"""


@pytest.fixture
def stacks(cloud):
    return cloud.client("cloudformation")


def create(cloud, body=TEMPLATE, name="shop", **how):
    cloud.client("cloudformation").create_stack(StackName=name, TemplateBody=body, **how)
    cloud.settle()
    return described(cloud, name)


def described(cloud, name="shop"):
    return cloud.client("cloudformation").describe_stacks(StackName=name)["Stacks"][0]


def queues(cloud):
    return [url.rsplit("/", 1)[1] for url in cloud.client("sqs").list_queues().get("QueueUrls", [])]


def test_a_stack_makes_its_resources_in_order_of_need(cloud, stacks):
    stack = create(cloud)

    assert stack["StackStatus"] == "CREATE_COMPLETE"
    events = [
        (e["LogicalResourceId"], e["ResourceStatus"])
        for e in stacks.describe_stack_events(StackName="shop")["StackEvents"]
    ]
    assert events.index(("Dead", "CREATE_COMPLETE")) > events.index(("Jobs", "CREATE_COMPLETE")), "newest first"
    outputs = {o["OutputKey"]: o["OutputValue"] for o in stack["Outputs"]}
    assert outputs["Both"].startswith("us-east-1/shop-Dead-")


def test_conditions_decide_what_is_made(cloud):
    create(cloud, Parameters=[{"ParameterKey": "Wait", "ParameterValue": "61"}])

    assert any("Extra" in name for name in queues(cloud))


def test_an_update_changes_in_place_and_removes_what_is_not_wanted(cloud, stacks):
    create(cloud, Parameters=[{"ParameterKey": "Wait", "ParameterValue": "61"}])
    before = [name for name in queues(cloud) if "Jobs" in name]

    stacks.update_stack(StackName="shop", TemplateBody=TEMPLATE)
    cloud.settle()

    assert described(cloud)["StackStatus"] == "UPDATE_COMPLETE"
    assert [name for name in queues(cloud) if "Jobs" in name] == before
    assert not any("Extra" in name for name in queues(cloud))


def test_an_update_without_a_change_is_refused(cloud, stacks):
    create(cloud)

    with pytest.raises(ClientError, match="No updates are to be performed."):
        stacks.update_stack(StackName="shop", TemplateBody=TEMPLATE)


def test_a_resource_that_fails_rolls_the_stack_back(cloud):
    broken = TEMPLATE.replace("maxReceiveCount: 3", "maxReceiveCount: 0")

    stack = create(cloud, broken)

    assert stack["StackStatus"] == "ROLLBACK_COMPLETE"
    assert queues(cloud) == []


def test_a_property_of_the_wrong_shape_rolls_the_stack_back(cloud):
    body = """
Resources:
  F:
    Type: AWS::Lambda::Function
    Properties:
      Code: {ZipFile: x}
      Runtime: python3.12
      Handler: index.handler
      Role: arn:aws:iam::000000000000:role/r
      Environment: {Variables: words}
"""
    assert create(cloud, body)["StackStatus"] == "ROLLBACK_COMPLETE"


def test_what_is_left_out_may_refer_to_what_is_not_there(cloud):
    cloud.inside.deployer.allow_unsupported = True
    body = """
Resources:
  Db: {Type: AWS::RDS::DBInstance, Properties: {Name: !ImportValue none, Password: '{{resolve:ssm:/password}}'}}
  Jobs: {Type: AWS::SQS::Queue}
"""
    assert create(cloud, body)["StackStatus"] == "CREATE_COMPLETE"


def test_a_failed_update_goes_back_to_what_was(cloud, stacks):
    create(cloud)
    before = queues(cloud)
    broken = TEMPLATE.replace("maxReceiveCount: 3", "maxReceiveCount: 0").replace("Default: 60", "Default: 70")

    stacks.update_stack(StackName="shop", TemplateBody=broken)
    cloud.settle()

    assert described(cloud)["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    assert queues(cloud) == before
    assert stacks.get_template(StackName="shop")["TemplateBody"].strip() == TEMPLATE.strip()


def test_a_property_that_cannot_change_replaces_the_resource(cloud, stacks):
    create(cloud, 'Resources: {Jobs: {Type: "AWS::SQS::Queue", Properties: {QueueName: one}}}')

    stacks.update_stack(
        StackName="shop", TemplateBody='Resources: {Jobs: {Type: "AWS::SQS::Queue", Properties: {QueueName: two}}}'
    )
    cloud.settle()

    assert queues(cloud) == ["two"]


def test_a_deleted_stack_leaves_nothing_but_what_is_retained(cloud, stacks):
    create(
        cloud,
        TEMPLATE.replace("Dead: {Type: AWS::SQS::Queue}", "Dead: {Type: AWS::SQS::Queue, DeletionPolicy: Retain}"),
    )

    stacks.delete_stack(StackName="shop")
    cloud.settle()

    assert all("Dead" in name for name in queues(cloud))
    with pytest.raises(ClientError, match="Stack with id shop does not exist"):
        stacks.describe_stacks(StackName="shop")


def test_what_is_not_supported_is_named_with_its_line_before_anything_is_made(cloud, stacks):
    body = "Resources:\n  Queue: {Type: AWS::SQS::Queue}\n  Host:\n    Type: AWS::EC2::Instance\n"

    with pytest.raises(ClientError, match="line 3: Host: the type AWS::EC2::Instance is not supported"):
        stacks.create_stack(StackName="shop", TemplateBody=body)

    assert queues(cloud) == []


def test_a_parameter_from_a_service_that_is_not_built_is_refused_by_name(stacks):
    body = "Parameters:\n  Bus: {Type: 'AWS::SSM::Parameter::Value<String>', Default: /bus}\nResources: {Q: {Type: 'AWS::SQS::Queue'}}"

    with pytest.raises(ClientError, match="line 2: Bus: the type AWS::SSM::Parameter::Value<String> is not supported"):
        stacks.create_stack(StackName="shop", TemplateBody=body)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("Resources: [", "does not parse"),
        ("Resources: {A: {Type: 'AWS::SQS::Queue', DependsOn: B}}", "Unresolved resource dependencies"),
        (
            "Resources:\n  A: {Type: 'AWS::SQS::Queue', DependsOn: B}\n  B: {Type: 'AWS::SQS::Queue', DependsOn: A}",
            "Circular dependency between resources",
        ),
        ("Description: x", "no Resources section"),
        ("Resources: {A: {Properties: {}}}", "has no Type"),
        ("Resources: {'Fn::ForEach::A': [X, [a], {}]}", "Fn::ForEach of AWS::LanguageExtensions is not supported"),
    ],
)
def test_a_template_that_makes_no_sense_is_refused(stacks, body, words):
    with pytest.raises(ClientError, match=words) as failing:
        stacks.create_stack(StackName="shop", TemplateBody=body)

    assert failing.value.response["Error"]["Code"] == "ValidationError"


def test_parameters_are_checked(stacks):
    with pytest.raises(ClientError, match="must be a number not greater than 100"):
        stacks.create_stack(
            StackName="s", TemplateBody=TEMPLATE, Parameters=[{"ParameterKey": "Wait", "ParameterValue": "101"}]
        )


def test_roles_want_their_capability_acknowledged(stacks):
    body = json.dumps({"Resources": {"R": {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": {}}}}})

    with pytest.raises(ClientError) as failing:
        stacks.create_stack(StackName="shop", TemplateBody=body)

    assert failing.value.response["Error"]["Code"] == "InsufficientCapabilitiesException"


def test_a_change_set_shows_what_would_happen_and_then_does_it(cloud, stacks):
    stacks.create_change_set(StackName="shop", ChangeSetName="first", TemplateBody=TEMPLATE, ChangeSetType="CREATE")
    shown = stacks.describe_change_set(StackName="shop", ChangeSetName="first")
    assert {c["ResourceChange"]["LogicalResourceId"] for c in shown["Changes"]} == {"Dead", "Jobs"}
    assert queues(cloud) == []

    stacks.execute_change_set(StackName="shop", ChangeSetName="first")
    cloud.settle()

    assert described(cloud)["StackStatus"] == "CREATE_COMPLETE"


def test_an_empty_change_set_fails_as_clients_expect(cloud, stacks):
    create(cloud)

    stacks.create_change_set(StackName="shop", ChangeSetName="none", TemplateBody=TEMPLATE)

    shown = stacks.describe_change_set(StackName="shop", ChangeSetName="none")
    assert shown["Status"] == "FAILED"
    assert "didn't contain changes" in shown["StatusReason"]


def test_exports_are_imported_by_other_stacks_and_hold_their_stack(cloud, stacks):
    create(cloud)
    other = "Resources: {Copy: {Type: 'AWS::SQS::Queue', Properties: {QueueName: !Sub ['${N}-copy', {N: !ImportValue shop-jobs}]}}}"
    create(cloud, other, "other")

    assert any(name.endswith("-copy") for name in queues(cloud))
    with pytest.raises(ClientError, match="cannot be deleted as it is in use by other"):
        stacks.delete_stack(StackName="shop")


def test_addresses_in_outputs_need_no_name_below_localhost(cloud, stacks):
    endpoint = cloud.listen() or cloud.inside.endpoint
    body = """
Resources:
  Api: {Type: AWS::ApiGatewayV2::Api, Properties: {Name: shop, ProtocolType: HTTP}}
Outputs:
  Own: {Value: !Sub "${Api.ApiEndpoint}/orders"}
  Written: {Value: !Sub "https://${Api}.execute-api.${AWS::Region}.amazonaws.com/dev"}
  Url: {Value: "https://abc123.lambda-url.us-east-1.on.aws/"}
"""
    stack = create(cloud, body)

    found = {o["OutputKey"]: o["OutputValue"] for o in stack["Outputs"]}
    api = stacks.describe_stack_resources(StackName="shop")["StackResources"][0]["PhysicalResourceId"]
    assert found == {
        "Own": f"{endpoint}/_api/{api}/orders", "Written": f"{endpoint}/_api/{api}/dev", "Url": f"{endpoint}/_url/abc123/",
    }  # fmt: skip
