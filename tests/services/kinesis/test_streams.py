"""Streams: made, described, changed, deleted."""

import pytest

from tests.services.kinesis.streams import LAST_HASH, arn, refusal, shards, stream


def test_a_stream_divides_the_hash_keys_evenly_among_its_shards(cloud):
    client = stream(cloud, shards=3)

    ranges = [shard["HashKeyRange"] for shard in shards(client)]

    assert [(r["StartingHashKey"], r["EndingHashKey"]) for r in ranges] == [
        ("0", "113427455640312821154458202477256070484"),
        ("113427455640312821154458202477256070485", "226854911280625642308916404954512140969"),
        ("226854911280625642308916404954512140970", str(LAST_HASH)),
    ]


def test_a_stream_is_described(cloud):
    client = stream(cloud)

    found = client.describe_stream(StreamARN=arn())["StreamDescription"]

    [shard] = found.pop("Shards")
    found.pop("StreamCreationTimestamp")
    assert shard["ShardId"] == "shardId-000000000000"
    assert shard["SequenceNumberRange"].keys() == {"StartingSequenceNumber"}
    assert len(shard["SequenceNumberRange"]["StartingSequenceNumber"]) == 56
    assert found == {
        "StreamName": "orders",
        "StreamARN": arn(),
        "StreamStatus": "ACTIVE",
        "StreamModeDetails": {"StreamMode": "PROVISIONED"},
        "HasMoreShards": False,
        "RetentionPeriodHours": 24,
        "EnhancedMonitoring": [{"ShardLevelMetrics": []}],
        "EncryptionType": "NONE",
    }


def test_a_stream_without_a_number_of_shards_is_on_demand(cloud):
    client = cloud.client("kinesis")

    client.create_stream(StreamName="orders")

    found = client.describe_stream_summary(StreamName="orders")["StreamDescriptionSummary"]
    assert found["StreamModeDetails"] == {"StreamMode": "ON_DEMAND"}
    assert found["OpenShardCount"] == 4


@pytest.mark.parametrize(
    ("wish", "problem"),
    [
        (
            {"StreamModeDetails": {"StreamMode": "ON_DEMAND"}, "ShardCount": 1},
            "is not expected when StreamMode=ON_DEMAND",
        ),
        ({"StreamModeDetails": {"StreamMode": "PROVISIONED"}}, "is expected when StreamMode=PROVISIONED"),
    ],
)
def test_only_a_provisioned_stream_has_a_number_of_shards(cloud, wish, problem):
    assert problem in refusal(cloud.client("kinesis").create_stream, StreamName="orders", **wish)[1]


def test_shards_are_described_page_by_page(cloud):
    client = stream(cloud, shards=3)

    first = client.describe_stream(StreamName="orders", Limit=2)["StreamDescription"]
    last = first["Shards"][-1]["ShardId"]
    rest = client.describe_stream(StreamName="orders", ExclusiveStartShardId=last)["StreamDescription"]

    assert (first["HasMoreShards"], len(first["Shards"])) == (True, 2)
    assert (rest["HasMoreShards"], len(rest["Shards"])) == (False, 1)


def test_streams_are_listed_page_by_page(cloud):
    for name in ("c", "a", "b"):
        client = stream(cloud, name)

    first = client.list_streams(Limit=2)
    rest = client.list_streams(NextToken=first["NextToken"])

    assert (first["StreamNames"], first["HasMoreStreams"]) == (["a", "b"], True)
    assert (rest["StreamNames"], rest["HasMoreStreams"]) == (["c"], False)
    assert rest["StreamSummaries"][0]["StreamARN"] == arn("c")


def test_a_name_is_given_once(cloud):
    client = stream(cloud)

    code, message = refusal(client.create_stream, StreamName="orders", ShardCount=1)

    assert code == "ResourceInUseException"
    assert message == "Stream orders under account 000000000000 already exists."


def test_a_stream_that_is_not_there_is_not_found(cloud):
    code, message = refusal(cloud.client("kinesis").describe_stream, StreamName="orders")

    assert code == "ResourceNotFoundException"
    assert message == "Stream orders under account 000000000000 not found."


def test_a_deleted_stream_is_gone_with_its_records(cloud):
    client = stream(cloud)
    client.put_record(StreamName="orders", Data=b"a", PartitionKey="k")

    client.delete_stream(StreamName="orders")
    stream(cloud)

    place = {"StreamName": "orders", "ShardId": "shardId-000000000000", "ShardIteratorType": "TRIM_HORIZON"}
    begin = client.get_shard_iterator(**place)["ShardIterator"]
    assert client.get_records(ShardIterator=begin)["Records"] == []


def test_a_stream_with_consumers_is_deleted_only_on_insistence(cloud):
    client = stream(cloud)
    client.register_stream_consumer(StreamARN=arn(), ConsumerName="c")

    code, message = refusal(client.delete_stream, StreamName="orders")
    assert code == "ResourceInUseException"
    assert message.startswith(f"DeleteStream can't delete {arn()} because there are consumers associated with this")

    client.delete_stream(StreamName="orders", EnforceConsumerDeletion=True)

    assert client.list_streams()["StreamNames"] == []


