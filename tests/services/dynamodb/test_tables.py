"""Tables: made, described, changed, deleted, tagged."""

import zlib

import pytest

from tests.services.dynamodb.tables import index, made, put, refused, schema

ID = [{"AttributeName": "id", "AttributeType": "S"}]
UNITS = {"ReadCapacityUnits": 5, "WriteCapacityUnits": 5}


def described(cloud, name="things"):
    return cloud.client("dynamodb").describe_table(TableName=name)["Table"]


def test_a_new_table_says_that_it_is_being_created_and_is_active_then(cloud):
    dynamodb = cloud.client("dynamodb")

    table = dynamodb.create_table(
        TableName="things", AttributeDefinitions=ID, KeySchema=schema("id"), ProvisionedThroughput=UNITS
    )["TableDescription"]

    assert table["TableStatus"] == "CREATING"
    assert "WarmThroughput" not in table
    assert "BillingModeSummary" not in table
    assert table["ProvisionedThroughput"] == {**UNITS, "NumberOfDecreasesToday": 0}
    dynamodb.get_waiter("table_exists").wait(TableName="things")
    assert described(cloud)["WarmThroughput"] == {
        "ReadUnitsPerSecond": 5,
        "WriteUnitsPerSecond": 5,
        "Status": "ACTIVE",
    }


def test_a_table_on_demand_tells_since_when(cloud):
    made(cloud)

    table = described(cloud)

    assert table["BillingModeSummary"]["BillingMode"] == "PAY_PER_REQUEST"
    assert table["BillingModeSummary"]["LastUpdateToPayPerRequestDateTime"].timestamp() == cloud.now
    assert table["ProvisionedThroughput"]["ReadCapacityUnits"] == 0
    assert table["WarmThroughput"] == {
        "ReadUnitsPerSecond": 12000,
        "WriteUnitsPerSecond": 4000,
        "Status": "ACTIVE",
    }


def test_a_change_of_a_table_on_demand_tells_it_too(cloud):
    since = cloud.now
    dynamodb = made(cloud)
    cloud.advance(60)

    stream = {"StreamEnabled": True, "StreamViewType": "KEYS_ONLY"}
    table = dynamodb.update_table(TableName="things", StreamSpecification=stream)["TableDescription"]

    assert table["TableStatus"] == "UPDATING"
    assert table["BillingModeSummary"]["LastUpdateToPayPerRequestDateTime"].timestamp() == since
    assert table["WarmThroughput"]["Status"] == "ACTIVE"


def test_warm_throughput_that_is_asked_for_is_told_at_once(cloud):
    dynamodb = cloud.client("dynamodb")
    warm = {"ReadUnitsPerSecond": 1000, "WriteUnitsPerSecond": 1200}

    table = dynamodb.create_table(
        TableName="things", AttributeDefinitions=ID, KeySchema=schema("id"), ProvisionedThroughput=UNITS,
        WarmThroughput=warm,
    )["TableDescription"]  # fmt: skip

    assert table["WarmThroughput"] == {**warm, "Status": "UPDATING"}
    assert described(cloud)["WarmThroughput"] == {**warm, "Status": "ACTIVE"}


def test_a_table_is_made_once(cloud):
    made(cloud)

    with refused("Table already exists: things", "ResourceInUseException"):
        made(cloud)


def test_a_table_that_is_not_there_is_not_described_or_deleted(cloud):
    dynamodb = cloud.client("dynamodb")
    for call in (dynamodb.describe_table, dynamodb.delete_table):
        with refused("Requested resource not found: Table: nothing not found", "ResourceNotFoundException"):
            call(TableName="nothing")


def test_a_deleted_table_is_gone_with_its_items(cloud):
    dynamodb = made(cloud)
    put(cloud, id="a")

    assert dynamodb.delete_table(TableName="things")["TableDescription"]["TableStatus"] == "DELETING"

    assert dynamodb.list_tables()["TableNames"] == []
    made(cloud)
    assert dynamodb.scan(TableName="things")["Count"] == 0


def test_a_protected_table_stays(cloud):
    dynamodb = made(cloud, DeletionProtectionEnabled=True)

    with refused(
        "Resource cannot be deleted as it is currently protected against deletion. Disable deletion protection first."
    ):
        dynamodb.delete_table(TableName="things")
    dynamodb.update_table(TableName="things", DeletionProtectionEnabled=False)
    dynamodb.delete_table(TableName="things")


def test_tables_are_listed_page_by_page(cloud):
    for name in ("one", "two", "three"):
        made(cloud, name)
    dynamodb = cloud.client("dynamodb")

    first = dynamodb.list_tables(Limit=2)
    second = dynamodb.list_tables(ExclusiveStartTableName=first["LastEvaluatedTableName"])

    assert first["TableNames"] == ["one", "three"]
    assert second["TableNames"] == ["two"]


