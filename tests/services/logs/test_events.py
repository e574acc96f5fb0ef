"""Events: written, read page by page, filtered."""

import json

import pytest

from tests.services.logs.asking import messages, refused


def test_events_are_read_forwards_and_backwards(logs, group, put):
    put(*"abcde")
    how = {"logGroupName": group, "logStreamName": "one", "limit": 2}

    head = logs.get_log_events(**how, startFromHead=True)
    further = logs.get_log_events(**how, nextToken=head["nextForwardToken"])
    tail = logs.get_log_events(**how)
    before = logs.get_log_events(**how, nextToken=tail["nextBackwardToken"])

    assert (messages(head), messages(further)) == (["a", "b"], ["c", "d"])
    assert (messages(tail), messages(before)) == (["d", "e"], ["b", "c"])
    assert head["nextForwardToken"].startswith("f/")
    assert head["nextBackwardToken"].startswith("b/")


def test_at_the_end_the_token_stays_the_same_until_something_comes(logs, group, put):
    put("a")
    how = {"logGroupName": group, "logStreamName": "one"}
    token = logs.get_log_events(**how, startFromHead=True)["nextForwardToken"]

    nothing = logs.get_log_events(**how, nextToken=token)
    put("b", at=1)
    something = logs.get_log_events(**how, nextToken=token)

    assert (messages(nothing), nothing["nextForwardToken"]) == ([], token)
    assert messages(something) == ["b"]


def test_events_are_read_in_the_order_of_their_times(logs, group, put):
    put("late", at=1000)
    put("early")

    assert messages(logs.get_log_events(logGroupName=group, logStreamName="one")) == ["early", "late"]


def test_a_span_of_time_begins_with_its_start_and_ends_before_its_end(cloud, logs, group, put):
    put(*"abc")
    now = int(cloud.now * 1000)

    answer = logs.get_log_events(logGroupName=group, logStreamName="one", startTime=now + 1, endTime=now + 2)

    assert messages(answer) == ["b"]


def test_a_token_that_is_none_is_refused(logs, group, put):
    put("a")

    assert refused(logs.get_log_events, logGroupName=group, logStreamName="one", nextToken="invalid") == (
        "InvalidParameterException",
        "The specified nextToken is invalid.",
    )


def test_events_of_a_batch_come_in_order(cloud, logs, group, put):
    put("a")
    now = int(cloud.now * 1000)
    events = [{"timestamp": now + 1, "message": "b"}, {"timestamp": now, "message": "a"}]

    assert refused(logs.put_log_events, logGroupName=group, logStreamName="one", logEvents=events) == (
        "InvalidParameterException",
        "Log events in a single PutLogEvents request must be in chronological order.",
    )


def test_events_too_early_or_too_late_are_told_apart(cloud, logs, group, put):
    put("a")
    day = 86_400_000
    now = int(cloud.now * 1000)

    def rejected(*offsets):
        events = [{"timestamp": now + offset, "message": "x"} for offset in offsets]
        answer = logs.put_log_events(logGroupName=group, logStreamName="one", logEvents=events)
        return answer.get("rejectedLogEventsInfo")

    assert rejected(0, 3 * 3_600_000) == {"tooNewLogEventStartIndex": 1}
    assert rejected(-15 * day, -14 * day) == {"tooOldLogEventEndIndex": 1}
    assert rejected(0) is None
    logs.put_retention_policy(logGroupName=group, retentionInDays=3)
    assert rejected(-4 * day, -4 * day + 1) == {"expiredLogEventEndIndex": 2}


def test_a_batch_is_no_larger_than_a_mebibyte(cloud, logs, group, put):
    put("a")
    events = [{"timestamp": int(cloud.now * 1000), "message": "x" * 600_000}] * 2

    code, words = refused(logs.put_log_events, logGroupName=group, logStreamName="one", logEvents=events)

    assert (code, words) == ("InvalidParameterException", "Upload too large: 1200052 bytes exceeds limit of 1048576")


def test_streams_are_filtered_together_in_the_order_of_time(logs, group, put):
    put("a1", at=0, stream="a")
    put("b1", at=1, stream="b")
    put("a2", at=2, stream="a")

    found = logs.filter_log_events(logGroupName=group)
    first = logs.filter_log_events(logGroupName=group, limit=2)
    rest = logs.filter_log_events(logGroupName=group, nextToken=first["nextToken"])
    one = logs.filter_log_events(logGroupName=group, logStreamNames=["b"])

    assert messages(found) == ["a1", "b1", "a2"]
    assert [event["logStreamName"] for event in found["events"]] == ["a", "b", "a"]
    assert (messages(first), messages(rest), messages(one)) == (["a1", "b1"], ["a2"], ["b1"])
    assert len({event["eventId"] for event in found["events"]}) == 3


