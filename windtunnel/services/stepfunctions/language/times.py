"""Times as the States Language writes them: ISO 8601 with an offset, capital T and Z."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone

_FORM = re.compile(r"(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?(Z|[+-]\d\d:\d\d)", re.ASCII)


def moment(text: str) -> datetime | None:
    """None for a text of any other form."""
    found = _FORM.fullmatch(text)
    if found is None:
        return None
    year, month, day, hour, minute = (int(part) for part in found.group(1, 2, 3, 4, 5))
    fraction = int((found[7] or "0").ljust(6, "0")[:6])
    try:
        return datetime(year, month, day, hour, minute, int(found[6] or 0), fraction, _zone(found[8]))
    except ValueError:
        return None


def seconds(text: str) -> float | None:
    """Since the epoch."""
    found = moment(text)
    return None if found is None else found.timestamp()


def _zone(text: str) -> timezone:
    if text == "Z":
        return UTC
    offset = timedelta(hours=int(text[1:3]), minutes=int(text[4:6]))
    return timezone(-offset if text[0] == "-" else offset)