def test_a_name_that_is_none_is_refused(cloud):
    with refused(
        "1 validation error detected: Value '/x' at 'tableName' failed to satisfy constraint: "
        "Member must satisfy regular expression pattern: [a-zA-Z0-9_.-]+"
    ):
        cloud.client("dynamodb").describe_table(TableName="/x")


@pytest.mark.parametrize(
    ("wish", "message"),
    [
        (
            {"KeySchema": schema("id"), "AttributeDefinitions": ID},
            "One or more parameter values were invalid: ReadCapacityUnits and WriteCapacityUnits must both be specified when "
            "BillingMode is PROVISIONED",
        ),
        (
            {"KeySchema": schema("id"), "AttributeDefinitions": ID, "BillingMode": "PAY_PER_REQUEST",
             "ProvisionedThroughput": UNITS},
            "One or more parameter values were invalid: Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when "
            "BillingMode is PAY_PER_REQUEST",
        ),
        (
            {"KeySchema": schema("id"), "AttributeDefinitions": [*ID, {"AttributeName": "x", "AttributeType": "S"}],
             "BillingMode": "PAY_PER_REQUEST"},
            "One or more parameter values were invalid: Number of attributes in KeySchema does not exactly match number of "
            "attributes defined in AttributeDefinitions",
        ),
        (
            {"KeySchema": schema("id", "n"), "AttributeDefinitions": ID, "BillingMode": "PAY_PER_REQUEST"},
            "Invalid KeySchema: Some index key attribute have no definition",
        ),
        (
            {"KeySchema": schema("id"), "AttributeDefinitions": ID, "BillingMode": "PAY_PER_REQUEST",
             "GlobalSecondaryIndexes": [index("by-x", "x", "y")]},
            "One or more parameter values were invalid: Some index key attributes are not defined in AttributeDefinitions. "
            "Keys: [x, y], AttributeDefinitions: [id]",
        ),
        (
            {"KeySchema": schema("id", "id"), "AttributeDefinitions": ID, "BillingMode": "PAY_PER_REQUEST"},
            "Both the Hash Key and the Range Key element in the KeySchema have the same name",
        ),
        (
            {"KeySchema": [{"AttributeName": "id", "KeyType": "RANGE"}], "AttributeDefinitions": ID,
             "BillingMode": "PAY_PER_REQUEST"},
            "Invalid KeySchema: The first KeySchemaElement is not a HASH key type",
        ),
        (
            {"KeySchema": schema("id"), "AttributeDefinitions": ID, "BillingMode": "PAY_PER_REQUEST",
             "LocalSecondaryIndexes": [index("by-x", "id", "x")]},
            "One or more parameter values were invalid: Table KeySchema does not have a range key, which is required when "
            "specifying a LocalSecondaryIndex",
        ),
    ],
)  # fmt: skip
def test_a_table_that_cannot_be_is_refused(cloud, wish, message):
    with refused(message):
        cloud.client("dynamodb").create_table(TableName="things", **wish)


def test_throughput_is_changed_but_not_to_what_it_is(cloud):
    dynamodb = made(cloud, ProvisionedThroughput=UNITS)

    with refused(
        "The provisioned throughput for the table will not change. The requested value equals the current value. Current "
        "ReadCapacityUnits provisioned for the table: 5. Requested ReadCapacityUnits: 5. Current WriteCapacityUnits provisioned "
        "for the table: 5. Requested WriteCapacityUnits: 5. Refer to the Amazon DynamoDB Developer Guide for current limits and "
        "how to request higher limits."
    ):
        dynamodb.update_table(TableName="things", ProvisionedThroughput=UNITS)
    more = {"ReadCapacityUnits": 6, "WriteCapacityUnits": 5}
    answer = dynamodb.update_table(TableName="things", ProvisionedThroughput=more)["TableDescription"]

    assert answer["TableStatus"] == "UPDATING"
    assert answer["ProvisionedThroughput"]["ReadCapacityUnits"] == 6
    assert "LastIncreaseDateTime" in answer["ProvisionedThroughput"]


def test_an_update_of_nothing_is_refused(cloud):
    dynamodb = made(cloud)

    with refused(
        "At least one of ProvisionedThroughput, BillingMode, UpdateStreamEnabled, GlobalSecondaryIndexUpdates or "
        "SSESpecification or ReplicaUpdates is required"
    ):
        dynamodb.update_table(TableName="things")


