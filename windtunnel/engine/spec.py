"""What goes into an execution environment and what comes out of an invocation: plain values."""

from __future__ import annotations

from typing import Literal

import msgspec

Status = Literal["success", "error", "timeout", "crash"]


class Debug(msgspec.Struct, frozen=True):
    """
    A debugger is awaited in the function's process, at this port of the machine itself. Time limits do not count then, the
    function does not stand still between invocations, and has one environment at a time.
    """

    port: int
    library: str = ""
    """The folder of debugpy, for functions in Python."""


class Spec(msgspec.Struct, frozen=True):
    """
    All that an execution environment needs to know of its function. The same identity means: may share environments.
    """

    function_arn: str
    name: str
    version: str
    runtime: str
    """AWS's identifier, such as `python3.13`."""
    handler: str
    code: str
    """Folder with the unpacked package; becomes /var/task, read-only."""
    memory_mb: int = 128
    timeout_s: float = 3.0
    layers: tuple[str, ...] = ()
    """Folders, in order: merged into /opt, a later one wins."""
    environment: dict[str, str] = {}
    credentials: dict[str, str] = {}
    endpoint: str = ""
    """AWS_ENDPOINT_URL as the function sees it; none when empty."""
    ephemeral_mb: int = 512
    region: str = "us-east-1"
    account: str = "000000000000"
    log_group: str = ""
    log_stream: str = ""
    tracing: bool = False
    log_format: Literal["Text", "JSON"] = "Text"
    application_log_level: str = ""
    system_log_level: str = ""
    revision: str = ""
    """Changes whenever code or configuration does; environments of another revision are not used."""
    debug: Debug | None = None

    snap_start: bool = False
    """Its environments start from a snapshot of one that was initialised before."""

    @property
    def identity(self) -> tuple[str, str, str]:
        return self.function_arn, self.version, self.revision


class Invocation(msgspec.Struct, frozen=True):
    """One event for a function."""

    payload: bytes
    request_id: str
    function_arn: str = ""
    """The ARN as it was invoked, with the qualifier that was given; the function's own when empty."""
    trace: str = ""
    client_context: str = ""
    """JSON, as the caller's X-Amz-Client-Context decodes to."""
    identity: str = ""
    """JSON with cognitoIdentityId and cognitoIdentityPoolId, or nothing."""
    deadline: float | None = None
    """The function's time ends then (clock), if that is sooner than its own timeout."""
    tail: bool = False
    """Whether the outcome is to carry the end of the log; it then comes when the log is complete."""


class Outcome(msgspec.Struct, frozen=True):
    """What became of one invocation. A function's failure is data."""

    status: Status
    payload: bytes
    """The answer, or the error in AWS's shape."""
    error: str = ""
    """`Unhandled` when the function failed (X-Amz-Function-Error)."""
    log_tail: bytes = b""
    duration_ms: float = 0.0
    billed_ms: int = 0
    init_ms: float | None = None
    """How long the initialisation took that this invocation had to wait for; None when it found the function ready."""
    memory_mb: int = 0
    """The most that the environment has used so far."""
    cold: bool = False
    """This is the first invocation of its environment."""
    restore_ms: float | None = None
    """How long a snapshot took to be restored that this invocation had to wait for."""
    refusal: str = ""
    """AWS's name of the error that the caller gets, where the function was not reached: its snapshot could not be restored."""
    produced_bytes: int = 0
    """The size of the answer."""
    cpu_ms: float | None = None
    """Processor time of the runtime's process; None where the runtime does not say."""
