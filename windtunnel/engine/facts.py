"""What the engine tells the recorder."""

from __future__ import annotations

from typing import Any

import msgspec

from windtunnel.kernel.recorder import Fact, Recorder


class ImportedModule(Fact, frozen=True):
    """One import, with what it imported in turn (`total_ms`) and without (`own_ms`). Part of `InitFinished`."""

    module: str
    own_ms: float
    total_ms: float
    file: str


class EnvironmentStarted(Fact, frozen=True):
    function_arn: str
    version: str
    environment: str
    runtime: str
    interpreter: str
    initialization: str
    notice: str = ""
    """Said when the interpreter is not of exactly the runtime's version."""


class InitFinished(Fact, frozen=True):
    """
    An initialisation ended. `platform_ms` is what the platform needed (process, isolation, runtime), `runtime_ms`
    what the function's own code needed; `imports` lists what that code imported, innermost first.
    """

    function_arn: str
    version: str
    environment: str
    platform_ms: float
    runtime_ms: float
    succeeded: bool
    imports: tuple[ImportedModule, ...] = ()


class Invoked(Fact, frozen=True):
    function_arn: str
    version: str
    request_id: str
    environment: str
    cold: bool
    duration_ms: float
    billed_ms: int
    memory_mb: int
    memory_size_mb: int
    init_ms: float | None
    status: str
    cpu_ms: float | None = None
    """Processor time of the runtime's process; None where the runtime does not say."""
    restore_ms: float | None = None


class SnapshotTaken(Fact, frozen=True):
    """A version of a function was initialised once, for all of its environments."""

    function_arn: str
    version: str
    environment: str
    took_ms: float


class Restored(Fact, frozen=True):
    """An environment was made from a snapshot; `took_ms` has the function's own hooks in it."""

    function_arn: str
    version: str
    environment: str
    took_ms: float


class Did(Fact, frozen=True):
    """Something a function's code did. `request_id` is empty during the initialisation."""

    function_arn: str
    environment: str
    request_id: str


class ConnectionOpened(Did, frozen=True):
    host: str
    port: int


class ConnectionReused(Did, frozen=True):
    """A request over HTTP went out on a connection that this invocation has not opened."""

    host: str
    port: int


class ThreadsLeft(Did, frozen=True):
    """Threads that had not ended when the invocation had; they stand still until the next one. `names`: up to ten."""

    count: int
    names: str


class FileWritten(Did, frozen=True):
    path: str


class FileRead(Did, frozen=True):
    path: str


class SubprocessStarted(Did, frozen=True):
    command: str


class VariableRead(Did, frozen=True):
    name: str


class ClientConstructed(Did, frozen=True):
    """A boto3 client was made, which took `took_ms`."""

    service: str
    took_ms: float


class ModuleImported(Did, frozen=True):
    """A module was imported during an invocation, not during the initialisation."""

    module: str
    own_ms: float
    total_ms: float
    file: str


class EnvironmentEnded(Fact, frozen=True):
    function_arn: str
    version: str
    environment: str
    reason: str
    invocations: int


_DEEDS: dict[str, type[Fact]] = {
    "connection": ConnectionOpened,
    "reuse": ConnectionReused,
    "threads": ThreadsLeft,
    "write": FileWritten,
    "read": FileRead,
    "process": SubprocessStarted,
    "variable": VariableRead,
    "client": ClientConstructed,
}


class Witness:
    """Turns what the audit inside one environment tells into facts."""

    def __init__(self, recorder: Recorder, function_arn: str, version: str, environment: str) -> None:
        self._recorder = recorder
        self._function_arn = function_arn
        self._version = version
        self._environment = environment
        self._init: tuple[float, bool] | None = None
        self._seen: tuple[float, list[list[Any]]] | None = None

    def ended(self, payload: bytes) -> tuple[int, float | None]:
        """
        What the process says at the end of an invocation: deeds such as `["write", "/tmp/x"]`, modules imported on the
        way. Returns its memory in KiB and the processor time in ms, where it says.
        """
        request_id, resident_kb, deeds, imports, *used_us = msgspec.json.decode(payload)
        self._deeds(request_id, deeds)
        for name, own_ms, total_ms, file in imports:
            imported = ModuleImported(self._function_arn, self._environment, request_id, name, own_ms, total_ms, file)
            self._recorder.record(imported)
        return resident_kb, used_us[0] / 1000 if used_us else None

    def started(self, payload: bytes) -> int:
        """What it says at the end of the initialisation. Returns its memory in KiB."""
        runtime_ms, resident_kb, deeds, imports = msgspec.json.decode(payload)
        self.saw_init(runtime_ms, deeds, imports)
        return int(resident_kb)

    def resumed(self, payload: bytes) -> int:
        """What it says when it has been restored. Returns its memory in KiB."""
        _, resident_kb, deeds, _ = msgspec.json.decode(payload)
        self._deeds("", deeds)
        return int(resident_kb)

    def saw_init(self, runtime_ms: float, deeds: list[list[Any]], imports: list[list[Any]]) -> None:
        """The end of an initialisation as the process saw it."""
        self._deeds("", deeds)
        self._seen = (runtime_ms, imports)
        self._finish_init()

    def initialised(self, took_ms: float, succeeded: bool) -> None:
        """The same as the platform saw it; the two come in any order."""
        self._init = (took_ms, succeeded)
        if not succeeded and self._seen is None:
            self._seen = (0.0, [])
        self._finish_init()

    def _finish_init(self) -> None:
        if self._init is None or self._seen is None:
            return
        (took_ms, succeeded), (runtime_ms, imports) = self._init, self._seen
        self._init = self._seen = None
        finished = InitFinished(
            self._function_arn,
            self._version,
            self._environment,
            platform_ms=max(0.0, took_ms - runtime_ms),
            runtime_ms=runtime_ms,
            succeeded=succeeded,
            imports=tuple(ImportedModule(*each) for each in imports),
        )
        self._recorder.record(finished)

    def _deeds(self, request_id: str, deeds: list[list[Any]]) -> None:
        for what, *details in deeds:
            if kind := _DEEDS.get(what):
                self._recorder.record(kind(self._function_arn, self._environment, request_id, *details))
