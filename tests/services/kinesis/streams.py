"""Streams and their records, for tests of Kinesis."""

from botocore.exceptions import ClientError

LAST_HASH = 2**128 - 1
FIRST_SHARD = "shardId-000000000000"


def arn(name="orders"):
    return f"arn:aws:kinesis:us-east-1:000000000000:stream/{name}"


def stream(cloud, name="orders", shards=1):
    """The client, and a stream that it can use."""
    client = cloud.client("kinesis")
    client.create_stream(StreamName=name, ShardCount=shards)
    return client


def put(client, *texts, name="orders", key="k"):
    """One record after the other; what PutRecord answered."""
    return [client.put_record(StreamName=name, Data=text.encode(), PartitionKey=key) for text in texts]


def iterator(client, kind="TRIM_HORIZON", name="orders", shard=FIRST_SHARD, **where):
    wish = {"StreamName": name, "ShardId": shard, "ShardIteratorType": kind, **where}
    return client.get_shard_iterator(**wish)["ShardIterator"]


def texts(answer):
    return [record["Data"].decode() for record in answer["Records"]]


def read(client, kind="TRIM_HORIZON", name="orders", shard=FIRST_SHARD, **where):
    """The texts of a shard's records."""
    return texts(client.get_records(ShardIterator=iterator(client, kind, name, shard, **where)))


def shards(client, name="orders", **filtered):
    return client.list_shards(StreamName=name, **filtered)["Shards"]


def refusal(call, **members):
    """The code and message of the error that a call ends in."""
    try:
        call(**members)
    except ClientError as error:
        return error.response["Error"]["Code"], error.response["Error"]["Message"]
    raise AssertionError("It was not refused.")
