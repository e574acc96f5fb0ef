"""What the engine tells the recorder."""

from __future__ import annotations

from typing import Any

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


class Did(Fact, frozen=True):
    """Something a function's code did. `request_id` is empty during the initialisation."""

    function_arn: str
    environment: str
    request_id: str


class ConnectionOpened(Did, frozen=True):
    host: str
    port: int


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

    def saw(self, request_id: str, deeds: list[list[Any]], imports: list[list[Any]]) -> None:
        """The end of an invocation: deeds such as `["write", "/tmp/x"]`, and modules imported on the way."""
        self._deeds(request_id, deeds)
        for name, own_ms, total_ms, file in imports:
            imported = ModuleImported(self._function_arn, self._environment, request_id, name, own_ms, total_ms, file)
            self._recorder.record(imported)

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
