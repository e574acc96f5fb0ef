"""Event patterns: EventBridge rules, filter criteria of event source mappings and pipes.

    {"source": ["orders"], "detail": {"total": [{"numeric": [">", 100]}], "state": [{"prefix": "p"}, {"exists": false}]}}

Fields are joined by and, the alternatives of one field by or; `$or` joins whole patterns by or. A pattern is compiled once to a
function of an event; what is wrong with one is said in the words and the order of EventBridge, which uses the Ruler library.
AWS: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html, https://github.com/aws/event-ruler
"""

from __future__ import annotations

import json
from typing import Any

from windtunnel.fabric.pattern_operators import ABSENT, RESERVED, Matches, equal, expression
from windtunnel.fabric.pattern_tokens import InvalidPattern, Tokens

__all__ = ["InvalidPattern", "Matches", "compiled"]

_SCALARS = ("string", "number", "true", "false", "null")


def compiled(pattern: str | dict[str, Any]) -> Matches:
    """A function that says whether an event (a JSON object) matches. Raises `InvalidPattern`."""
    text = pattern if isinstance(pattern, str) else json.dumps(pattern, separators=(",", ":"), ensure_ascii=False)
    tokens = Tokens(text)
    if tokens.next() != "{":
        tokens.fail("Filter is not an object")
    return _object(tokens)


def _object(tokens: Tokens, within_or: bool = False) -> Matches:
    tests: dict[str, Matches] = {}
    if tokens.next() == "}":
        tokens.fail("Empty objects are not allowed")
    while tokens.kind != "}":
        field = tokens.text
        if field == "$or":
            tests[field] = _any_object(tokens)
        elif within_or and field in RESERVED:
            tokens.fail(f"{field} is Ruler reserved fieldName which cannot be used inside $or.")
        else:
            tests[field] = _step(tokens, field, within_or)
        tokens.next()
    return _all(tuple(tests.values()))


def _all(tests: tuple[Matches, ...]) -> Matches:
    """All that is asked of the objects of a list is asked of the same one."""
    if len(tests) == 1:
        return tests[0]

    def matches(event: Any) -> bool:
        if isinstance(event, list):
            found = [each for each in event if isinstance(each, (dict, list))]
            return any(matches(each) for each in found) if found else matches(ABSENT)
        return all(test(event) for test in tests)

    return matches


def _any_object(tokens: Tokens) -> Matches:
    if tokens.next() != "[":
        tokens.fail("It must be an Array followed with $or.")
    tests: list[Matches] = []
    while tokens.next() != "]":
        if tokens.kind != "{":
            tokens.fail("Only JSON object is allowed in array of $or relationship.")
        tests.append(_object(tokens, within_or=True))
    if len(tests) < 2:
        tokens.fail("There must have at least 2 Objects in $or relationship.")
    return lambda event: any(test(event) for test in tests)


def _step(tokens: Tokens, field: str, within_or: bool) -> Matches:
    kind = tokens.next()
    if kind == "{":
        inside = _object(tokens, within_or)
    elif kind == "[":
        inside = _leaf(_alternatives(tokens))
    else:
        tokens.fail(f'"{field}" must be an object or an array')
    first, *more = field.split(".")
    for name in reversed(more):
        inside = _inside(name, inside)
    return _inside(first, inside)


def _inside(field: str, test: Matches) -> Matches:
    """The test of what a field holds, of one element of a list. An event may also hold it in a name with dots."""
    start = f"{field}."

    def matches(event: Any) -> bool:
        if isinstance(event, list):
            found = [each for each in event if isinstance(each, (dict, list))]
            return any(matches(each) for each in found) if found else test(ABSENT)
        if not isinstance(event, dict):
            return test(ABSENT)
        value = event.get(field, ABSENT)
        if value is ABSENT:
            joined = {name[len(start) :]: each for name, each in event.items() if name.startswith(start)}
            value = joined or ABSENT
        return test(value)

    return matches


def _leaf(alternatives: list[Matches]) -> Matches:
    def matches(value: Any) -> bool:
        if isinstance(value, (dict, list)):
            return any(matches(each) for each in _scalars(value))
        return any(alternative(value) for alternative in alternatives)

    return matches


def _scalars(value: Any) -> list[Any]:
    """What stands in a list, and in the lists in it. An object is no value, and an empty list holds none."""
    found = []
    waiting = [value]
    while waiting:
        each = waiting.pop()
        if isinstance(each, list):
            waiting.extend(reversed(each))
        elif not isinstance(each, dict):
            found.append(each)
    return found or [ABSENT]


def _alternatives(tokens: Tokens) -> list[Matches]:
    found: list[Matches] = []
    while (kind := tokens.next()) != "]":
        if kind == "{":
            found.append(expression(tokens))
        elif kind in _SCALARS:
            found.append(equal(json.loads(tokens.text) if kind != "string" else tokens.text))
        else:
            tokens.fail("Match value must be String, number, true, false, or null")
    if not found:
        tokens.fail("Empty arrays are not allowed")
    return found
