"""What Step Functions stores. Times are seconds since the epoch."""

from __future__ import annotations

from typing import Any

import msgspec

from windtunnel.services.stepfunctions.language.outcomes import Work

STANDARD, EXPRESS = "STANDARD", "EXPRESS"
RUNNING, SUCCEEDED, FAILED, TIMED_OUT, ABORTED = "RUNNING", "SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED"


class Machine(msgspec.Struct, frozen=True, kw_only=True):
    """A state machine. `revision` names the revision that new executions get, empty for the first one."""

    arn: str
    name: str
    kind: str
    created_at: float
    revision: str = ""
    tags: dict[str, str] = {}
    versions_made: int = 0
    is_deleting: bool = False


class Revision(msgspec.Struct, frozen=True, kw_only=True):
    """What a machine was at one time; executions keep theirs."""

    machine: str
    id: str
    definition: str
    role: str
    updated_at: float
    logging: dict[str, Any] = {}
    tracing: dict[str, Any] = {}
    encryption: dict[str, Any] = {}


class Version(msgspec.Struct, frozen=True, kw_only=True):
    machine: str
    number: int
    revision: str
    created_at: float
    description: str = ""


class Alias(msgspec.Struct, frozen=True, kw_only=True):
    """`routes` are ARNs of versions with their weights, which are 100 in all."""

    machine: str
    name: str
    created_at: float
    updated_at: float
    routes: tuple[tuple[str, int], ...]
    description: str = ""


class Execution(msgspec.Struct, frozen=True, kw_only=True):
    """`input` and `output` are JSON as it was given. `parent` is the map run that it belongs to, if it does."""

    arn: str
    machine: str
    machine_name: str
    name: str
    kind: str
    revision: str
    role: str
    input: str
    started_at: float
    status: str = RUNNING
    stopped_at: float = 0.0
    output: str = ""
    error: str | None = None
    cause: str | None = None
    trace: str = ""
    version: str = ""
    alias: str = ""
    map_run: str = ""
    index: int = 0
    place: tuple[str | int, ...] = ()
    """Of the child of a map run: which flow of the machine it runs."""
    variables: dict[str, Any] = {}
    redrives: int = 0
    redriven_at: float = 0.0
    redrive_token: str = ""


class Line(msgspec.Struct, kw_only=True):
    """
    A line of states: the execution itself, a branch, an iteration. Only its execution changes it; what is stored is a copy.

    `place` says which flow it runs (`language/machines.py`). `event` is the last event of the line, `before` the one before the
    state was entered, `entered` that of its entry. `turn` counts what the line waited for: an answer to an earlier one is void.
    """

    execution: str
    number: int
    state: str
    input: Any
    parent: int = -1
    index: int = 0
    place: tuple[str | int, ...] = ()
    text: str = ""
    variables: dict[str, Any] = {}
    item: dict[str, Any] | None = None
    event: int = 0
    before: int = 0
    entered: int = 0
    entered_at: float = 0.0
    retries: tuple[int, ...] = ()
    phase: str = "ready"
    turn: int = 0
    until: float = 0.0
    work: Work | None = None
    token: str = ""
    was_taken: bool = False
    was_submitted: bool = False
    expires_at: float = 0.0
    heartbeat_at: float = 0.0
    early: tuple[Any, ...] | None = None
    output: str = ""


class ForkRecord(msgspec.Struct, frozen=True, kw_only=True):
    """What a line forked into: the inputs of its iterations, and how many run at a time."""

    execution: str
    number: int
    inputs: list[Any]
    items: list[Any]
    limit: int = 0


class Event(msgspec.Struct, frozen=True):
    """An event of a history; `details` under the member's name, empty for an event without."""

    type: str
    previous: int
    at: float
    member: str = ""
    details: dict[str, Any] = {}


class Chapter(msgspec.Struct, frozen=True):
    """The events of an execution that came in one step."""

    execution: str
    events: list[Event]


class Activity(msgspec.Struct, frozen=True, kw_only=True):
    arn: str
    name: str
    created_at: float
    tags: dict[str, str] = {}
    encryption: dict[str, Any] = {}


class MapRun(msgspec.Struct, frozen=True, kw_only=True):
    """
    A distributed Map at work. `inputs` are those of its executions; `parts` says how many items each of them holds.

    `place` and `variables` are what its executions begin with; `writer` where their results go, if not into the state's output.
    """

    arn: str
    execution: str
    machine: str
    line: int
    label: str
    started_at: float
    kind: str
    place: tuple[str | int, ...]
    variables: dict[str, Any]
    inputs: list[Any] = []
    parts: list[int] = []
    is_read: bool = False
    status: str = RUNNING
    stopped_at: float = 0.0
    at_a_time: int = 0
    tolerated: int = 0
    tolerated_percentage: float = 0.0
    tolerates: bool = False
    writer: dict[str, Any] | None = None
    written: int = 0
    redrives: int = 0
    redriven_at: float = 0.0
