"""A client, a group and a stream for the tests of CloudWatch Logs."""

import pytest


@pytest.fixture
def logs(cloud):
    return cloud.client("logs")


@pytest.fixture
def group(logs):
    logs.create_log_group(logGroupName="/app")
    return "/app"


@pytest.fixture
def put(cloud, logs, group):
    """Writes messages into a stream of the group, a millisecond apart."""
    known = set()

    def write(*messages, stream="one", at=0):
        if stream not in known:
            logs.create_log_stream(logGroupName=group, logStreamName=stream)
            known.add(stream)
        start = int(cloud.now * 1000) + at
        events = [{"timestamp": start + place, "message": message} for place, message in enumerate(messages)]
        return logs.put_log_events(logGroupName=group, logStreamName=stream, logEvents=events)

    return write
