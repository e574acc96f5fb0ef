"""Log groups and streams."""

from tests.services.logs.asking import messages, refused


def test_a_group_is_shown_as_aws_shows_it(cloud, logs):
    logs.create_log_group(logGroupName="/app", kmsKeyId="arn:aws:kms:us-east-1:000000000000:key/k", tags={"a": "b"})

    [shown] = logs.describe_log_groups()["logGroups"]

    assert shown == {
        "logGroupName": "/app",
        "creationTime": int(cloud.now * 1000),
        "metricFilterCount": 0,
        "arn": "arn:aws:logs:us-east-1:000000000000:log-group:/app:*",
        "logGroupArn": "arn:aws:logs:us-east-1:000000000000:log-group:/app",
        "storedBytes": 0,
        "kmsKeyId": "arn:aws:kms:us-east-1:000000000000:key/k",
        "logGroupClass": "STANDARD",
        "deletionProtectionEnabled": False,
    }
    assert logs.list_tags_log_group(logGroupName="/app")["tags"] == {"a": "b"}


def test_a_group_is_made_once(logs, group):
    assert refused(logs.create_log_group, logGroupName=group) == (
        "ResourceAlreadyExistsException",
        "The specified log group already exists",
    )


def test_groups_are_found_by_prefix_or_pattern_and_in_pages(logs):
    for name in ("/a/one", "/a/two", "/b/One"):
        logs.create_log_group(logGroupName=name)

    def names(**how):
        return [each["logGroupName"] for each in logs.describe_log_groups(**how)["logGroups"]]

    first = logs.describe_log_groups(limit=2)
    assert names(logGroupNamePrefix="/a") == ["/a/one", "/a/two"]
    assert names(logGroupNamePattern="one") == ["/a/one", "/b/One"]
    assert names(limit=2, nextToken=first["nextToken"]) == ["/b/One"]
    assert [each["logGroupName"] for each in logs.list_log_groups(logGroupNamePattern="^/b/")["logGroups"]] == [
        "/b/One"
    ]
    assert refused(logs.describe_log_groups, logGroupNamePrefix="a", logGroupNamePattern="b") == (
        "InvalidParameterException",
        "LogGroup name prefix and LogGroup name pattern are mutually exclusive parameters.",
    )


def test_what_is_not_there_is_named(logs, group):
    assert refused(logs.create_log_stream, logGroupName="/no", logStreamName="s") == (
        "ResourceNotFoundException",
        "The specified log group does not exist.",
    )
    assert refused(logs.get_log_events, logGroupName=group, logStreamName="no") == (
        "ResourceNotFoundException",
        "The specified log stream does not exist.",
    )


def test_a_deleted_group_takes_its_events_along(logs, group, put):
    put("old")

    logs.delete_log_group(logGroupName=group)
    logs.create_log_group(logGroupName=group)
    logs.create_log_stream(logGroupName=group, logStreamName="one")

    assert messages(logs.get_log_events(logGroupName=group, logStreamName="one")) == []


def test_streams_are_ordered_by_name_or_by_their_last_event(logs, group, put):
    put("a", stream="first", at=5000)
    put("b", stream="second")

    def names(**how):
        return [each["logStreamName"] for each in logs.describe_log_streams(logGroupName=group, **how)["logStreams"]]

    assert names() == ["first", "second"]
    assert names(orderBy="LastEventTime") == ["second", "first"]
    assert names(orderBy="LastEventTime", descending=True, limit=1) == ["first"]
    assert names(logStreamNamePrefix="sec") == ["second"]
    assert refused(logs.describe_log_streams, logGroupName=group, orderBy="LastEventTime", logStreamNamePrefix="s")[
        1
    ] == ("Cannot order by LastEventTime with a logStreamNamePrefix.")


def test_a_stream_knows_its_first_and_last_event(cloud, logs, group, put):
    put("a", "b")

    [stream] = logs.describe_log_streams(logGroupName=group)["logStreams"]

    now = int(cloud.now * 1000)
    assert (stream["firstEventTimestamp"], stream["lastEventTimestamp"]) == (now, now + 1)
    assert (stream["lastIngestionTime"], stream["storedBytes"]) == (now, 0)
    assert stream["arn"].endswith(":log-group:/app:log-stream:one")


def test_events_older_than_the_retention_are_gone(cloud, logs, group, put):
    put("old")
    logs.put_retention_policy(logGroupName=group, retentionInDays=1)
    cloud.advance(hours=23)
    assert messages(logs.filter_log_events(logGroupName=group)) == ["old"]

    cloud.advance(hours=2)
    put("new")

    assert messages(logs.filter_log_events(logGroupName=group)) == ["new"]
    logs.delete_retention_policy(logGroupName=group)
    assert messages(logs.filter_log_events(logGroupName=group)) == ["new"]


def test_not_every_number_of_days_is_a_retention(logs, group):
    code, words = refused(logs.put_retention_policy, logGroupName=group, retentionInDays=2)

    assert code == "InvalidParameterException"
    assert words.startswith("1 validation error detected: Value '2' at 'retentionInDays'")


def test_tags_are_the_same_in_both_apis(logs, group):
    arn = "arn:aws:logs:us-east-1:000000000000:log-group:/app"
    logs.tag_resource(resourceArn=arn, tags={"a": "1", "b": "2"})
    logs.untag_log_group(logGroupName=group, tags=["a"])

    assert logs.list_tags_for_resource(resourceArn=arn)["tags"] == {"b": "2"}


def test_a_stream_that_is_deleted_and_made_again_knows_nothing_of_before(logs, group, put):
    put("early")
    logs.describe_log_streams(logGroupName=group)
    logs.delete_log_stream(logGroupName=group, logStreamName="one")
    logs.create_log_stream(logGroupName=group, logStreamName="one")

    [stream] = logs.describe_log_streams(logGroupName=group)["logStreams"]

    assert "firstEventTimestamp" not in stream
    [described] = logs.describe_log_groups(logGroupNamePrefix=group)["logGroups"]
    assert described["storedBytes"] == 0
