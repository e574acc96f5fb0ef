"""Numbers of DynamoDB: up to 38 digits, in one normal form, so that equal numbers are equal texts.

AWS: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.NamingRulesDataTypes.html#HowItWorks.DataTypes.Number
"""

from __future__ import annotations

import re
from decimal import Context, Decimal, Inexact

from windtunnel.aws.errors import ApiError

MOST_DIGITS = 38
_HIGHEST = 125
_LOWEST = -130
_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,9})?", re.ASCII)
_EXACT = Context(prec=1_000)


def normal(text: str) -> str:
    """The number in plain notation without needless zeros. Raises ValidationException."""
    if text.isdecimal() and text.isascii() and len(text) <= MOST_DIGITS and (text[0] != "0" or text == "0"):
        return text
    if not _NUMBER.fullmatch(text):
        raise ApiError("ValidationException", "The parameter cannot be converted to a numeric value"
            + (f": {text}" if text else ""))  # fmt: skip
    return plain(Decimal(text))


def plain(number: Decimal) -> str:
    """The normal form of a number. Raises ValidationException for one that cannot be stored."""
    if not number:
        return "0"
    size = number.adjusted()
    if size > _HIGHEST:
        raise ApiError(
            "ValidationException",
            "Number overflow. Attempting to store a number with magnitude larger than supported range",
        )
    if size < _LOWEST:
        raise ApiError(
            "ValidationException",
            "Number underflow. Attempting to store a number with magnitude smaller than supported range",
        )
    text = format(number, "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    if len(significant(text)) > MOST_DIGITS:
        raise ApiError("ValidationException", "Attempting to store more than 38 significant digits in a Number")
    return text.lstrip("+")


def added(left: str, right: str, subtract: bool = False) -> str:
    """The sum or difference, exactly. Raises ValidationException where it cannot be stored."""
    if len(left) < 18 and len(right) < 18 and "." not in left and "." not in right:
        return str(int(left) - int(right) if subtract else int(left) + int(right))
    context = _EXACT.copy()
    context.traps[Inexact] = True
    one, other = Decimal(left), Decimal(right)
    return plain(context.subtract(one, other) if subtract else context.add(one, other))


def significant(text: str) -> str:
    """The significant digits of a number in normal form."""
    digits = text.lstrip("-").replace(".", "").lstrip("0")
    return digits if "." in text else digits.rstrip("0")


def size(text: str) -> int:
    """Bytes that a number in normal form takes.

    AWS: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html
    """
    return (len(significant(text)) + 1) // 2 + 1 + (text[0] == "-")
