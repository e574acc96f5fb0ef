"""Attribute values: checked once when they come in, with their size in bytes as AWS counts it.

AWS: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html (sizes),
.../HowItWorks.NamingRulesDataTypes.html (types). What comes out is equal if and only if DynamoDB holds it equal: numbers are in
normal form, sets are sorted.
"""

from __future__ import annotations

import binascii
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from windtunnel.aws.errors import ApiError
from windtunnel.services.dynamodb import numbers
from windtunnel.services.dynamodb.records import Item

LARGEST_ITEM_BYTES = 400 * 1024
MOST_WRAPPINGS = 31
"""Lists and maps around a scalar, which is the 32nd level then."""
TOO_DEEP = (
    "Nesting Levels have exceeded supported limits: Attributes in the item have nested levels beyond supported limit"
)
TYPES = ("B", "NULL", "SS", "BOOL", "L", "BS", "N", "NS", "S", "M")
Value = dict[str, Any]


def invalid(message: str) -> ApiError:
    return ApiError("ValidationException", message)


def checked(value: Value | None, level: int = 0) -> tuple[Value, int]:
    """The value in its normal form, and its size. Raises ValidationException."""
    if not value:
        raise invalid("Supplied AttributeValue is empty, must contain exactly one of the supported datatypes")
    if len(value) > 1:
        raise invalid(
            "Supplied AttributeValue has more than one datatypes set, must contain exactly one of the supported datatypes"
        )
    for kind, content in value.items():
        if kind == "S":
            return value, len(content) if content.isascii() else len(content.encode())
        if kind == "N":
            text = numbers.normal(content)
            return value if text is content else {"N": text}, numbers.size(text)
        return _CHECKS[kind](value, content, level)
    raise AssertionError


def checked_item(item: Item, level: int = 0) -> tuple[Item, int]:
    """Attributes in their normal form, and their size with their names. Raises ValidationException."""
    found: Item = {}
    total = 0
    for name, value in item.items():
        found[name], size = checked(value, level)
        total += size + (len(name) if name.isascii() else len(name.encode()))
    return found, total


def size_of(item: Item) -> int:
    """The size of attributes that have been checked."""
    return sum(len(name.encode()) + value_size(value) for name, value in item.items())


def value_size(value: Value) -> int:
    """The size of a value that has been checked."""
    [(kind, content)] = value.items()
    if kind == "S":
        return len(content.encode())
    if kind == "N":
        return numbers.size(content)
    if kind == "B":
        return len(content)
    if kind in ("NULL", "BOOL"):
        return 1
    if kind == "L":
        return 3 + sum(1 + value_size(each) for each in content)
    if kind == "M":
        return 3 + sum(1 + len(name.encode()) + value_size(each) for name, each in content.items())
    return sum(value_size({kind[0]: each}) for each in content)


def sortable(value: Value) -> Any:
    """A scalar as something that compares as DynamoDB compares: numbers by value, texts and binaries by their bytes."""
    [(kind, content)] = value.items()
    if kind == "N":
        return int(content) if "." not in content else Decimal(content)
    return content


def _binary(value: Value, content: bytes, level: int) -> tuple[Value, int]:
    return value, len(content)


def _truth(value: Value, content: bool, level: int) -> tuple[Value, int]:
    return value, 1


def _null(value: Value, content: bool, level: int) -> tuple[Value, int]:
    if content is not True:
        raise invalid(
            "One or more parameter values were invalid: Null attribute value types must have the value of true"
        )
    return value, 1


def _list(value: Value, content: list[Value], level: int) -> tuple[Value, int]:
    _check_depth(level)
    found = [checked(each, level + 1) for each in content]
    return {"L": [each for each, _ in found]}, 3 + sum(size + 1 for _, size in found)


def _map(value: Value, content: Item, level: int) -> tuple[Value, int]:
    _check_depth(level)
    found, size = checked_item(content, level + 1)
    return {"M": found}, 3 + size + len(found)


def _check_depth(level: int) -> None:
    if level >= MOST_WRAPPINGS:
        raise invalid(TOO_DEEP)


def _texts(value: Value, content: list[str], level: int) -> tuple[Value, int]:
    if not content:
        raise invalid("One or more parameter values were invalid: An string set  may not be empty")
    if None in content:
        raise invalid("One or more parameter values were invalid: An string set may not have a null string as a member")
    if len(set(content)) < len(content):
        shown = ", ".join(content)
        raise invalid(f"One or more parameter values were invalid: Input collection [{shown}] contains duplicates.")
    return {"SS": sorted(content)}, sum(len(each.encode()) for each in content)


def _numbers(value: Value, content: list[str], level: int) -> tuple[Value, int]:
    if not content:
        raise invalid("One or more parameter values were invalid: An number set  may not be empty")
    if None in content:
        raise invalid("One or more parameter values were invalid: An number set may not have a null number as a member")
    found = [numbers.normal(each) for each in content]
    if len(set(found)) < len(found):
        raise invalid("Input collection contains duplicates")
    return {"NS": sorted(found, key=Decimal)}, sum(numbers.size(each) for each in found)


def _binaries(value: Value, content: list[bytes], level: int) -> tuple[Value, int]:
    if not content:
        raise invalid("One or more parameter values were invalid: Binary sets should not be empty")
    if None in content:
        raise invalid("One or more parameter values were invalid: Binary sets may not contain null elements")
    if len(set(content)) < len(content):
        shown = ", ".join(binascii.b2a_base64(each, newline=False).decode() for each in content)
        raise invalid(
            f"One or more parameter values were invalid: Input collection [{shown}]of type BS contains duplicates."
        )
    return {"BS": sorted(content)}, sum(len(each) for each in content)


_CHECKS: dict[str, Callable[[Value, Any, int], tuple[Value, int]]] = {
    "B": _binary,
    "BOOL": _truth,
    "NULL": _null,
    "L": _list,
    "M": _map,
    "SS": _texts,
    "NS": _numbers,
    "BS": _binaries,
}