def test_a_group_can_be_named_by_its_arn(logs, put):
    put("a")
    arn = "arn:aws:logs:us-east-1:000000000000:log-group:/app"

    assert messages(logs.filter_log_events(logGroupIdentifier=arn)) == ["a"]


def test_no_more_than_ten_thousand_events_may_be_asked_for(logs, group):
    code, words = refused(logs.filter_log_events, logGroupName=group, limit=10001)

    assert code == "InvalidParameterException"
    assert words.endswith(
        "Value '10001' at 'limit' failed to satisfy constraint: Member must have value less than or equal to 10000"
    )


JSON = json.dumps({"code": 503, "path": "/a/b", "user": {"id": None, "tags": ["x", "y"]}, "ok": False})
ACCESS = '127.0.0.1 - frank [10/Oct/2000:13:25:15 -0700] "GET /logo.gif HTTP/1.0" 404 1534'


@pytest.mark.parametrize(
    ("pattern", "message", "matches"),
    [
        ("", "anything", True),
        ("ERROR", "an ERROR came", True),
        ("ERROR", "an error came", False),
        ("ERROR disk", "ERROR on disk", True),
        ("ERROR disk", "ERROR on tape", False),
        ('"on disk"', "ERROR on disk", True),
        ("ERROR -disk", "ERROR on disk", False),
        ("?ERROR ?WARN", "a WARN", True),
        ("?ERROR ?WARN", "an INFO", False),
        (r"%4\d\d%", "status 404", True),
        (r"%4\d\d%", "status 504", False),
        ("{ $.code = 503 }", JSON, True),
        ("{ $.code > 503 }", JSON, False),
        ('{ $.code >= 5e2 && $.path = "/a/*" }', JSON, True),
        ('{ ($.code = 1) || ($.path != "/x") }', JSON, True),
        ("{ $.user.id IS NULL }", JSON, True),
        ("{ $.ok IS FALSE }", JSON, True),
        ("{ $.ok IS TRUE }", JSON, False),
        ("{ $.trace NOT EXISTS }", JSON, True),
        ('{ $.trace != "a" }', JSON, False),
        ("{ $.user.tags[1] = y }", JSON, True),
        ('{ $.user.tags[*] = "x" }', JSON, True),
        ("{ $.path = %^/a% }", JSON, True),
        ("{ $.code = 503 }", "no JSON", False),
        ("[ip, id, user, time, request, status=4*, size]", ACCESS, True),
        ("[ip, id, user, time, request, status=5*, size]", ACCESS, False),
        ("[ip, id, user, time, request, status, size > 1000]", ACCESS, True),
        ("[ip, id]", ACCESS, False),
        ("[ip, ..., status = 404 || status = 500, size]", ACCESS, True),
        ("[..., request = *logo*, status, size]", ACCESS, True),
    ],
)
def test_patterns_choose(logs, pattern, message, matches):
    if not pattern:
        pattern = " "
    answer = logs.test_metric_filter(filterPattern=pattern, logEventMessages=[message])

    assert bool(answer["matches"]) is matches


@pytest.mark.parametrize("pattern", ["{ $.a = }", "{ $.a = 1", "[a, b", "{ a = 1 }", "[..., a, ...]", "%(%"])
def test_a_pattern_that_is_none_is_refused(logs, group, pattern):
    assert refused(logs.filter_log_events, logGroupName=group, filterPattern=pattern) == (
        "InvalidParameterException",
        "Invalid filter pattern",
    )


def test_a_pattern_tells_what_it_saw(logs):
    fields = logs.test_metric_filter(filterPattern="[level, text]", logEventMessages=["WARN full"])["matches"]
    values = logs.test_metric_filter(filterPattern="{ $.code > 500 }", logEventMessages=["{}", JSON])["matches"]

    assert fields == [
        {"eventNumber": 1, "eventMessage": "WARN full", "extractedValues": {"$level": "WARN", "$text": "full"}}
    ]
    assert [(match["eventNumber"], match["extractedValues"]) for match in values] == [(2, {"$.code": "503"})]
