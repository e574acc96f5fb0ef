"""Sources of stream records: what a reader may rely on, whichever stream it reads."""

import pytest

from tests.services.dynamodb.tables import made
from tests.services.dynamodb.tables import put as put_item
from tests.services.kinesis.streams import arn, put, stream
from windtunnel.aws.errors import ApiError
from windtunnel.fabric.dynamodb_shards import DynamoDBShards
from windtunnel.fabric.kinesis_shards import KinesisShards
from windtunnel.fabric.stream_records import Start


class KinesisStream:
    name = "orders"

    def __init__(self, cloud):
        self.cloud = cloud
        self.client = stream(cloud)
        self.arn = arn()

    def source(self, home):
        return KinesisShards(home, self.arn, "role")

    def put(self, name):
        put(self.client, name, key=name)

    def end(self):
        wish = {"ShardToSplit": "shardId-000000000000", "NewStartingHashKey": str(2**127)}
        self.client.split_shard(StreamName="orders", **wish)

    def drop(self):
        self.client.delete_stream(StreamName="orders")


class ChangesOfTable:
    name = "things"

    def __init__(self, cloud):
        self.cloud = cloud
        made(cloud, stream="NEW_IMAGE")
        self.client = cloud.client("dynamodb")
        self.arn = self.client.describe_table(TableName="things")["Table"]["LatestStreamArn"]

    def source(self, home):
        return DynamoDBShards(home, self.arn)

    def put(self, name):
        put_item(self.cloud, id=name)

    def end(self):
        self.client.update_table(TableName="things", StreamSpecification={"StreamEnabled": False})

    def drop(self):
        self.client.delete_table(TableName="things")
        self.cloud.advance(days=2)


class Source:
    """The methods of a source, waited for on the cloud's loop."""

    def __init__(self, cloud, given):
        self._cloud = cloud
        self._source = given.source(cloud.inside.home("000000000000", "us-east-1"))

    def __getattr__(self, name):
        return lambda *args: self._cloud.run(lambda: getattr(self._source, name)(*args))


@pytest.fixture(params=[KinesisStream, ChangesOfTable])
def given(cloud, request):
    return request.param(cloud)


@pytest.fixture
def source(cloud, given):
    return Source(cloud, given)


@pytest.fixture
def shard(source):
    [shard] = source.shards()
    return shard.id


def keys(records):
    return [record.key for record in records]


def test_a_shard_that_can_be_written_to_is_open(source):
    [shard] = source.shards()

    assert shard.open
    assert shard.parents == ()


def test_reading_goes_on_where_it_ended(source, shard, given):
    for name in "abc":
        given.put(name)

    first, place = source.read(shard, source.open(shard, Start("TRIM_HORIZON")), 2)
    rest, place = source.read(shard, place, 10)
    none, _ = source.read(shard, place, 10)

    assert [len(each) for each in (first, rest, none)] == [2, 1, 0]
    assert len({record.sequence for record in first + rest}) == 3
    assert all(record.at and record.size and record.event for record in first + rest)


def test_records_of_one_thing_have_one_key(source, shard, given):
    for name in "aba":
        given.put(name)
        given.cloud.advance(1)
    if given.name == "things":  # an item that does not change is no change
        given.client.delete_item(TableName="things", Key={"id": {"S": "a"}})

    records, _ = source.read(shard, source.open(shard, Start("TRIM_HORIZON")), 10)

    assert keys(records)[0] == keys(records)[2] != keys(records)[1]


def test_latest_is_after_everything_that_is_there(source, shard, given):
    given.put("old")
    place = source.open(shard, Start("LATEST"))
    given.put("new")

    records, _ = source.read(shard, place, 10)

    assert len(records) == 1


def test_a_place_is_found_again_by_the_last_record(source, shard, given):
    for name in "abc":
        given.put(name)
    records, _ = source.read(shard, source.open(shard, Start("TRIM_HORIZON")), 10)

    rest, _ = source.read(shard, source.after(shard, records[0].sequence), 10)

    assert rest == records[1:]


def test_after_a_record_that_is_gone_comes_the_oldest_that_is_there(source, shard, given):
    given.put("old")
    [old], _ = source.read(shard, source.open(shard, Start("TRIM_HORIZON")), 10)
    given.cloud.advance(hours=25)
    given.put("new")

    records, _ = source.read(shard, source.after(shard, old.sequence), 10)

    assert len(records) == 1
    assert records[0].sequence > old.sequence


def test_the_end_of_a_closed_shard_has_no_place_after_it(source, shard, given):
    given.put("a")
    given.end()

    records, place = source.read(shard, source.open(shard, Start("TRIM_HORIZON")), 10)

    assert len(records) == 1
    assert place is None
    assert not source.shards()[0].open


def test_a_place_that_is_too_old_is_said_to_have_expired(source, shard, given):
    place = source.open(shard, Start("TRIM_HORIZON"))
    given.cloud.advance(minutes=16)

    with pytest.raises(ApiError) as failing:
        source.read(shard, place, 10)

    assert failing.value.code == "ExpiredIteratorException"


def test_a_stream_that_is_gone_is_not_found(source, given):
    given.drop()

    with pytest.raises(ApiError) as failing:
        source.shards()

    assert failing.value.code == "ResourceNotFoundException"


def test_news_of_a_shard_fire_at_every_record_and_at_its_end(cloud, source, shard, given):
    fired = []

    async def listen():
        home = cloud.inside.home("000000000000", "us-east-1")
        home.signal(given.source(home).news(shard)).listen(lambda: fired.append(1))

    cloud.run(listen)
    given.put("a")
    after_record = len(fired)
    given.end()

    assert after_record >= 1
    assert len(fired) > after_record


def test_records_are_kept_for_a_day_at_least(source):
    assert source.retention_s() >= 86_400