def test_an_index_that_comes_later_has_the_items_that_were_there(cloud):
    dynamodb = made(cloud)
    put(cloud, id="a", colour="red")
    put(cloud, id="b")

    answer = dynamodb.update_table(
        TableName="things",
        AttributeDefinitions=[*ID, {"AttributeName": "colour", "AttributeType": "S"}],
        GlobalSecondaryIndexUpdates=[{"Create": index("by-colour", "colour")}],
    )["TableDescription"]

    assert answer["GlobalSecondaryIndexes"][0]["IndexStatus"] == "CREATING"
    assert dynamodb.scan(TableName="things", IndexName="by-colour")["Count"] == 1
    assert described(cloud)["GlobalSecondaryIndexes"][0]["ItemCount"] == 1
    going = dynamodb.update_table(
        TableName="things", GlobalSecondaryIndexUpdates=[{"Delete": {"IndexName": "by-colour"}}]
    )["TableDescription"]
    assert going["GlobalSecondaryIndexes"][0]["IndexStatus"] == "DELETING"
    assert "GlobalSecondaryIndexes" not in described(cloud)


def test_an_index_passes_over_items_that_it_cannot_have(cloud):
    dynamodb = made(cloud)
    for name, colour in (("a", "red"), ("b", ""), ("c", 5), ("d", {"deep": "red"})):
        put(cloud, id=name, colour=colour)

    dynamodb.update_table(
        TableName="things",
        AttributeDefinitions=[*ID, {"AttributeName": "colour", "AttributeType": "S"}],
        GlobalSecondaryIndexUpdates=[{"Create": index("by-colour", "colour")}],
    )

    assert [each["id"]["S"] for each in dynamodb.scan(TableName="things", IndexName="by-colour")["Items"]] == ["a"]
    for name in "abcd":
        put(cloud, id=name, colour="blue")
    assert dynamodb.scan(TableName="things", IndexName="by-colour")["Count"] == 4


def test_an_index_needs_the_definitions_of_its_key(cloud):
    dynamodb = made(cloud)

    with refused("Invalid KeySchema: Some index key attribute have no definition"):
        dynamodb.update_table(
            TableName="things",
            AttributeDefinitions=ID,
            GlobalSecondaryIndexUpdates=[{"Create": index("by-colour", "colour")}],
        )
    with refused("Attempting to create an index which already exists"):
        made(cloud, "others", GlobalSecondaryIndexes=[index("by-colour", "colour")])
        dynamodb.update_table(
            TableName="others", GlobalSecondaryIndexUpdates=[{"Create": index("by-colour", "colour")}]
        )
    with refused("Requested resource not found", "ResourceNotFoundException"):
        dynamodb.update_table(TableName="things", GlobalSecondaryIndexUpdates=[{"Delete": {"IndexName": "by-colour"}}])
    with refused(
        "Subscriber limit exceeded: Only 1 online index can be created or deleted simultaneously per table",
        "LimitExceededException",
    ):
        dynamodb.update_table(
            TableName="things",
            AttributeDefinitions=[*ID, {"AttributeName": "x", "AttributeType": "S"}],
            GlobalSecondaryIndexUpdates=[{"Create": index("one", "x")}, {"Create": index("two", "x")}],
        )


def test_a_table_moves_between_the_two_ways_of_billing(cloud):
    dynamodb = made(cloud, ProvisionedThroughput=UNITS)

    dynamodb.update_table(TableName="things", BillingMode="PAY_PER_REQUEST")

    table = described(cloud)
    assert table["BillingModeSummary"]["BillingMode"] == "PAY_PER_REQUEST"
    assert table["ProvisionedThroughput"]["ReadCapacityUnits"] == 0
    dynamodb.update_table(TableName="things", BillingMode="PROVISIONED", ProvisionedThroughput=UNITS)
    table = described(cloud)
    assert table["BillingModeSummary"]["BillingMode"] == "PROVISIONED"
    assert table["ProvisionedThroughput"]["ReadCapacityUnits"] == 5


def test_encryption_under_the_key_of_the_account_comes_and_goes(cloud):
    dynamodb = made(cloud, SSESpecification={"Enabled": True})
    key = described(cloud)["SSEDescription"]
    assert key["Status"] == "ENABLED"
    assert ":key/" in key["KMSMasterKeyArn"]

    answer = dynamodb.update_table(TableName="things", SSESpecification={"Enabled": False})["TableDescription"]

    assert answer["SSEDescription"] == {**key, "Status": "UPDATING"}
    assert "SSEDescription" not in described(cloud)


