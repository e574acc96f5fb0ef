"""The score of each section of the guide: the share of what was judged that is well, a grave fault weighing more than a small one."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from windtunnel.lens.rule import Judgement

SECTIONS = {
    "A": "Architecture",
    "P": "Performance",
    "S": "Security",
    "M": "Monitoring",
    "C": "Cost",
    "D": "Development",
    "K": "Checklist",
    "X": "Anti-patterns",
}
WEIGHTS = {"critical": 8, "error": 4, "warning": 2, "info": 1}


class Score(msgspec.Struct, frozen=True):
    """`percent` is None where nothing of the section was judged."""

    section: str
    title: str
    percent: int | None
    passed: int
    failed: int
    open: int


def scores(judgements: Iterable[Judgement]) -> list[Score]:
    found = []
    judged = list(judgements)
    for letter, title in SECTIONS.items():
        own = [j for j in judged if j.practice.startswith(letter)]
        if not own:
            continue
        well = sum(WEIGHTS[j.severity] for j in own if j.verdict in ("pass", "waived"))
        ill = sum(WEIGHTS[j.severity] for j in own if j.verdict == "fail")
        percent = round(100 * well / (well + ill)) if well + ill else None
        counts = [sum(1 for j in own if j.verdict == verdict) for verdict in ("pass", "fail", "not exercised")]
        found.append(Score(letter, title, percent, *counts))
    return found
