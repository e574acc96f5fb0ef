"""What CloudWatch Logs tells the recorder."""

from windtunnel.kernel.recorder import Fact


class LogsWritten(Fact, frozen=True):
    """Events as they came: (milliseconds since the epoch, message)."""

    group: str
    stream: str
    events: tuple[tuple[int, str], ...]
