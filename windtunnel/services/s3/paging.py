"""One page of a listing, in the order of keys: prefixes, delimiters and markers in one walk that skips what it folds away.

keys      a  b/1  b/2  b/3  c      delimiter "/"      limit 2
page      a  b/                    more: c
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable
from typing import Any, NamedTuple, TypeVar
from urllib.parse import quote

from windtunnel.services.s3.tables import invalid_argument

Entry = TypeVar("Entry")
LAST = "\U0010ffff"


class Page(NamedTuple):
    entries: list[Any]
    prefixes: list[str]
    last: str
    """The last key or common prefix of the page."""
    truncated: bool


def page(
    keys: list[str], prefix: str, delimiter: str, after: str, limit: int, entry: Callable[[str], Entry | None]
) -> Page:
    """Up to `limit` entries and common prefixes after the marker `after`; `entry` gives None for a key to pass over."""
    entries: list[Any] = []
    prefixes: list[str] = []
    last = ""
    at = bisect_left(keys, prefix)
    if after:
        at = max(at, bisect_right(keys, after))
    while at < len(keys) and keys[at].startswith(prefix):
        key = keys[at]
        folded = common_prefix(key, prefix, delimiter)
        if folded:
            end = bisect_left(keys, folded + LAST, at)
            seen = any(entry(keys[place]) is not None for place in range(at, end)) if folded > after else False
            at = end
            if not seen:
                continue
        else:
            at += 1
            found = entry(key)
            if found is None:
                continue
        if len(entries) + len(prefixes) >= limit:
            return Page(entries, prefixes, last, limit > 0)
        if folded:
            prefixes.append(folded)
        else:
            entries.append(found)
        last = folded or key
    return Page(entries, prefixes, last, False)


def common_prefix(key: str, prefix: str, delimiter: str) -> str:
    """What a key is folded into; empty where the delimiter does not come after the prefix."""
    if not delimiter:
        return ""
    end = key.find(delimiter, len(prefix))
    return "" if end < 0 else key[: end + len(delimiter)]


class Encoding:
    """How names stand in the answer: as they are, or in URL encoding so that XML can hold them all."""

    def __init__(self, type: str | None) -> None:
        if type is not None and type != "url":
            raise invalid_argument("Invalid Encoding Method specified in Request", "encoding-type", type)
        self._encodes = type == "url"

    def __call__(self, text: str) -> str:
        return quote(text, safe="/-_.*~") if self._encodes else text

    def prefixes(self, prefixes: list[str]) -> list[dict[str, str]] | None:
        return [{"Prefix": self(prefix)} for prefix in prefixes] or None


def limited(asked: int | None, name: str) -> int:
    """How many a page may hold; raises InvalidArgument for a negative number."""
    if asked is not None and asked < 0:
        raise invalid_argument(f"Argument {name} must be an integer between 0 and 2147483647", name, str(asked))
    return 1000 if asked is None else asked
