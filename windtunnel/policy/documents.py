"""
Policy documents, compiled once: their statements, found by the action that is asked for.

AWS: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements.html
"""

from __future__ import annotations

import functools
import json
from typing import Any

import msgspec

from windtunnel.policy.conditions import Test, tests
from windtunnel.policy.principals import Match, Principal, Principals
from windtunnel.policy.wildcards import Context, Pattern

WITH_VARIABLES = "2012-10-17"
_ACTIONS_KEPT = 512
_NO_CONTEXT: Context = {}


class Malformed(ValueError):
    """Raised for a text that is no policy; says why."""


class Request(msgspec.Struct, frozen=True):
    """
    What somebody wants to do to what. `context` has the condition keys in lower case, those of the principal among them; `asked`
    makes one. `account` is the one that the resource belongs to.
    """

    principal: Principal
    action: str
    resource: str
    context: Context
    account: str


def asked(
    principal: Principal, action: str, resource: str, context: dict[str, Any] | None = None, account: str = ""
) -> Request:
    """A request; without an `account` the resource's ARN says whose it is. Keys of the `context` may have any case."""
    keys: dict[str, Any] = principal.keys()
    for name, value in (context or {}).items():
        several = isinstance(value, (tuple, list))
        keys[name.lower()] = tuple(map(_said, value)) if several else _said(value)
    fields = resource.split(":", 5)
    return Request(principal, action, resource, keys, account or (fields[4] if len(fields) == 6 else ""))


def _said(value: Any) -> str:
    return value if isinstance(value, str) else str(value).lower()


class Statement:
    """One statement. `name` is its Sid, or its place in the document where it has none."""

    __slots__ = (
        "_actions",
        "_all_but_actions",
        "_all_but_resources",
        "_principals",
        "_resources",
        "_tests",
        "allows",
        "name",
    )

    def __init__(self, element: dict[str, Any], place: int, variables: bool) -> None:
        if element.get("Effect") not in ("Allow", "Deny"):
            raise Malformed("A statement allows or denies.")
        self.name: str = element.get("Sid") or f"statement {place}"
        self.allows = element["Effect"] == "Allow"
        self._all_but_actions = "NotAction" in element
        actions = _listed(element["NotAction" if self._all_but_actions else "Action"])
        self._actions = [Pattern(action, False, any_case=True) for action in actions]
        self._all_but_resources = "NotResource" in element
        resources = element.get("NotResource" if self._all_but_resources else "Resource", "*")
        self._resources = [Pattern(resource, variables, arn=True) for resource in _listed(resources)]
        all_but = "NotPrincipal" in element
        whom = element.get("NotPrincipal" if all_but else "Principal")
        self._principals = None if whom is None else Principals(whom, all_but)
        self._tests: tuple[Test, ...] = tests(element["Condition"], variables) if element.get("Condition") else ()

    def is_about(self, action: str) -> bool:
        return any(pattern.fits(action, _NO_CONTEXT) for pattern in self._actions) is not self._all_but_actions

    def match(self, request: Request) -> Match:
        """How closely it means this request, whose action it is about. What has no principals means whoever has it."""
        found = Match.ITSELF if self._principals is None else self._principals.match(request.principal)
        if found is Match.NOT or self._names(request) is self._all_but_resources:
            return Match.NOT
        for test in self._tests:
            if not test.holds(request.context):
                return Match.NOT
        return found

    def _names(self, request: Request) -> bool:
        return any(pattern.fits(request.resource, request.context) for pattern in self._resources)


class Document:
    """A policy. Raises Malformed."""

    def __init__(self, content: Any) -> None:
        if not isinstance(content, dict):
            raise Malformed("A policy is an object.")
        variables = content.get("Version") == WITH_VARIABLES
        try:
            self.statements = tuple(
                Statement(element, number, variables)
                for number, element in enumerate(_listed(content.get("Statement", [])), 1)
            )
        except Malformed:
            raise
        except (ValueError, KeyError, TypeError, AttributeError) as problem:
            raise Malformed(f"A statement cannot be understood: {problem}") from problem
        self._on: dict[str, tuple[tuple[Statement, ...], tuple[Statement, ...]]] = {}

    def denying(self, action: str) -> tuple[Statement, ...]:
        """Its statements that deny the action to somebody."""
        return (self._on.get(action) or self._about(action))[0]

    def allowing(self, action: str) -> tuple[Statement, ...]:
        return (self._on.get(action) or self._about(action))[1]

    def _about(self, action: str) -> tuple[tuple[Statement, ...], tuple[Statement, ...]]:
        if len(self._on) >= _ACTIONS_KEPT:
            self._on.clear()
        about = [each for each in self.statements if each.is_about(action)]
        sorted_out = tuple(each for each in about if not each.allows), tuple(each for each in about if each.allows)
        self._on[action] = sorted_out
        return sorted_out


@functools.lru_cache(maxsize=4096)
def document(text: str) -> Document:
    """The policy of a text. Raises Malformed."""
    try:
        return Document(json.loads(text))
    except json.JSONDecodeError as problem:
        raise Malformed(f"The policy is not JSON: {problem}") from None


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
