"""Backups on demand, and tables made from them."""

import pytest

from tests.services.dynamodb.tables import index, made
from tests.services.visiting import refused


def put(client, *ids, **more):
    for each in ids:
        client.put_item(TableName="things", Item={"id": {"S": each}, "n": {"N": "1"}, **more})


def backed_up(client, name="first"):
    return client.create_backup(TableName="things", BackupName=name)["BackupDetails"]["BackupArn"]


def ids(client, table):
    return sorted(item["id"]["S"] for item in client.scan(TableName=table)["Items"])


def test_a_backup_is_described_with_its_table(cloud):
    client = made(cloud, GlobalSecondaryIndexes=[index("by-n", "n")])
    put(client, "a", "b")

    details = client.create_backup(TableName="things", BackupName="first")["BackupDetails"]
    assert (details["BackupStatus"], details["BackupType"]) == ("CREATING", "USER")
    shown = client.describe_backup(BackupArn=details["BackupArn"])["BackupDescription"]

    assert shown["BackupDetails"]["BackupStatus"] == "AVAILABLE"
    source = shown["SourceTableDetails"]
    assert (source["TableName"], source["ItemCount"], source["BillingMode"]) == ("things", 2, "PAY_PER_REQUEST")
    [of_index] = shown["SourceTableFeatureDetails"]["GlobalSecondaryIndexes"]
    assert of_index["IndexName"] == "by-n"


def test_a_table_comes_back_as_it_was(cloud):
    client = made(cloud, GlobalSecondaryIndexes=[index("by-n", "n")])
    put(client, "a", "b")
    arn = backed_up(client)
    put(client, "c")
    client.delete_item(TableName="things", Key={"id": {"S": "a"}})

    answer = client.restore_table_from_backup(TargetTableName="again", BackupArn=arn)["TableDescription"]

    assert (answer["TableStatus"], answer["RestoreSummary"]["RestoreInProgress"]) == ("CREATING", True)
    assert ids(client, "again") == ["a", "b"]
    assert ids(client, "things") == ["b", "c"]
    found = client.query(
        TableName="again", IndexName="by-n", KeyConditionExpression="n = :n",
        ExpressionAttributeValues={":n": {"N": "1"}},
    )  # fmt: skip
    assert found["Count"] == 2
    shown = client.describe_table(TableName="again")["Table"]["RestoreSummary"]
    assert (shown["SourceBackupArn"], shown["RestoreInProgress"]) == (arn, False)


def test_a_backup_outlives_its_table(cloud):
    client = made(cloud)
    put(client, "a")
    arn = backed_up(client)
    client.delete_table(TableName="things")

    client.restore_table_from_backup(TargetTableName="things", BackupArn=arn)

    assert ids(client, "things") == ["a"]


def test_a_restored_table_has_no_stream_no_tags_and_no_protection(cloud):
    more = {"Tags": [{"Key": "k", "Value": "v"}], "DeletionProtectionEnabled": True}
    client = made(cloud, stream="NEW_IMAGE", **more)

    client.restore_table_from_backup(TargetTableName="again", BackupArn=backed_up(client))

    shown = client.describe_table(TableName="again")["Table"]
    assert "StreamSpecification" not in shown and not shown["DeletionProtectionEnabled"]
    assert client.list_tags_of_resource(ResourceArn=shown["TableArn"])["Tags"] == []


def test_what_a_restored_table_has_can_be_chosen(cloud):
    client = made(cloud, GlobalSecondaryIndexes=[index("by-n", "n"), index("by-m", "m")])
    arn = backed_up(client)

    client.restore_table_from_backup(
        TargetTableName="again", BackupArn=arn, BillingModeOverride="PROVISIONED",
        ProvisionedThroughputOverride={"ReadCapacityUnits": 3, "WriteCapacityUnits": 2},
        GlobalSecondaryIndexOverride=[
            {**index("by-n", "n"), "ProvisionedThroughput": {"ReadCapacityUnits": 1, "WriteCapacityUnits": 1}}
        ],
    )  # fmt: skip

    shown = client.describe_table(TableName="again")["Table"]
    assert shown["ProvisionedThroughput"]["ReadCapacityUnits"] == 3
    assert [each["IndexName"] for each in shown["GlobalSecondaryIndexes"]] == ["by-n"]
    assert {each["AttributeName"] for each in shown["AttributeDefinitions"]} == {"id", "n"}


def test_an_index_that_the_table_had_not_is_refused(cloud):
    client = made(cloud)
    arn = backed_up(client)

    code, _ = refused(
        client.restore_table_from_backup,
        TargetTableName="again", BackupArn=arn, GlobalSecondaryIndexOverride=[index("by-x", "x")],
    )  # fmt: skip

    assert code == "ValidationException"


def test_backups_are_listed_by_table_and_page(cloud):
    client = made(cloud)
    arns = [backed_up(client, "one")]
    cloud.advance(60)
    arns.append(backed_up(client, "two"))
    cloud.advance(60)
    made(cloud, "others").create_backup(TableName="others", BackupName="three")

    listed = client.list_backups(TableName="things")["BackupSummaries"]
    assert [each["BackupArn"] for each in listed] == arns
    first = client.list_backups(Limit=2)
    rest = client.list_backups(ExclusiveStartBackupArn=first["LastEvaluatedBackupArn"])["BackupSummaries"]
    assert [each["BackupName"] for each in rest] == ["three"]
    assert client.list_backups(BackupType="SYSTEM")["BackupSummaries"] == []


def test_a_deleted_backup_is_gone(cloud):
    client = made(cloud)
    arn = backed_up(client)

    assert client.delete_backup(BackupArn=arn)["BackupDescription"]["BackupDetails"]["BackupStatus"] == "DELETED"

    assert refused(client.describe_backup, BackupArn=arn) == ("BackupNotFoundException", f"Backup not found: {arn}")
    assert (
        refused(client.restore_table_from_backup, TargetTableName="x-y", BackupArn=arn)[0] == "BackupNotFoundException"
    )


@pytest.mark.parametrize(
    ("operation", "wish", "code"),
    [
        ("create_backup", {"TableName": "none", "BackupName": "first"}, "TableNotFoundException"),
        ("restore_table_from_backup", {"TargetTableName": "things"}, "TableAlreadyExistsException"),
    ],
)
def test_what_is_not_there_and_what_is_there_already_is_refused(cloud, operation, wish, code):
    client = made(cloud)
    more = {"BackupArn": backed_up(client)} if operation.startswith("restore") else {}

    assert refused(getattr(client, operation), **wish, **more)[0] == code


def test_a_backup_outlives_a_restart(started):
    client = made(started())
    put(client, "a")
    arn = backed_up(client)

    client = started().client("dynamodb")
    client.restore_table_from_backup(TargetTableName="again", BackupArn=arn)

    assert ids(started().client("dynamodb"), "again") == ["a"]