def test_an_account_has_a_limit_of_shards(cloud):
    client = cloud.client("kinesis", region="eu-central-1")

    code, message = refusal(client.create_stream, StreamName="orders", ShardCount=1001)

    assert code == "LimitExceededException"
    assert "Limit: 1000. Number of additional shards that would have resulted from this request: 1001." in message
    assert client.describe_limits()["ShardLimit"] == 1000


@pytest.mark.parametrize(("change", "hours", "problem"), [
    ("increase", 23, "Minimum allowed retention period is 24 hours. Requested retention period (23 hours) is too short."),
    ("increase", 8761, "Maximum allowed retention period is 8760 hours. Requested retention period (8761 hours) is too long."),
    ("increase", 24, "Requested retention period (24 hours) for stream orders can not be shorter than existing retention "
        "period (48 hours). Use DecreaseRetentionPeriod API."),
    ("decrease", 72, "Requested retention period (72 hours) for stream orders can not be longer than existing retention "
        "period (48 hours). Use IncreaseRetentionPeriod API."),
])  # fmt: skip
def test_a_retention_period_has_limits_and_a_direction(cloud, change, hours, problem):
    client = stream(cloud)
    client.increase_stream_retention_period(StreamName="orders", RetentionPeriodHours=48)

    call = getattr(client, f"{change}_stream_retention_period")

    assert refusal(call, StreamName="orders", RetentionPeriodHours=hours) == ("InvalidArgumentException", problem)


def test_settings_are_kept(cloud):
    client = stream(cloud)

    monitored = client.enable_enhanced_monitoring(StreamName="orders", ShardLevelMetrics=["IncomingBytes"])
    client.start_stream_encryption(StreamName="orders", EncryptionType="KMS", KeyId="alias/aws/kinesis")
    client.update_max_record_size(StreamARN=arn(), MaxRecordSizeInKiB=2048)

    found = client.describe_stream_summary(StreamName="orders")["StreamDescriptionSummary"]
    assert (monitored["CurrentShardLevelMetrics"], monitored["DesiredShardLevelMetrics"]) == ([], ["IncomingBytes"])
    assert found["EnhancedMonitoring"] == [{"ShardLevelMetrics": ["IncomingBytes"]}]
    assert (found["EncryptionType"], found["KeyId"]) == ("KMS", "alias/aws/kinesis")
    assert found["MaxRecordSizeInKiB"] == 2048


def test_settings_are_taken_back(cloud):
    client = stream(cloud)
    client.enable_enhanced_monitoring(StreamName="orders", ShardLevelMetrics=["ALL"])
    client.start_stream_encryption(StreamName="orders", EncryptionType="KMS", KeyId="alias/aws/kinesis")

    client.disable_enhanced_monitoring(StreamName="orders", ShardLevelMetrics=["ALL"])
    client.stop_stream_encryption(StreamName="orders", EncryptionType="KMS", KeyId="alias/aws/kinesis")

    found = client.describe_stream_summary(StreamName="orders")["StreamDescriptionSummary"]
    assert found["EnhancedMonitoring"] == [{"ShardLevelMetrics": []}]
    assert found["EncryptionType"] == "NONE"
    assert "KeyId" not in found


def test_only_a_stream_on_demand_distributes_records_itself(cloud):
    client = stream(cloud)
    wish = {"StreamARN": arn(), "RecordDistributionStrategy": "AUTO"}
    assert refusal(client.update_stream_record_distribution_strategy, **wish)[0] == "InvalidArgumentException"

    client.update_stream_mode(StreamARN=arn(), StreamModeDetails={"StreamMode": "ON_DEMAND"})
    client.update_stream_record_distribution_strategy(**wish)

    assert client.put_record(StreamName="orders", Data=b"without a key")["ShardId"]


def test_a_stream_has_tags_by_both_families_of_operations(cloud):
    client = stream(cloud)

    client.add_tags_to_stream(StreamName="orders", Tags={"a": "1", "b": "2", "c": "3"})
    client.untag_resource(ResourceARN=arn(), TagKeys=["b"])

    first = client.list_tags_for_stream(StreamName="orders", Limit=1)
    assert first["Tags"] == [{"Key": "a", "Value": "1"}]
    assert first["HasMoreTags"]
    assert client.list_tags_for_resource(ResourceARN=arn())["Tags"] == [
        {"Key": "a", "Value": "1"},
        {"Key": "c", "Value": "3"},
    ]


def test_a_stream_has_a_policy_or_an_empty_one(cloud):
    client = stream(cloud)
    policy = '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "kinesis:PutRecord"}]}'

    assert client.get_resource_policy(ResourceARN=arn())["Policy"] == "{}"
    client.put_resource_policy(ResourceARN=arn(), Policy=policy)
    assert client.get_resource_policy(ResourceARN=arn())["Policy"] == policy
    client.delete_resource_policy(ResourceARN=arn())
    assert client.get_resource_policy(ResourceARN=arn())["Policy"] == "{}"


def test_what_is_not_built_is_refused_by_name(cloud):
    client = stream(cloud)

    code, message = refusal(client.update_stream_warm_throughput, StreamName="orders", WarmThroughputMiBps=1)

    assert code == "NotImplemented"
    assert "UpdateStreamWarmThroughput" in message
