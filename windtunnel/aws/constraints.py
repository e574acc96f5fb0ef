"""The constraints of single shapes: lengths, ranges, patterns and enumerations, and how AWS writes values down."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable
from typing import Any

from windtunnel.aws.shapes import Shape

Test = Callable[[Any], "tuple[str, ...] | list[str]"]
_NOTHING: tuple[str, ...] = ()
_NUMBERS = frozenset({"integer", "long", "float", "double"})


def constrained(shape: Shape) -> bool:
    """Whether the shape itself limits its values."""
    return bool(shape.enum or shape.pattern or shape.min is not None or shape.max is not None)


def tests(shape: Shape) -> tuple[tuple[str, Test], ...]:
    """The tests that a value of a simple shape must pass, each with its kind; a test answers what it finds wrong."""
    found: list[tuple[str, Test]] = []
    if shape.type in _NUMBERS:
        limits = span(shape)
        if limits is not None:
            found.append(("value", limits))
        return tuple(found)
    if shape.enum:
        return (("enum", _enumeration(shape)),)
    size = length(shape)
    if size is not None:
        limit = size
        found.append(("length", lambda value: limit(len(value))))
    matches = pattern(shape.pattern) if shape.pattern and shape.type == "string" else None
    if matches is not None:
        says = (_pattern_says(shape),)
        fits = matches.fullmatch
        found.append(("pattern", lambda value: _NOTHING if fits(value) else says))
    return tuple(found)


def described(shape: Shape) -> list[str]:
    """All constraints of a simple shape in words, as they are listed for the elements of a list."""
    if shape.enum:
        return [_enumeration_says(shape.enum)]
    words = []
    what = "value" if shape.type in _NUMBERS else "length"
    if shape.max is not None:
        words.append(f"Member must have {what} less than or equal to {_number(shape.max)}")
    if shape.min is not None:
        words.append(f"Member must have {what} greater than or equal to {_number(shape.min)}")
    if shape.pattern:
        words.append(_pattern_says(shape))
    return words


def length(shape: Shape) -> Callable[[int], tuple[str, ...]] | None:
    """The test of a length."""
    return _limits(shape, "length")


def span(shape: Shape) -> Callable[[Any], tuple[str, ...]] | None:
    """The test of a number."""
    return _limits(shape, "value")


def _limits(shape: Shape, what: str) -> Callable[[Any], tuple[str, ...]] | None:
    if shape.min is None and shape.max is None:
        return None
    low = float("-inf") if shape.min is None else shape.min
    high = float("inf") if shape.max is None else shape.max
    too_low = (f"Member must have {what} greater than or equal to {_number(low)}",)
    too_high = (f"Member must have {what} less than or equal to {_number(high)}",)

    def test(value: Any) -> tuple[str, ...]:
        return too_low if value < low else too_high if value > high else _NOTHING

    return test


def _number(value: float) -> str:
    return str(int(value)) if value not in (float("inf"), float("-inf")) and value == int(value) else str(value)


def _enumeration(shape: Shape) -> Test:
    allowed = frozenset(shape.enum)
    says = (_enumeration_says(shape.enum),)
    return lambda value: _NOTHING if value in allowed else says


def _enumeration_says(values: tuple[str, ...]) -> str:
    return f"Member must satisfy enum value set: [{', '.join(in_java_order(values))}]"


def in_java_order(values: tuple[str, ...]) -> list[str]:
    """
    The values in the order in which AWS's messages list them: that of a hash table of Java that puts a newcomer in
    front of those with the same hash. Seen in messages with up to twelve values; larger tables are assumed to double.
    """
    buckets = 32
    while len(values) > buckets * 0.75:
        buckets *= 2
    newest_first = values[::-1]
    return sorted(newest_first, key=lambda value: java_hash(value) & (buckets - 1))


def java_hash(text: str) -> int:
    """What `String.hashCode` gives in Java, without a sign."""
    value = 0
    for character in text:
        value = (value * 31 + ord(character)) & 0xFFFFFFFF
    return value


def _pattern_says(shape: Shape) -> str:
    return f"Member must satisfy regular expression pattern: {shape.pattern}"


_UNICODE = {
    "L": "a-zA-Z\u00aa-\u02af\u0370-\u1fff\u2c00-\ud7ff\uf900-\ufdff\U00010000-\U0003ffff",
    "M": "\u0300-\u036f\u0483-\u0489\u0591-\u05bd\u064b-\u065f\u093a-\u094f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f",
    "N": "0-9\u00b2\u00b3\u00b9\u00bc-\u00be\u0660-\u0669\u06f0-\u06f9\u0966-\u096f\u2070-\u2079\u2150-\u218b\uff10-\uff19",
    "P": "!-#%-*,-/:;?@\\[-\\]_{}\u00a1\u00a7\u00ab\u00b6\u00b7\u00bb\u00bf\u2010-\u2027\u2030-\u205e\u3001-\u3003",
    "S": "$+<->^`|~\u00a2-\u00a6\u00a8\u00a9\u00ac\u00ae-\u00b1\u00b4\u00b8\u00d7\u00f7\u20a0-\u20bf\u2100-\u214f\u2190-\u23ff",
    "Z": " \u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000",
}


@functools.cache
def pattern(text: str) -> re.Pattern[str] | None:
    """A pattern of the models for Python; None where it uses what only Java knows."""
    translated = re.sub(r"\\p\{(?:Is)?([A-Z][a-z]?|ASCII)\}", lambda found: _class_of(found, text), text)
    translated = (
        translated.replace(r"\w-", r"\w\-").replace(r"\p{Print}", r"\x20-\x7e").replace(r"\p{Graph}", r"\x21-\x7e")
    )
    try:
        return re.compile(translated.replace(r"\z", r"\Z"), re.ASCII)
    except (re.error, OverflowError, RecursionError):
        return None


def _class_of(found: re.Match[str], text: str) -> str:
    name = found.group(1)
    inside = r"\x00-\x7f" if name == "ASCII" else _UNICODE.get(name[0], "")
    before = text[: found.start()]
    return inside if before.rfind("[") > before.rfind("]") else f"[{inside}]"


@functools.cache
def step(name: str) -> str:
    """A member's name in a path: with a small first letter."""
    return name[:1].lower() + name[1:]


def shown(value: Any) -> str:
    """A value as Java would write it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (bytes, bytearray)):
        return f"java.nio.HeapByteBuffer[pos=0 lim={len(value)} cap={len(value)}]"
    if isinstance(value, list):
        return f"[{', '.join(shown(item) for item in value)}]"
    if isinstance(value, dict):
        return f"{{{', '.join(f'{key}={shown(item)}' for key, item in value.items())}}}"
    return "null" if value is None else str(value)
