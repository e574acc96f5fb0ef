"""Changes of DynamoDB tables in Kinesis streams."""

import json

from tests.services.dynamodb.tables import made, put
from tests.services.kinesis.streams import arn, iterator, stream


def test_changes_of_a_table_become_records_of_a_stream(cloud):
    client, dynamodb = stream(cloud), made(cloud)
    dynamodb.enable_kinesis_streaming_destination(TableName="things", StreamArn=arn())

    put(cloud, id="a")
    cloud.settle()

    [record] = client.get_records(ShardIterator=iterator(client))["Records"]
    change = json.loads(record["Data"])
    assert (change["eventName"], change["tableName"]) == ("INSERT", "things")
    assert change["dynamodb"]["NewImage"] == {"id": {"S": "a"}}
