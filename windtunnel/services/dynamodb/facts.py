"""What DynamoDB tells the recorder."""

from windtunnel.kernel.recorder import Fact


class ItemWritten(Fact, frozen=True):
    """A write that was acknowledged; `units` are write capacity units, its indexes included."""

    table: str
    operation: str
    units: float


class ItemsRead(Fact, frozen=True):
    """`index` is empty for the table itself; `scanned` were looked at, `found` answered."""

    table: str
    index: str
    operation: str
    scanned: int
    found: int
    units: float


class CapacityExceeded(Fact, frozen=True):
    """A call was throttled: the units of the table, or of one of its global indexes, were used up. `units` are what it wanted."""

    table: str
    index: str
    reads: bool
    units: float


class ItemExpired(Fact, frozen=True):
    """An item whose time to live was over has been deleted."""

    table: str


class ChangeNotDelivered(Fact, frozen=True):
    """A Kinesis stream did not take the record of a change, and no further attempt is made."""

    table: str
    stream: str
    error: str
