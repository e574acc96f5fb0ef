"""
Texts with wildcards in event patterns: `*` stands for any characters, `\\*` and `\\\\` for themselves.

EventBridge refuses what is costly to match: where a value can be at many places of the text at once, as with repeated sequences
behind wildcards. How many it bears is not documented.
"""

from __future__ import annotations

import re

MOST_PLACES = 100
TOO_COMPLEX = (
    "Rule is too complex - try using fewer wildcard characters or fewer repeating character sequences after a "
    + ("wildcard character")
)
_ANY = ""


class WrongWildcard(ValueError):
    """The text says what is wrong, and at which byte of the quoted text."""


class Wildcard:
    """Raises WrongWildcard."""

    def __init__(self, text: str) -> None:
        self._parts = list(_parts(text))
        self._expression = re.compile(
            "".join(".*" if part == _ANY else re.escape(part) for part in self._parts), re.DOTALL
        )

    def matches(self, value: str) -> bool:
        return self._expression.fullmatch(value) is not None

    def is_too_complex(self) -> bool:
        """Whether a value can be at `MOST_PLACES` of the text at once."""
        parts = self._parts
        if len(parts) < MOST_PLACES:
            return False
        alphabet = {part for part in parts if part != _ANY}
        seen: set[frozenset[int]] = set()
        waiting = [_reached(parts, {0})]
        while waiting and len(seen) < MOST_PLACES * MOST_PLACES:
            places = waiting.pop()
            if len(places) >= MOST_PLACES:
                return True
            if places in seen:
                continue
            seen.add(places)
            waiting += [_reached(parts, _next(parts, places, char)) for char in alphabet]
        return False


def _next(parts: list[str], places: frozenset[int], char: str) -> set[int]:
    inside = {at for at in places if at < len(parts)}
    return {at for at in inside if parts[at] == _ANY} | {at + 1 for at in inside if parts[at] == char}


def _reached(parts: list[str], places: set[int]) -> frozenset[int]:
    return frozenset(places | {at + 1 for at in places if at < len(parts) and parts[at] == _ANY})


def _parts(text: str) -> list[str]:
    """The characters, and an empty text for a wildcard."""
    parts: list[str] = []
    at = 0
    while at < len(text):
        char, follows = text[at], text[at + 1 : at + 2]
        if char == "*" and follows == "*":
            raise WrongWildcard(f"Consecutive wildcard characters at pos {_byte(text, at)}")
        if char == "\\" and follows not in ("*", "\\"):
            raise WrongWildcard(f"Invalid escape character at pos {_byte(text, at)}")
        if char == "\\":
            parts.append(follows)
            at += 1
        else:
            parts.append(_ANY if char == "*" else char)
        at += 1
    return parts


def _byte(text: str, at: int) -> int:
    return len(text[:at].encode()) + 1
