"""What CloudWatch Logs tells the recorder."""

from windtunnel.kernel.recorder import Fact


class LogsWritten(Fact, frozen=True):
    """Events as they came: (milliseconds since the epoch, message)."""

    group: str
    stream: str
    events: tuple[tuple[int, str], ...]


class LogsDelivered(Fact, frozen=True):
    """Events of a stream went to a subscriber; `error` is AWS's code, empty for success."""

    group: str
    filter: str
    target: str
    events: int
    error: str
