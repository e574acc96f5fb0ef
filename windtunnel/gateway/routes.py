"""
From method and path to the operation of a REST service: a trie over the request URIs of its model.

    /{Bucket}/{Key+}    literals before labels; a greedy label takes the rest of the path
    ?uploads            fixed pairs of the query string must be there
Among the operations that fit a path, the one wins that has the most fixed pairs, then the one whose required members
in query string and headers are there; so UploadPart, UploadPartCopy, CopyObject and PutObject are told apart.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl, unquote

from windtunnel.aws import models
from windtunnel.aws.models import Operation, Service

_MOST_KNOWN = 1_024
"""Paths whose route is remembered: a function that is invoked again and again is found at once."""


class Route:
    """One operation and what a request must have to be meant for it."""

    __slots__ = ("deprecated", "greedy", "headers", "labels", "method", "name", "query", "required")

    def __init__(self, operation: Operation, labels: tuple[str, ...], greedy: bool):
        self.name = operation.name
        self.method = operation.method
        self.labels = labels
        self.greedy = greedy
        self.query = operation.query
        self.deprecated = operation.deprecated
        members = operation.input.members if operation.input is not None else {}
        wanted = operation.input.required if operation.input is not None else ()
        self.required = tuple(
            members[name].locationName or name for name in wanted if members[name].location == "querystring"
        )
        self.headers = tuple(
            (members[name].locationName or name).lower() for name in wanted if members[name].location == "header"
        )

    def rank(self, query: Mapping[str, str], headers: Mapping[str, str]) -> tuple[int, int, int, bool] | None:
        """How well a request fits; None where a fixed pair is missing."""
        for name, value in self.query:
            if name not in query or (value is not None and query[name] != value):
                return None
        present = sum(name in query for name in self.required) + sum(name in headers for name in self.headers)
        missing = len(self.required) + len(self.headers) - present
        return len(self.query), -missing, present, not self.deprecated


class Node:
    """One step of a path."""

    __slots__ = ("greedy", "here", "label", "literals")

    def __init__(self) -> None:
        self.literals: dict[str, Node] = {}
        self.label: Node | None = None
        self.here: list[Route] = []
        self.greedy: list[Route] = []


class Routes:
    """All routes of one service."""

    def __init__(self, service: Service):
        self.root = Node()
        self._known: dict[tuple[str, str], tuple[str, dict[str, str]]] = {}
        for name, (_, uri) in service.routes.items():
            self._add(service, name, uri.partition("?")[0])

    def match(
        self, method: str, path: str, query: str, headers: Mapping[str, str]
    ) -> tuple[str, dict[str, str]] | None:
        """The operation's name and its labels, decoded and not to be changed; None where nothing fits."""
        if (known := self._known.get((method, path))) is not None:
            return known
        steps = path.split("/")[1:]
        found: list[tuple[Route, list[str]]] = []
        _walk(self.root, steps, 0, [], method, found)
        if not found:
            return None
        if len(found) == 1 and not found[0][0].query:
            answer = _labelled(*found[0])
            if len(self._known) >= _MOST_KNOWN:
                self._known.clear()
            self._known[method, path] = answer
            return answer
        pairs = dict(parse_qsl(query, keep_blank_values=True)) if query else {}
        ranked = [(route.rank(pairs, headers), route, values) for route, values in found]
        fitting = [each for each in ranked if each[0] is not None]
        if not fitting:
            return None
        _, route, values = max(fitting, key=_best)
        return _labelled(route, values)

    def _add(self, service: Service, name: str, path: str) -> None:
        node, labels, greedy = self.root, [], False
        steps = path.split("/")[1:]
        if steps and steps[-1] == "":
            steps.pop()
        for step in steps:
            if step.startswith("{"):
                label = step.strip("{}")
                greedy = label.endswith("+")
                labels.append(label.removesuffix("+"))
                if greedy:
                    break
                node.label = node.label or Node()
                node = node.label
            else:
                node = node.literals.setdefault(step, Node())
        route = Route(service.operations[name], tuple(labels), greedy)
        (node.greedy if greedy else node.here).append(route)


@functools.cache
def routes(service: str) -> Routes:
    """The routes of a service, compiled when first asked for."""
    return Routes(models.load(service))


def _labelled(route: Route, values: list[str]) -> tuple[str, dict[str, str]]:
    return route.name, {name: unquote(value) for name, value in zip(route.labels, values, strict=True)}


def _best(ranked: tuple[Any, Route, list[str]]) -> Any:
    return ranked[0]


def _walk(
    node: Node, steps: list[str], at: int, values: list[str], method: str, found: list[tuple[Route, list[str]]]
) -> None:
    """Collects the routes that fit, those with more literals first; stops at the first place that has any."""
    if at == len(steps) or (at == len(steps) - 1 and steps[at] == ""):
        found += [(route, values) for route in node.here if route.method == method]
        return
    step = steps[at]
    below = node.literals.get(step)
    if below is not None:
        _walk(below, steps, at + 1, values, method, found)
        if found:
            return
    if node.label is not None and step:
        _walk(node.label, steps, at + 1, [*values, step], method, found)
        if found:
            return
    if node.greedy:
        rest = "/".join(steps[at:])
        found += [(route, [*values, rest]) for route in node.greedy if route.method == method]
