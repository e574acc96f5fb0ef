"""
Archives of FIFO topics, and replays of them to a subscription.

    publish ─► archive (for as many days as the ArchivePolicy says) ─► … ─► ReplayPolicy of a subscription ─► its queue again
                                                                             caught up ─► new messages as they come

While a replay goes on, what is published anew waits in the archive for its turn: the order of each group is kept.
AWS: sns/latest/dg/message-archiving-and-replay-topic-owner.html, .../message-archiving-and-replay-subscriber.html
"""

from __future__ import annotations

import json
from typing import Any

from msgspec.structs import replace

from windtunnel.aws import timestamps
from windtunnel.kernel.streams import Stream
from windtunnel.kernel.tables import Table
from windtunnel.services.sns import filters
from windtunnel.services.sns.facts import TopicReplayEnded
from windtunnel.services.sns.records import Notification, Replay, Subscription, Topic
from windtunnel.services.sns.topics import SnsTables, invalid, parsed

_DAY_S = 86_400
_AT_A_TIME = 100
_ACTIVE = ("Pending", "In progress")


class Archives(SnsTables):
    archived = Stream(Notification, within="topic")
    replays = Table(Replay, key="subscription")

    def resume(self) -> None:
        """After a restart, a replay goes on where it was."""
        for replay in self.replays.all():
            if replay.status in _ACTIVE:
                self._start(replay)

    def keep(self, topic: Topic, notification: Notification) -> None:
        """Part of the step that is open."""
        if topic.archive_days:
            self.archived.append(notification)
            self._drop_old(topic)

    def drop(self, topic: Topic) -> None:
        """The topic is not archived any more, or gone."""
        self.archived.drop(topic.name)

    def begins_at(self, topic: Topic) -> float:
        """The earliest time from which messages can be replayed."""
        return max(topic.archived_since, self.clock.now() - topic.archive_days * _DAY_S)

    def replay(self, topic: Topic, subscription: Subscription, policy: str) -> None:
        """Begin a replay, in place of one that is under way; an empty policy ends it."""
        if not policy or policy == "{}":
            self.forget(subscription)
            return
        start, end = times(policy)
        if not topic.archive_days:
            raise invalid("ReplayPolicy Reason: The topic has no active ArchivePolicy")
        begin = timestamps.parse(start)
        if begin < int(self.begins_at(topic)):
            raise invalid("ReplayPolicy Reason: StartingPoint is before the BeginningArchiveTime of the topic")
        replay = Replay(
            subscription=subscription.arn, topic=topic.name, id=self.ids.uuid(), begin_at=begin,
            end_at=timestamps.parse(end) if end else 0.0,
        )  # fmt: skip
        self._start(self.replays.put(replay))

    def forget(self, subscription: Subscription) -> None:
        self.replays.delete(subscription.arn)

    def holds_back(self, subscription: Subscription) -> bool:
        """Whether what is published now will come to this subscription by its replay."""
        replay = self.replays.get(subscription.arn)
        return replay is not None and replay.status in _ACTIVE and not replay.end_at

    def status(self, subscription: Subscription) -> str:
        """Of its replay; empty for none."""
        replay = self.replays.get(subscription.arn)
        return "" if replay is None else replay.status

    def _start(self, replay: Replay) -> None:
        self.home.spawn(self._replayed(replay.subscription, replay.id), f"replay to {replay.subscription}")

    async def _replayed(self, arn: str, id: str) -> None:
        """Each message is noted once it has been handed over: after a crash, one may come twice, none is left out."""
        brought = 0
        with self.clock.working():
            while (replay := self._still(arn, id)) is not None:
                batch = self.archived.read(replay.topic, replay.position, _AT_A_TIME)
                topic = self.topics.get(replay.topic)
                if topic is None:
                    self._end(replay, "Failed", brought)
                    return
                if not batch:
                    self._end(replay, "Completed", brought)
                    return
                brought += await self._bring(topic, replay, batch)

    async def _bring(self, topic: Topic, replay: Replay, batch: list[tuple[int, Notification]]) -> int:
        brought = 0
        for position, notification in batch:
            subscription = self.subscriptions.get(topic.name, replay.subscription)
            if subscription is None or self._still(replay.subscription, replay.id) is None:
                self.replays.delete(replay.subscription)
                return brought
            late = replay.end_at and notification.published_at > replay.end_at
            if not late and notification.published_at >= replay.begin_at and filters.wants(subscription, notification):
                again = replace(notification, replayed=True)
                await self.noun("Deliveries").deliver(topic, again, [subscription])
                brought += 1
            if self._still(replay.subscription, replay.id) is not None:
                replay = self.replays.put(replace(replay, status="In progress", position=position + 1))
        return brought

    def _still(self, arn: str, id: str) -> Replay | None:
        """The replay, unless another one has taken its place."""
        replay = self.replays.get(arn)
        return replay if replay is not None and replay.id == id and replay.status in _ACTIVE else None

    def _end(self, replay: Replay, status: str, brought: int) -> None:
        self.replays.put(replace(replay, status=status))
        self.home.record(TopicReplayEnded(replay.topic, replay.subscription, status, brought))

    def _drop_old(self, topic: Topic) -> None:
        oldest_at = self.clock.now() - topic.archive_days * _DAY_S
        start = self.archived.begin(topic.name)
        while (first := self.archived.read(topic.name, start, 1)) and first[0][1].published_at < oldest_at:
            start = first[0][0] + 1
        self.archived.trim(topic.name, before=start)


def times(policy: str) -> tuple[str, str]:
    """Where a replay begins and ends; the end is empty where there is none. Raises InvalidParameter."""
    found: Any = parsed(policy, "ReplayPolicy")
    if not isinstance(found, dict) or found.get("PointType") != "Timestamp" or "StartingPoint" not in found:
        raise invalid("ReplayPolicy Reason: PointType must be Timestamp, and StartingPoint must be given")
    start, end = str(found["StartingPoint"]), str(found.get("EndingPoint") or "")
    for name, text in (("StartingPoint", start), ("EndingPoint", end)):
        try:
            timestamps.parse(text or "0")
        except ValueError:
            raise invalid(f"ReplayPolicy Reason: {name} is not a timestamp: {json.dumps(text)}") from None
    if end and timestamps.parse(end) < timestamps.parse(start):
        raise invalid("ReplayPolicy Reason: EndingPoint must not be before StartingPoint")
    return start, end
