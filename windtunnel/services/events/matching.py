"""
Which rules of a bus an event matches, without asking all of them.

A rule that names its sources, or else its detail types, is looked up by them; only the rest is asked for every event. A
hundred rules for a hundred sources cost no more than one.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any, NamedTuple

from windtunnel.fabric.patterns import Matches, compiled
from windtunnel.services.events.records import Rule


class Candidate(NamedTuple):
    rule: Rule
    matches: Matches


class Matcher:
    """Of the enabled rules with a pattern, but not those of archives; made anew when one of them changes."""

    def __init__(self, rules: Iterable[Rule]) -> None:
        self._by_source: dict[str, list[Candidate]] = {}
        self._by_type: dict[str, list[Candidate]] = {}
        self._others: list[Candidate] = []
        for rule in rules:
            if rule.enabled and rule.pattern and not rule.managed_by:
                self._add(Candidate(rule, compiled(rule.pattern)), json.loads(rule.pattern))

    def matching(self, event: dict[str, Any]) -> list[Rule]:
        candidates = [
            *self._by_source.get(event["source"], ()),
            *self._by_type.get(event["detail-type"], ()),
            *self._others,
        ]
        return [candidate.rule for candidate in candidates if candidate.matches(event)]

    def _add(self, candidate: Candidate, pattern: dict[str, Any]) -> None:
        for field, index in (("source", self._by_source), ("detail-type", self._by_type)):
            wanted = pattern.get(field)
            if isinstance(wanted, list) and all(isinstance(each, str) for each in wanted):
                for each in set(wanted):
                    index.setdefault(each, []).append(candidate)
                return
        self._others.append(candidate)
