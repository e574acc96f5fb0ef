"""PutLogEvents: events from clients, and which of them come too early or too late.

AWS: https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutLogEvents.html
"""

from __future__ import annotations

from windtunnel.services.logs.streams import sequence_token
from windtunnel.services.logs.writing import DAY_MS, EVENT_OVERHEAD_BYTES, LogTables, invalid

LARGEST_BATCH_BYTES = 1_048_576
AHEAD_MS = 2 * 3_600_000
BEHIND_MS = 14 * DAY_MS


class Putting(LogTables):
    inert = {
        "PutLogEvents.sequenceToken": "AWS takes any token and none.",
        "PutLogEvents.entity": "Entities are shown by the AWS console alone.",
    }

    def put_log_events(self, ctx, logGroupName, logStreamName, logEvents):
        group = self.group(logGroupName)
        stream = self.stream(group, logStreamName)
        times = [event["timestamp"] for event in logEvents]
        if any(later < earlier for earlier, later in zip(times, times[1:], strict=False)):
            raise invalid("Log events in a single PutLogEvents request must be in chronological order.")
        if times and times[-1] - times[0] > DAY_MS:
            raise invalid("The batch of log events in a single PutLogEvents request cannot span more than 24 hours.")
        size = sum(len(event["message"].encode()) + EVENT_OVERHEAD_BYTES for event in logEvents)
        if size > LARGEST_BATCH_BYTES:
            raise invalid(f"Upload too large: {size} bytes exceeds limit of {LARGEST_BATCH_BYTES}")
        now = int(self.clock.now() * 1000)
        too_new = sum(time <= now + AHEAD_MS for time in times)
        too_old = sum(time < now - BEHIND_MS for time in times)
        expired = sum(time < self.oldest_kept(group) for time in times)
        rejected = {
            "tooNewLogEventStartIndex": too_new if too_new < len(times) else None,
            "tooOldLogEventEndIndex": too_old or None,
            "expiredLogEventEndIndex": expired or None,
        }
        kept = logEvents[max(too_old, expired) : too_new]
        if kept:
            events = tuple((event["timestamp"], event["message"]) for event in kept)
            self.noun("Writing").append(group.name, stream.name, events)
        return {
            "nextSequenceToken": sequence_token(stream.arn),
            "rejectedLogEventsInfo": rejected if any(value is not None for value in rejected.values()) else None,
        }
