"""What a judgement stands on. Nothing is found without evidence; the grade says how strong it is.

E0 the template says so · E1 the source says so · E2 it was seen happening · E3 an experiment brought it about
"""

from __future__ import annotations

import msgspec

GRADES = ("E0", "E1", "E2", "E3")


class Evidence(msgspec.Struct, frozen=True):
    """`where` is `file:line` for template and source, and names the recorded fact or the experiment otherwise."""

    grade: str
    where: str
    says: str


def template(where: str, says: str) -> Evidence:
    return Evidence("E0", where, says)


def source(where: str, says: str) -> Evidence:
    return Evidence("E1", where, says)


def observed(where: str, says: str) -> Evidence:
    """`where` names the kind of fact, such as `Invoked #42`."""
    return Evidence("E2", where, says)


def experiment(name: str, says: str) -> Evidence:
    return Evidence("E3", f"experiment {name}", says)


def strongest(evidence: tuple[Evidence, ...]) -> str:
    return max((each.grade for each in evidence), default="")
