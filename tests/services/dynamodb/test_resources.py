"""Tables in templates."""

import textwrap

import pytest

from tests.services.dynamodb.tables import got, item, put

TABLE = """
Resources:
  Things:
    Type: AWS::DynamoDB::Table
    Properties:
      AttributeDefinitions:
        - {{AttributeName: id, AttributeType: S}}
        {definitions}
      KeySchema: [{{AttributeName: {key}, KeyType: HASH}}]
      BillingMode: PAY_PER_REQUEST
      {more}
Outputs:
  Name: {{Value: !Ref Things}}
  Arn: {{Value: !GetAtt Things.Arn}}
"""


def deployed(cloud, template, update=False):
    aws = cloud.client("cloudformation")
    call = aws.update_stack if update else aws.create_stack
    call(StackName="shop", TemplateBody=template)
    cloud.settle()
    stack = aws.describe_stacks(StackName="shop")["Stacks"][0]
    assert stack["StackStatus"].endswith(("CREATE_COMPLETE", "UPDATE_COMPLETE")), stack
    return {each["OutputKey"]: each["OutputValue"] for each in stack["Outputs"]}


def template(more="", key="id", definitions="", outputs=""):
    return TABLE.format(key=key, definitions=definitions, more=textwrap.indent(more, " " * 6).strip()) + outputs


def described(cloud, name):
    return cloud.client("dynamodb").describe_table(TableName=name)["Table"]


def test_a_table_is_made_with_all_that_it_has(cloud):
    more = """
StreamSpecification: {StreamViewType: NEW_AND_OLD_IMAGES}
TimeToLiveSpecification: {AttributeName: until, Enabled: 'true'}
SSESpecification: {SSEEnabled: true}
PointInTimeRecoverySpecification: {PointInTimeRecoveryEnabled: true}
Tags: [{Key: a, Value: b}]
GlobalSecondaryIndexes:
  - IndexName: by-colour
    KeySchema: [{AttributeName: colour, KeyType: HASH}]
    Projection: {ProjectionType: ALL}
"""
    colour = "- {AttributeName: colour, AttributeType: S}"

    made = deployed(cloud, template(more, definitions=colour, outputs="  Stream: {Value: !GetAtt Things.StreamArn}\n"))

    dynamodb = cloud.client("dynamodb")
    table = described(cloud, made["Name"])
    assert table["TableArn"] == made["Arn"]
    assert table["LatestStreamArn"] == made["Stream"]
    assert table["SSEDescription"]["Status"] == "ENABLED"
    assert [each["IndexName"] for each in table["GlobalSecondaryIndexes"]] == ["by-colour"]
    expiry = dynamodb.describe_time_to_live(TableName=made["Name"])["TimeToLiveDescription"]
    assert expiry == {"TimeToLiveStatus": "ENABLED", "AttributeName": "until"}
    backups = dynamodb.describe_continuous_backups(TableName=made["Name"])["ContinuousBackupsDescription"]
    assert backups["PointInTimeRecoveryDescription"]["PointInTimeRecoveryStatus"] == "ENABLED"
    assert {"Key": "a", "Value": "b"} in dynamodb.list_tags_of_resource(ResourceArn=made["Arn"])["Tags"]


def indexed(name="", more=""):
    """A template whose table has an index by this attribute."""
    if not name:
        return template(more)
    by = f"IndexName: by-{name}, KeySchema: [{{AttributeName: {name}, KeyType: HASH}}], Projection: {{ProjectionType: ALL}}"
    return template(
        f"GlobalSecondaryIndexes: [{{{by}}}]\n{more}", definitions=f"- {{AttributeName: {name}, AttributeType: S}}"
    )


def test_a_table_changes_in_place(cloud):
    first = deployed(cloud, indexed("colour"))
    put(cloud, first["Name"], id="a", shape="round")

    deployed(cloud, indexed(more="StreamSpecification: {StreamViewType: KEYS_ONLY}"), update=True)
    second = deployed(cloud, indexed("shape", "StreamSpecification: {StreamViewType: NEW_IMAGE}"), update=True)

    assert second == first
    table = described(cloud, first["Name"])
    assert [each["IndexName"] for each in table["GlobalSecondaryIndexes"]] == ["by-shape"]
    assert table["StreamSpecification"]["StreamViewType"] == "NEW_IMAGE"
    assert got(cloud, first["Name"], id="a") == item(id="a", shape="round")
    deployed(cloud, template(), update=True)
    assert "GlobalSecondaryIndexes" not in described(cloud, first["Name"])
    assert "StreamSpecification" not in described(cloud, first["Name"])


