"""
Primary keys and keys of indexes: what an item must have, one text by which its row is found, and its place in an order.

    {"id": {"S": "a"}, "at": {"N": "7"}}   row key "1:a7"   place (hash of "a", "a", 7)

AWS: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.CoreComponents.html
"""

from __future__ import annotations

from functools import lru_cache
from hashlib import md5
from typing import Any

from windtunnel.aws.errors import ApiError
from windtunnel.kernel.orders import Place
from windtunnel.services.dynamodb.records import Index, Item, ItemTable
from windtunnel.services.dynamodb.values import Value, checked, invalid, sortable

LONGEST_HASH_BYTES = 2048
LONGEST_RANGE_BYTES = 1024
HASH_BITS = 64
MISMATCH = "The provided key element does not match the schema"
Keyed = ItemTable | Index


def names(table: Keyed) -> tuple[str, ...]:
    """Of the key's attributes, the partition key first."""
    return (table.hash, table.range) if table.range else (table.hash,)


def of_item(table: ItemTable, item: Item) -> str:
    """The row key of an item that is to be stored. Raises ValidationException where its key is not as the table wants it."""
    hashed = item.get(table.hash)
    if hashed is None:
        raise _missing(table.hash)
    if not table.range:
        return _part(table, table.hash, hashed, LONGEST_HASH_BYTES)
    ranged = item.get(table.range)
    if ranged is None:
        raise _missing(table.range)
    first = _part(table, table.hash, hashed, LONGEST_HASH_BYTES)
    return f"{len(first)}:{first}{_part(table, table.range, ranged, LONGEST_RANGE_BYTES)}"


def of_key(table: ItemTable, key: Item) -> tuple[str, Item]:
    """The row key that a `Key` parameter means, and the key in its normal form. Raises ValidationException."""
    checked_key = {name: checked(value)[0] for name, value in key.items()}
    if len(key) != len(names(table)) or not has_key(table, checked_key):
        raise mismatch()
    return of_item(table, checked_key), checked_key


def has_key(table: ItemTable, item: Item) -> bool:
    """Whether the item has the attributes of the primary key, with their types."""
    return all(table.attributes[name] in item.get(name, ()) for name in names(table))


def mismatch() -> ApiError:
    return invalid(MISMATCH)


def key_of(table: Keyed, item: Item) -> Item:
    """The attributes of the item that are its key."""
    return {name: item[name] for name in names(table)}


def check_index_keys(table: ItemTable, item: Item, old: Item | None = None) -> None:
    """
    Raises ValidationException for an attribute that is the key of an index and cannot be. `old` is the item that an update has
    changed: what it has left as it was is not looked at.
    """
    for index in sorted(table.indexes, key=lambda each: each.name):
        for name in names(index):
            value = item.get(name)
            if value is None or name in (table.hash, table.range) or (old is not None and old.get(name) == value):
                continue
            wanted = table.attributes[name]
            if wanted not in value:
                [found] = value
                raise invalid(
                    f"One or more parameter values were invalid: Type mismatch for Index Key {name} Expected: {wanted} "
                    f"Actual: {found} IndexName: {index.name}"
                )
            content = value[wanted]
            if content in ("", b""):
                raise _empty_index_key(index, name, "binary" if wanted == "B" else "string", old is not None)
            longest = LONGEST_HASH_BYTES if name == index.hash else LONGEST_RANGE_BYTES
            if wanted != "N" and _length(content) > longest:
                raise _too_long(name == index.hash)


def _empty_index_key(index: Index, name: str, kind: str, updated: bool) -> ApiError:
    empty = f"The AttributeValue for a key attribute cannot contain an empty {kind} value."
    if updated:
        return invalid(
            "One or more parameter values are not valid. The update expression attempted to update a secondary index key to a "
            f"value that is not supported. {empty}"
        )
    return invalid(
        "One or more parameter values are not valid. A value specified for a secondary index key is not supported. "
        f"{empty} IndexName: {index.name}, IndexKey: {name}"
    )


@lru_cache(65_536)
def hash_of(content: str) -> int:
    """In which order partition keys are scanned, and to which segment they belong: as on AWS, by a hash."""
    return int.from_bytes(md5(content.encode(), usedforsecurity=False).digest()[:8])


def content_of(value: Value) -> str:
    """A scalar as a text; equal texts of one type are equal values."""
    for content in value.values():
        return content if type(content) is str else content.hex()
    raise AssertionError


def partition(value: Value) -> Place:
    """How the places of all items with this partition key begin."""
    content = content_of(value)
    return hash_of(content), content


def place(table: ItemTable, index: Index | None, item: Item, row: str) -> Place | None:
    """
    Where the item with this row key stands in its table or in one of its indexes; None where it does not stand there: items that
    are older than an index may have other values where it has its key.
    """
    keyed = index or table
    hashed = item.get(keyed.hash)
    if hashed is None or (index is not None and not _can_be_key(table, keyed.hash, hashed)):
        return None
    start = partition(hashed)
    if keyed.range:
        ranged = item.get(keyed.range)
        if ranged is None or (index is not None and not _can_be_key(table, keyed.range, ranged)):
            return None
        start = (*start, sortable(ranged))
    if index is None:
        return (*start, row)
    if index.local:
        return (*start, sortable(item[table.range]) if table.range else 0, row)
    return (*start, hash_of(content_of(item[table.hash])), row)


def _can_be_key(table: ItemTable, name: str, value: Value) -> bool:
    return value.get(table.attributes[name]) not in (None, "", b"")


def _part(table: ItemTable, name: str, value: Value, longest: int) -> str:
    wanted = table.attributes[name]
    content: Any = value.get(wanted)
    if content is None:
        [found] = value
        raise invalid(
            f"One or more parameter values were invalid: Type mismatch for key {name} expected: {wanted} actual: {found}"
        )
    if wanted == "N":
        return str(content)
    if not content:
        kind = "binary" if wanted == "B" else "string"
        raise invalid(
            "One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an empty "
            f"{kind} value. Key: {name}"
        )
    if len(content) > longest // 4 and _length(content) > longest:
        raise _too_long(name == table.hash)
    return content if type(content) is str else content.hex()


def _length(content: str | bytes) -> int:
    return len(content.encode() if isinstance(content, str) else content)


def _missing(name: str) -> ApiError:
    return invalid(f"One or more parameter values were invalid: Missing the key {name} in the item")


def _too_long(hashed: bool) -> ApiError:
    if hashed:
        return invalid(
            "One or more parameter values were invalid: "
            f"Size of hashkey has exceeded the maximum size limit of{LONGEST_HASH_BYTES} bytes"
        )
    return invalid(
        "One or more parameter values were invalid: "
        f"Aggregated size of all range keys has exceeded the size limit of {LONGEST_RANGE_BYTES} bytes"
    )
