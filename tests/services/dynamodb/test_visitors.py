"""Tables of other accounts, by their ARN: the table's policy decides."""

import pytest

from tests.services.dynamodb.tables import index, made
from tests.services.visiting import OTHER, policy, refused

ARN = "arn:aws:dynamodb:us-east-1:000000000000:table/things"
ITEM = {"id": {"S": "a"}, "n": {"N": "1"}}
KEY = {"id": {"S": "a"}}


@pytest.fixture
def mine(cloud):
    client = made(cloud, GlobalSecondaryIndexes=[index("by-n", "n")])
    client.put_item(TableName="things", Item=ITEM)
    return client


@pytest.fixture
def theirs(cloud):
    return cloud.client("dynamodb", account=OTHER)


def let(mine, *actions, resource=ARN):
    mine.put_resource_policy(ResourceArn=ARN, Policy=policy([f"dynamodb:{each}" for each in actions], resource))


def test_another_account_may_not_read_without_a_permission(mine, theirs):
    code, message = refused(theirs.get_item, TableName=ARN, Key=KEY)

    assert code == "AccessDeniedException"
    assert message == (
        f"User: arn:aws:iam::{OTHER}:root is not authorized to perform: dynamodb:GetItem on resource: {ARN} "
        "because no resource-based policy allows the dynamodb:GetItem action"
    )


def test_another_account_does_what_the_policy_of_the_table_allows(mine, theirs):
    let(mine, "GetItem", "PutItem", "BatchGetItem")

    theirs.put_item(TableName=ARN, Item={"id": {"S": "b"}})

    assert theirs.get_item(TableName=ARN, Key=KEY)["Item"] == ITEM
    found = theirs.batch_get_item(RequestItems={ARN: {"Keys": [{"id": {"S": "b"}}]}})
    assert found["Responses"] == {ARN: [{"id": {"S": "b"}}]}
    assert refused(theirs.delete_item, TableName=ARN, Key=KEY)[0] == "AccessDeniedException"


def test_an_index_is_a_resource_of_its_own(mine, theirs):
    wish = {
        "TableName": ARN, "IndexName": "by-n", "KeyConditionExpression": "n = :n",
        "ExpressionAttributeValues": {":n": {"N": "1"}},
    }  # fmt: skip
    let(mine, "Query")
    assert refused(theirs.query, **wish)[0] == "AccessDeniedException"

    let(mine, "Query", resource=f"{ARN}/index/*")

    assert theirs.query(**wish)["Count"] == 1


def test_each_part_of_a_transaction_needs_its_permission(mine, theirs):
    wishes = [{"Put": {"TableName": ARN, "Item": {"id": {"S": "b"}}}}, {"Delete": {"TableName": ARN, "Key": KEY}}]
    let(mine, "PutItem")
    assert refused(theirs.transact_write_items, TransactItems=wishes)[0] == "AccessDeniedException"

    let(mine, "PutItem", "DeleteItem")
    theirs.transact_write_items(TransactItems=wishes)

    assert [each["id"]["S"] for each in mine.scan(TableName="things")["Items"]] == ["b"]


def test_a_table_of_ones_own_with_the_same_name_is_another_one(cloud, mine, theirs):
    theirs.create_table(
        TableName="things", BillingMode="PAY_PER_REQUEST", KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
    )  # fmt: skip

    assert "Item" not in theirs.get_item(TableName="things", Key=KEY)
