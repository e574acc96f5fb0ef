"""Filter patterns on events whose fields stand between spaces, as in access logs.

[ip, user, ..., status = 4* || status = 500, size > 1000]
"""

from __future__ import annotations

import re
from collections.abc import Callable

from windtunnel.services.logs.pattern_values import InvalidPattern, comparison

Matches = Callable[[str], "dict[str, str] | None"]
Judge = Callable[[str], bool]
_FIELD = re.compile(r"\[([^\]]*)\]|\"([^\"]*)\"|(\S+)")
_TEST = re.compile(r"""\s*([\w$.-]*)\s*(>=|<=|!=|=|<|>)\s*(?:"([^"]*)"|%([^%]*)%|([^\s"&|]+))\s*""")
_NAME = re.compile(r"[\w$-]*")
ELLIPSIS = "..."


def compiled(text: str) -> Matches:
    """Raises InvalidPattern."""
    if not text.endswith("]"):
        raise InvalidPattern(text)
    parts = [part.strip() for part in _parts(text[1:-1])]
    if parts.count(ELLIPSIS) > 1:
        raise InvalidPattern(text)
    gap = parts.index(ELLIPSIS) if ELLIPSIS in parts else None
    columns = [_column(part, place) for place, part in enumerate(part for part in parts if part != ELLIPSIS)]

    def matches(message: str) -> dict[str, str] | None:
        fields = ["".join(part or "" for part in found) for found in _FIELD.findall(message)]
        if gap is None:
            if len(fields) != len(columns):
                return None
        else:
            if len(fields) < len(columns):
                return None
            behind = len(columns) - gap
            fields = fields[:gap] + (fields[-behind:] if behind else [])
        seen = {}
        for (name, judge), field in zip(columns, fields, strict=True):
            if judge is not None and not judge(field):
                return None
            seen[f"${name}"] = field
        return seen

    return matches


def _parts(text: str) -> list[str]:
    """The columns: text between commas that stand in no quotes."""
    parts, start, quoted = [], 0, False
    for place, letter in enumerate(text):
        if letter == '"':
            quoted = not quoted
        elif letter == "," and not quoted:
            parts.append(text[start:place])
            start = place + 1
    return [*parts, text[start:]]


def _column(text: str, place: int) -> tuple[str, Judge | None]:
    """A column's name, and its test where it has one."""
    if _NAME.fullmatch(text):
        return text or str(place + 1), None
    name = ""
    either: list[list[Judge]] = []
    for alternative in text.strip("()").split("||"):
        all_of: list[Judge] = []
        for part in alternative.split("&&"):
            found = _TEST.fullmatch(part.strip().strip("()"))
            if found is None:
                raise InvalidPattern(text)
            name = found[1] or name
            quoted, expression = found[3] is not None, found[4] is not None
            value = next(group for group in (found[3], found[4], found[5]) if group is not None)
            all_of.append(comparison(found[2], value, quoted, expression))
        either.append(all_of)
    return name or str(place + 1), lambda field: any(all(test(field) for test in tests) for tests in either)
