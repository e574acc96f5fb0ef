"""What Pipes tells the recorder, beside `BatchProcessed` and `BatchDiscarded`."""

from __future__ import annotations

from windtunnel.kernel.recorder import Fact


class PipeEnriched(Fact, frozen=True):
    """An enrichment answered: so many events went in, so many came out. `error` is empty for success."""

    pipe: str
    enrichment: str
    given: int
    taken: int
    error: str


class PipeLost(Fact, frozen=True):
    """A batch of a stream was given up, and its dead-letter target did not take the notice of it."""

    pipe: str
    target: str
    error: str
