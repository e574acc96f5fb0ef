"""What DynamoDB stores. Times are seconds since the epoch."""

from __future__ import annotations

from typing import Any

import msgspec

Item = dict[str, dict[str, Any]]
"""Attributes by name, each as the API spells it (`{"S": "text"}`), checked: numbers and sets are in their normal form."""


class Index(msgspec.Struct, frozen=True):
    """`range` is empty where there is no sort key; `projection` is ALL, KEYS_ONLY or INCLUDE."""

    name: str
    hash: str
    range: str
    local: bool
    projection: str
    included: tuple[str, ...] = ()
    read: int = 0
    write: int = 0
    warm: dict[str, int] = {}
    on_demand: dict[str, int] = {}


class Recovery(msgspec.Struct, frozen=True):
    """Point-in-time recovery that is switched on."""

    since: float
    days: int


class Destination(msgspec.Struct, frozen=True):
    """A Kinesis stream to which changes go."""

    status: str
    precision: str = ""


class ItemTable(msgspec.Struct, frozen=True):
    """
    A table. `attributes` are its definitions, name to type; `view` is that of its stream, empty where none is enabled, while
    `stream` names the latest one. `kms_key` is empty for tables under the key that AWS owns.
    """

    id: str
    name: str
    arn: str
    created_at: float
    attributes: dict[str, str]
    hash: str
    range: str
    indexes: tuple[Index, ...] = ()
    on_demand: bool = False
    on_demand_since: float = 0.0
    read: int = 0
    write: int = 0
    increased_at: float = 0.0
    decreased_at: float = 0.0
    limits: dict[str, int] = {}
    warm: dict[str, int] = {}
    view: str = ""
    stream: str = ""
    kms_key: str = ""
    table_class: str = ""
    class_changed_at: float = 0.0
    protected: bool = False
    tags: dict[str, str] = {}
    expiry: str = ""
    recovery: Recovery | None = None
    insights: dict[str, str] = {}
    policy: str = ""
    policy_revision: str = ""
    destinations: dict[str, Destination] = {}
    restored: dict[str, Any] = {}
    """The RestoreSummary of a table that was made from a backup."""

    def index(self, name: str) -> Index | None:
        return next((each for each in self.indexes if each.name == name), None)


class Row(msgspec.Struct, frozen=True):
    """An item in its table; `key` is its primary key as one text (`keys.py`), `size` is AWS's."""

    table: str
    key: str
    item: Item
    size: int


class Backup(msgspec.Struct, frozen=True, kw_only=True):
    """A table as it was; its items are rows of a table of their own, under the backup's ARN."""

    arn: str
    name: str
    table: ItemTable
    created_at: float
    size: int
    items: int


class ChangeStream(msgspec.Struct, frozen=True):
    """The stream of a table's changes. `disabled_at` is 0 as long as the table writes to it."""

    arn: str
    label: str
    table: str
    shard: str
    view: str
    hash: str
    range: str
    created_at: float
    disabled_at: float = 0.0


class Change(msgspec.Struct, frozen=True):
    """One record of a stream; an image that the view leaves out is None."""

    stream: str
    id: str
    name: str
    at: float
    keys: Item
    new: Item | None
    old: Item | None
    size: int
    expired: bool = False


class Token(msgspec.Struct, frozen=True):
    """A transaction that has been made already, as its client may ask for it again."""

    token: str
    request: str
    until: float
