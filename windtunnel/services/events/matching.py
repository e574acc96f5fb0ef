"""
Which rules of a bus an event matches, without asking all of them.

    rules ──split by the field whose exact values tell most of them apart──► by value ──split again──► a few candidates
                                                                        └──► the rest, that do not name that field

An event is asked for that field only, so a hundred rules for a hundred sources, types or states cost no more than a few.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from windtunnel.fabric.patterns import Matches, compiled
from windtunnel.services.events.records import Rule

FEW = 4
"""So many candidates are asked one by one."""

Path = tuple[str, ...]


class Candidate(NamedTuple):
    rule: Rule
    matches: Matches
    exact: dict[Path, frozenset[str]]
    """The fields of which its pattern wants one of some texts."""


class Matcher:
    """Of the enabled rules with a pattern, but not those of archives; made anew when one of them changes."""

    def __init__(self, rules: Iterable[Rule]) -> None:
        asked = [rule for rule in rules if rule.enabled and rule.pattern and not rule.managed_by]
        self._index = _Index([_candidate(rule) for rule in asked])

    def matching(self, event: dict[str, Any]) -> list[Rule]:
        found = {each.rule.arn: each for each in self._index.candidates(event)}
        return [candidate.rule for candidate in found.values() if candidate.matches(event)]


class _Index:
    def __init__(self, candidates: list[Candidate]) -> None:
        self._path = _most_telling(candidates) if len(candidates) > FEW else ()
        self._asked: list[Candidate] = []
        self._by_value: dict[str, _Index] = {}
        self._rest: _Index | None = None
        if not self._path:
            self._asked = candidates
            return
        by_value: dict[str, list[Candidate]] = defaultdict(list)
        for candidate in candidates:
            for value in candidate.exact.get(self._path, ()):
                by_value[value].append(candidate)
        self._by_value = {value: _Index(those) for value, those in by_value.items()}
        if rest := [each for each in candidates if self._path not in each.exact]:
            self._rest = _Index(rest)

    def candidates(self, event: dict[str, Any]) -> Iterator[Candidate]:
        yield from self._asked
        if self._path:
            for value in _texts(event, self._path):
                if (index := self._by_value.get(value)) is not None:
                    yield from index.candidates(event)
        if self._rest is not None:
            yield from self._rest.candidates(event)


def _candidate(rule: Rule) -> Candidate:
    return Candidate(rule, compiled(rule.pattern), dict(_exact(json.loads(rule.pattern), ())))


def _exact(pattern: dict[str, Any], path: Path) -> Iterator[tuple[Path, frozenset[str]]]:
    for name, wanted in pattern.items():
        if isinstance(wanted, dict):
            yield from _exact(wanted, (*path, name))
        elif name != "$or" and all(isinstance(each, str) for each in wanted):
            yield (*path, name), frozenset(wanted)


def _most_telling(candidates: list[Candidate]) -> Path:
    """The field that leaves the fewest to ask, whatever its value is; none where every field may leave all of them."""
    named: dict[Path, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    users: dict[Path, int] = defaultdict(int)
    for candidate in candidates:
        for path, wanted in candidate.exact.items():
            users[path] += 1
            for value in wanted:
                named[path][value] += 1
    left = {path: len(candidates) - users[path] + max(counts.values()) for path, counts in named.items()}
    best = min(left, key=lambda path: (left[path], len(path)), default=())
    return best if best and left[best] < len(candidates) else ()


def _texts(event: Any, path: Path) -> list[str]:
    """What is at this place of an event, in each element where there are lists on the way."""
    found = [event]
    for name in path:
        found = [each[name] for each in _flat(found) if isinstance(each, dict) and name in each]
    return list({value for value in _flat(found) if isinstance(value, str)})


def _flat(values: list[Any]) -> Iterator[Any]:
    for value in values:
        if isinstance(value, list):
            yield from _flat(value)
        else:
            yield value
