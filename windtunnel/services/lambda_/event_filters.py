"""Filter criteria of event source mappings: which records reach the function."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from windtunnel.fabric.patterns import InvalidPattern, compiled
from windtunnel.services.lambda_ import names


def patterns(criteria: dict[str, Any] | None) -> tuple[str, ...]:
    """As they are stored. Raises InvalidParameterValueException for one that is none."""
    found = tuple(entry.get("Pattern") or "" for entry in (criteria or {}).get("Filters") or ())
    for pattern in found:
        try:
            compiled(pattern)
        except InvalidPattern:
            raise names.invalid("Invalid filter pattern definition.") from None
    return found


def accepting(patterns: tuple[str, ...]) -> Callable[[dict[str, Any]], bool] | None:
    """Whether one of the patterns matches; None where every record is wanted."""
    filters = [compiled(pattern) for pattern in patterns]
    if not filters:
        return None
    return lambda seen: any(matches(seen) for matches in filters)
