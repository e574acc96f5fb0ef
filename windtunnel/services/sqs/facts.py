"""What SQS tells the recorder."""

from windtunnel.kernel.recorder import Fact


class MessageSent(Fact, frozen=True):
    queue: str
    message: str
    size: int


class MessagesReceived(Fact, frozen=True):
    queue: str
    messages: tuple[str, ...]
    asked: int


class MessageDeleted(Fact, frozen=True):
    queue: str
    message: str


class MessageDeadLettered(Fact, frozen=True):
    """A message that was received too often went to the dead-letter queue."""

    queue: str
    dead_letter_queue: str
    message: str
    receives: int
