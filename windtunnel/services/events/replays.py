"""Replays: the events of an archive come to their bus again. AWS: eventbridge/latest/userguide/eb-replay-archived-event.html"""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from windtunnel.aws import timestamps
from windtunnel.aws.errors import ApiError
from windtunnel.aws.paging import page
from windtunnel.kernel.tables import Table
from windtunnel.services.events.buses import EventTables, not_found
from windtunnel.services.events.facts import ReplayEnded
from windtunnel.services.events.records import Replay

MOST_AT_ONCE = 10
_ACTIVE = ("STARTING", "RUNNING", "CANCELLING")
_AT_A_TIME = 100


class Replays(EventTables):
    replays = Table(Replay, key="name")

    def resume(self) -> None:
        """After a restart, a replay goes on where it was."""
        for replay in self.replays.all():
            if replay.state in _ACTIVE:
                self._run(replay)

    def start_replay(
        self, ctx, ReplayName, EventSourceArn, EventStartTime, EventEndTime, Destination, Description=""
    ):  # fmt: skip
        if self.replays.get(ReplayName) is not None:
            raise ApiError("ResourceAlreadyExistsException", f"Replay {ReplayName} already exists.")
        archive = self.noun("Archives").archive_at(EventSourceArn.rpartition("archive/")[2])
        bus = self.bus_at(Destination["Arn"])
        if bus.name != archive.bus:
            raise _invalid("Parameter Destination.Arn is not valid. Reason: Cross event bus replay is not permitted.")
        begin_at, end_at = timestamps.seconds(EventStartTime), timestamps.seconds(EventEndTime)
        if begin_at >= end_at:
            raise _invalid(
                "Parameter EventEndTime is not valid. Reason: EventStartTime must be before EventEndTime."
            )  # fmt: skip
        if sum(replay.state in _ACTIVE for replay in self.replays.all()) >= MOST_AT_ONCE:
            raise ApiError("LimitExceededException", "The requested resource exceeds the maximum number allowed.")
        replay = Replay(
            name=ReplayName, arn=self.home.arn("events", f"replay/{ReplayName}"), archive=archive.name,
            source=archive.arn, destination=dict(Destination), begin_at=begin_at, end_at=end_at,
            started_at=self.clock.now(), description=Description or "",
        )  # fmt: skip
        self._run(self.replays.put(replay))
        return {"ReplayArn": replay.arn, "State": replay.state, "ReplayStartTime": replay.started_at}

    def describe_replay(self, ctx, ReplayName):
        replay = self._replay_at(ReplayName)
        shown = {"ReplayArn": replay.arn, "Destination": replay.destination, **_shown(replay)}
        return {**shown, **({"Description": replay.description} if replay.description else {})}

    def list_replays(self, ctx, NamePrefix="", State=None, EventSourceArn=None, NextToken=None, Limit=None):
        found = [
            _shown(replay)
            for replay in sorted(self.replays.all(), key=lambda each: each.name)
            if replay.name.startswith(NamePrefix or "")
            and State in (None, replay.state)
            and EventSourceArn in (None, replay.source)
        ]
        return page("Replays", found, NextToken, Limit)

    def cancel_replay(self, ctx, ReplayName):
        replay = self._replay_at(ReplayName)
        if replay.state not in ("STARTING", "RUNNING"):
            raise ApiError("IllegalStatusException", f"Replay {ReplayName} is not in a valid state for this operation.")
        self.replays.put(replace(replay, state="CANCELLING"))
        return {"ReplayArn": replay.arn, "State": "CANCELLING"}

    def _replay_at(self, name: str) -> Replay:
        found = self.replays.get(name)
        if found is None:
            raise not_found(f"Replay {name} does not exist.")
        return found

    def _run(self, replay: Replay) -> None:
        self.home.spawn(self._replayed(replay.name), f"replay {replay.name}")

    async def _replayed(self, name: str) -> None:
        """Each event is noted once it has been handed over: after a crash, one may come twice, none is left out."""
        archived, arrive = self.noun("Archives").archived, self.noun("Entries").arrive
        replay = self._replay_at(name)
        if replay.state == "STARTING":
            replay = self.replays.put(replace(replay, state="RUNNING"))
        bus, rules = replay.destination["Arn"], tuple(replay.destination.get("FilterArns") or ())
        position, brought = replay.position, 0
        with self.clock.working():
            while batch := archived.read(replay.archive, position, _AT_A_TIME):
                for at, kept in batch:
                    position = at + 1
                    if not replay.begin_at <= kept.at < replay.end_at:
                        continue
                    if self._replay_at(name).state == "CANCELLING":
                        self._end(replay, "CANCELLED", brought)
                        return
                    await arrive(bus, {**kept.event, "replay-name": name}, only=rules)
                    brought += 1
                    replay = replace(replay, position=position, last_at=kept.at)
                    self.replays.put(replace(replay, state=self._replay_at(name).state))
            self._end(replay, "COMPLETED", brought)

    def _end(self, replay: Replay, state: str, brought: int) -> None:
        self.replays.put(replace(replay, state=state, ended_at=self.clock.now()))
        self.home.record(ReplayEnded(replay.name, replay.archive, state, brought))


def _shown(replay: Replay) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "ReplayName": replay.name, "EventSourceArn": replay.source, "State": replay.state,
        "EventStartTime": replay.begin_at, "EventEndTime": replay.end_at, "ReplayStartTime": replay.started_at,
    }  # fmt: skip
    if replay.last_at:
        shown["EventLastReplayedTime"] = replay.last_at
    if replay.ended_at:
        shown["ReplayEndTime"] = replay.ended_at
    return shown


def _invalid(message: str) -> ApiError:
    return ApiError("ValidationException", message)