def test_the_class_of_a_table_is_told_once_it_was_chosen(cloud):
    dynamodb = made(cloud)
    assert "TableClassSummary" not in described(cloud)

    dynamodb.update_table(TableName="things", TableClass="STANDARD_INFREQUENT_ACCESS")

    summary = described(cloud)["TableClassSummary"]
    assert summary["TableClass"] == "STANDARD_INFREQUENT_ACCESS"
    assert summary["LastUpdateDateTime"].timestamp() == cloud.now


def test_tags_are_kept_with_the_table(cloud):
    dynamodb = made(cloud, Tags=[{"Key": "a", "Value": "1"}])
    arn = described(cloud)["TableArn"]

    dynamodb.tag_resource(ResourceArn=arn, Tags=[{"Key": "b", "Value": "2"}])
    dynamodb.untag_resource(ResourceArn=arn, TagKeys=["a"])

    assert dynamodb.list_tags_of_resource(ResourceArn=arn)["Tags"] == [{"Key": "b", "Value": "2"}]


def test_point_in_time_recovery_reaches_back_to_when_it_was_switched_on(cloud):
    dynamodb = made(cloud)
    began = cloud.now
    off = dynamodb.describe_continuous_backups(TableName="things")["ContinuousBackupsDescription"]
    assert off["PointInTimeRecoveryDescription"] == {"PointInTimeRecoveryStatus": "DISABLED"}

    dynamodb.update_continuous_backups(
        TableName="things", PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True}
    )
    cloud.advance(hours=2)

    on = dynamodb.describe_continuous_backups(TableName="things")["ContinuousBackupsDescription"]
    point = on["PointInTimeRecoveryDescription"]
    assert (point["PointInTimeRecoveryStatus"], point["RecoveryPeriodInDays"]) == ("ENABLED", 35)
    assert point["EarliestRestorableDateTime"].timestamp() == began
    assert point["LatestRestorableDateTime"].timestamp() == cloud.now - 300


def test_contributor_insights_are_off_until_they_are_switched_on(cloud):
    dynamodb = made(cloud)
    answer = dynamodb.describe_contributor_insights(TableName="things")
    assert (answer["TableName"], answer["ContributorInsightsStatus"]) == ("things", "DISABLED")

    dynamodb.update_contributor_insights(TableName="things", ContributorInsightsAction="ENABLE")

    assert dynamodb.describe_contributor_insights(TableName="things")["ContributorInsightsStatus"] == "ENABLED"
    assert len(dynamodb.list_contributor_insights()["ContributorInsightsSummaries"]) == 1


def test_a_policy_of_a_table_is_kept(cloud):
    dynamodb = made(cloud)
    arn = described(cloud)["TableArn"]
    with refused(f"Resource-based policy not found for the provided ResourceArn: {arn}", "PolicyNotFoundException"):
        dynamodb.get_resource_policy(ResourceArn=arn)

    revision = dynamodb.put_resource_policy(ResourceArn=arn, Policy="{}")["RevisionId"]

    assert dynamodb.get_resource_policy(ResourceArn=arn)["RevisionId"] == revision
    assert dynamodb.delete_resource_policy(ResourceArn=arn)["RevisionId"] == revision


def test_a_client_that_knows_its_account_is_answered(cloud):
    """botocore puts the account into the host's name then."""
    import boto3

    from windtunnel.gateway.inprocess import attach

    session = boto3.session.Session(
        aws_access_key_id="testing",
        aws_secret_access_key="testing",
        aws_account_id="000000000000",
        region_name="us-east-1",
    )
    client = session.client("dynamodb")
    attach(client, cloud.inside.front, cloud._answered)
    made(cloud)

    assert client.list_tables()["TableNames"] == ["things"]


def test_answers_carry_their_checksum(cloud):
    answer = cloud.client("dynamodb").list_tables()

    assert answer["ResponseMetadata"]["HTTPHeaders"]["x-amz-crc32"] == str(zlib.crc32(b'{"TableNames":[]}'))


def test_limits_and_endpoints_are_told(cloud):
    dynamodb = cloud.client("dynamodb")

    assert dynamodb.describe_limits()["TableMaxReadCapacityUnits"] == 40000
    assert dynamodb.describe_endpoints()["Endpoints"][0]["CachePeriodInMinutes"] == 1440


def test_what_is_not_built_is_refused_by_name(cloud):
    dynamodb = made(cloud)

    with refused("dynamodb:RestoreTableToPointInTime is not implemented by windtunnel.", "NotImplemented"):
        dynamodb.restore_table_to_point_in_time(SourceTableName="things", TargetTableName="then")
    with refused(
        "The member ReplicaUpdates of dynamodb:UpdateTable is not implemented by windtunnel.", "NotImplemented"
    ):
        dynamodb.update_table(TableName="things", ReplicaUpdates=[{"Create": {"RegionName": "eu-west-1"}}])
