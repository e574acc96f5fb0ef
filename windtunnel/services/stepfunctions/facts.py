"""What Step Functions tells the recorder."""

from __future__ import annotations

from windtunnel.kernel.recorder import Fact


class ExecutionStarted(Fact, frozen=True):
    machine: str
    execution: str
    kind: str


class StateEntered(Fact, frozen=True):
    """A transition: the state of this name began."""

    machine: str
    execution: str
    state: str
    type: str


class StateRetried(Fact, frozen=True):
    """A state failed and will be tried again at `next_at`."""

    machine: str
    execution: str
    state: str
    error: str
    attempt: int
    next_at: float


class StateCaught(Fact, frozen=True):
    """A state failed, and the execution goes on elsewhere."""

    machine: str
    execution: str
    state: str
    error: str
    next: str


class TaskDone(Fact, frozen=True):
    """A resource was called; `error` is empty when it succeeded."""

    machine: str
    execution: str
    state: str
    resource: str
    seconds: float
    error: str


class ExecutionEnded(Fact, frozen=True):
    """`status` is SUCCEEDED, FAILED, TIMED_OUT or ABORTED; `events` is how long the history became."""

    machine: str
    execution: str
    kind: str
    status: str
    seconds: float
    events: int
    error: str