def test_one_index_at_a_time_is_made_or_deleted(cloud):
    deployed(cloud, indexed("colour"))

    aws = cloud.client("cloudformation")
    aws.update_stack(StackName="shop", TemplateBody=indexed("shape"))
    cloud.settle()

    assert aws.describe_stacks(StackName="shop")["Stacks"][0]["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    reasons = [
        each.get("ResourceStatusReason", "") for each in aws.describe_stack_events(StackName="shop")["StackEvents"]
    ]
    assert any("Cannot perform more than one GSI creation or deletion in a single update" in each for each in reasons)


def test_another_key_is_another_table(cloud):
    first = deployed(cloud, template())

    second = deployed(cloud, template(key="other").replace("AttributeName: id,", "AttributeName: other,"), update=True)

    assert second["Name"] != first["Name"]
    assert cloud.client("dynamodb").list_tables()["TableNames"] == [second["Name"]]


def test_a_deleted_stack_takes_its_table(cloud):
    deployed(cloud, template())

    cloud.client("cloudformation").delete_stack(StackName="shop")
    cloud.settle()

    assert cloud.client("dynamodb").list_tables()["TableNames"] == []


def test_a_global_table_of_one_replica_is_a_table(cloud):
    made = deployed(
        cloud,
        """
Resources:
  Things:
    Type: AWS::DynamoDB::GlobalTable
    Properties:
      AttributeDefinitions: [{AttributeName: id, AttributeType: S}]
      KeySchema: [{AttributeName: id, KeyType: HASH}]
      BillingMode: PAY_PER_REQUEST
      StreamSpecification: {StreamViewType: NEW_AND_OLD_IMAGES}
      Replicas: [{Region: us-east-1, DeletionProtectionEnabled: true, Tags: [{Key: a, Value: b}]}]
Outputs:
  Name: {Value: !Ref Things}
  Stream: {Value: !GetAtt Things.StreamArn}
  Id: {Value: !GetAtt Things.TableId}
""",
    )

    table = described(cloud, made["Name"])
    assert (table["TableId"], table["LatestStreamArn"]) == (made["Id"], made["Stream"])
    assert table["DeletionProtectionEnabled"] is True


def test_a_global_table_with_more_replicas_is_refused_by_name(cloud):
    aws = cloud.client("cloudformation")
    aws.create_stack(
        StackName="shop",
        TemplateBody="""
Resources:
  Things:
    Type: AWS::DynamoDB::GlobalTable
    Properties:
      AttributeDefinitions: [{AttributeName: id, AttributeType: S}]
      KeySchema: [{AttributeName: id, KeyType: HASH}]
      BillingMode: PAY_PER_REQUEST
      Replicas: [{Region: us-east-1}, {Region: eu-west-1}]
""",
    )
    cloud.settle()

    reasons = [
        each.get("ResourceStatusReason", "") for each in aws.describe_stack_events(StackName="shop")["StackEvents"]
    ]
    assert any("A global table with replicas in us-east-1, eu-west-1 is not built" in each for each in reasons)


@pytest.mark.parametrize(
    ("properties", "key"),
    [("", "id"), ("Properties: {PrimaryKey: {Name: code, Type: Number}}", "code")],
)
def test_a_simple_table_of_sam_is_a_table(cloud, tmp_path, properties, key):
    path = tmp_path / "template.yaml"
    path.write_text(
        "Transform: AWS::Serverless-2016-10-31\n"
        "Resources:\n  Things:\n    Type: AWS::Serverless::SimpleTable\n"
        + (f"    {properties}\n" if properties else "")
        + "Outputs:\n  Name: {Value: !Ref Things}\n"
    )

    name = cloud.deploy(path).outputs["Name"]

    table = described(cloud, name)
    assert table["KeySchema"] == [{"AttributeName": key, "KeyType": "HASH"}]


def test_an_update_that_fails_is_taken_back(cloud):
    made = deployed(cloud, template("StreamSpecification: {StreamViewType: KEYS_ONLY}"))
    aws = cloud.client("cloudformation")
    failing = template("StreamSpecification: {StreamViewType: NEW_IMAGE}\nDeletionProtectionEnabled: true") + (
        "  Nothing: {Value: x}\n"
    )
    failing = failing.replace(
        "Resources:\n",
        "Resources:\n  Queue: {Type: AWS::SQS::Queue, DependsOn: Things, Properties: {VisibilityTimeout: 99999999}}\n",
    )

    aws.update_stack(StackName="shop", TemplateBody=failing)
    cloud.settle()

    assert aws.describe_stacks(StackName="shop")["Stacks"][0]["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    table = described(cloud, made["Name"])
    assert table["StreamSpecification"]["StreamViewType"] == "KEYS_ONLY"
    assert table["DeletionProtectionEnabled"] is False
