"""What Kinesis stores. Times are seconds since the epoch; hash keys are decimal text, for they have 128 bits."""

from __future__ import annotations

import msgspec

ON_DEMAND = "ON_DEMAND"
PROVISIONED = "PROVISIONED"
USER_PARTITION_KEY = "USER_PARTITION_KEY"


class DataStream(msgspec.Struct, frozen=True, kw_only=True):
    name: str
    arn: str
    created_at: float
    mode: str
    next_shard: int = 0
    retention_hours: int = 24
    encryption: str = "NONE"
    key_id: str = ""
    metrics: tuple[str, ...] = ()
    record_kib: int = 1024
    strategy: str = USER_PARTITION_KEY
    tags: dict[str, str] = {}
    policy: str = ""


class Shard(msgspec.Struct, frozen=True, kw_only=True):
    """`epoch` begins every sequence number of the shard: a child's is greater than its parents'. Open while `closed_at` is 0."""

    stream: str
    id: str
    index: int
    first_hash: str
    last_hash: str
    epoch: int
    opened_at: float
    closed_at: float = 0.0
    parent: str = ""
    adjacent_parent: str = ""

    @property
    def log(self) -> str:
        """The partition that holds its records."""
        return f"{self.stream}/{self.id}"

    @property
    def parents(self) -> list[str]:
        return [each for each in (self.parent, self.adjacent_parent) if each]


class DataRecord(msgspec.Struct, frozen=True):
    """A record in its shard; its place there is in its sequence number."""

    log: str
    key: str
    data: bytes
    at: float
    encryption: str

    @property
    def size(self) -> int:
        return len(self.data) + len(self.key)


class Consumer(msgspec.Struct, frozen=True, kw_only=True):
    stream: str
    name: str
    arn: str
    stream_arn: str
    created_at: float
    tags: dict[str, str] = {}
    policy: str = ""
