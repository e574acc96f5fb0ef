"""
The seam between the engine and the machine: a host starts environments, an environment runs one invocation at a time.
"""

from __future__ import annotations

from enum import Enum
from typing import Literal, Protocol

import msgspec

from windtunnel.engine.spec import Invocation, Outcome, Spec
from windtunnel.engine.streaming import Stream

Grade = Literal["enforced", "sampled", "absent"]


class State(Enum):
    """
    INIT → IDLE ⇄ BUSY; any → DEAD. A failed process leaves an environment IDLE: the next invocation initialises it
    again.
    """

    INIT = "init"
    IDLE = "idle"
    BUSY = "busy"
    DEAD = "dead"


class Limit(msgspec.Struct, frozen=True):
    """How far one property of AWS's environment holds on this machine, and why or how."""

    grade: Grade
    reason: str


class Enforcement(msgspec.Struct, frozen=True):
    """What a host really enforces. Nothing above pretends more."""

    processes: Limit
    """Other processes cannot be seen, and nothing of the function outlives its environment."""
    files: Limit
    """The code is read-only, and nothing of the machine but the system's programs can be seen."""
    ephemeral_storage: Limit
    """/tmp is the environment's own and has its size."""
    memory: Limit
    cpu: Limit
    pids: Limit
    freezing: Limit
    """Between invocations nothing of the function runs."""
    network: Limit


class Environment(Protocol):
    """One execution environment. What callers may rely on is the same for every host."""

    @property
    def id(self) -> str: ...

    @property
    def spec(self) -> Spec: ...

    @property
    def state(self) -> State: ...

    async def ready(self) -> bool:
        """
        Wait for the end of the initialisation; whether it succeeded. A failed one is repeated by the next `invoke`.
        """

    async def invoke(self, invocation: Invocation, stream: Stream | None = None) -> Outcome:
        """
        Run one invocation; a second one meanwhile is refused with RuntimeError, and so is one after the end. Whatever
        the function does, there is an outcome, at the latest when its timeout has passed. A function that crashed or
        overran starts anew with the next invocation, in the same environment: /tmp is kept, the memory is not. One that
        was restored from a snapshot is DEAD then, and so is one that could not be restored: the outcome's `refusal` says so.

        With a `stream` the answer goes there as the function writes it, in one piece where it does not stream; the
        payload of the outcome of a streamed answer is empty. Without one a streamed answer is gathered.
        """

    @property
    def settled(self) -> bool:
        """Whether extensions are done with the last invocation; its answer may be there before."""

    async def settle(self) -> None:
        """Returns when that is so: the environment is free for the next invocation then."""

    async def stop(self, reason: str) -> None:
        """Idempotent. Returns when nothing of it is left running; an invocation under way ends as a crash."""


class Host(Protocol):
    """Starts environments on this machine."""

    async def start(self, spec: Spec, initialization: str = "on-demand") -> Environment:
        """A new environment, its initialisation begun. Raises LookupError when the machine cannot run that runtime."""

    async def expect(self, spec: Spec) -> None:
        """
        Start now what the first environment of this kind would have to wait for. Raises LookupError as `start` does.
        """

    async def snapshot(self, spec: Spec) -> str:
        """
        Initialise a function once, for the environments of it that are started from then on, where its spec wants that.
        Returns what went wrong: an error type of AWS's, `timeout`, or nothing. Raises LookupError as `start` does. Who does
        not call it finds it done at the first `start`.
        """

    async def retire(self, function_arn: str, version: str) -> None:
        """
        What was kept for new environments of this function, of one version where that is named, is not used any more,
        and ends with the last environment that needs it.
        """

    async def enforcement(self) -> Enforcement:
        """What is enforced for the environments that `start` returns."""

    async def close(self) -> None:
        """Idempotent. Returns when no process and no file of it is left."""
