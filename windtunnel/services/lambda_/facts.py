"""What Lambda tells the recorder, beside the engine's own facts."""

from windtunnel.kernel.recorder import Fact


class InvocationThrottled(Fact, frozen=True):
    """`claimed` is the account's concurrency in use at that moment, as ClaimedAccountConcurrency counts it."""

    function: str
    reason: str
    claimed: int = 0


class RecursionStopped(Fact, frozen=True):
    """A function was not invoked, because the same chain of requests had invoked it too often already."""

    function: str
    request: str
    invocations: int


class DestinationDeliveryFailed(Fact, frozen=True):
    """A destination or dead-letter queue refused a record. `kind` is what AWS's metric is called."""

    function: str
    request: str
    target: str
    kind: str
    why: str


class LayerInstalled(Fact, frozen=True):
    """A public layer of AWS's was made on this machine, from the package index; `release` is what it holds."""

    layer: str
    release: str
    python: str
    architecture: str


class UnsignedCodeDeployed(Fact, frozen=True):
    """A function took code without a signature, because its code signing configuration only warns."""

    function: str
    configuration: str


class EventAccepted(Fact, frozen=True):
    """An asynchronous invocation was acknowledged."""

    function: str
    request: str


class EventFailed(Fact, frozen=True):
    """An attempt at an asynchronous invocation failed; `retry_at` is 0 when it was the last."""

    function: str
    request: str
    attempt: int
    error: str
    retry_at: float


class EventLost(Fact, frozen=True):
    """An event was given up and went nowhere: no dead-letter queue, no destination, or it refused the event."""

    function: str
    request: str
    why: str


class EventDeadLettered(Fact, frozen=True):
    """An event was given up and handed on, to the dead-letter queue or the failure destination."""

    function: str
    request: str
    target: str
    attempts: int
