"""Findings that a team accepts for a while: written down with a reason and an end, in `windtunnel.toml`.

[[waivers]]
rule = "M10-no-alarm"
resource = "Worker"            # leave out for every resource
until = 2027-03-31
reason = "The team has no on-call rotation before spring."
"""

from __future__ import annotations

from datetime import date
from typing import Any

import msgspec


class WaiverError(ValueError):
    """A waiver that cannot be used; the text says which and why."""


class Waiver(msgspec.Struct, frozen=True):
    rule: str
    until: date
    reason: str
    resource: str = ""


def waivers_in(settings: dict[str, Any]) -> tuple[Waiver, ...]:
    """Raises WaiverError for one without a rule, an end or a reason."""
    found = []
    for number, entry in enumerate(settings.get("waivers") or [], 1):
        missing = [name for name in ("rule", "until", "reason") if not entry.get(name)]
        if missing:
            raise WaiverError(
                f"Waiver {number} in windtunnel.toml has no {' and no '.join(missing)}. A waiver needs all three."
            )
        if not isinstance(entry["until"], date):
            raise WaiverError(f"Waiver {number} in windtunnel.toml: until must be a date such as 2027-03-31.")
        found.append(Waiver(entry["rule"], entry["until"], entry["reason"], entry.get("resource", "")))
    return tuple(found)


def waiver_for(rule: str, resource: str, waivers: tuple[Waiver, ...], today: date) -> Waiver | None:
    """The waiver that covers a finding today; one that has ended covers nothing."""
    for waiver in waivers:
        if waiver.rule == rule and waiver.resource in ("", resource) and today <= waiver.until:
            return waiver
    return None
