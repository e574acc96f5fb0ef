"""Intrinsic functions: what `Ref`, `Fn::Sub`, `Fn::If` and the others mean for one stack.

`Scope.resolve` gives a value with every function replaced; a value of `AWS::NoValue` disappears from the map or list that holds it.
"""

from __future__ import annotations

import base64
import ipaddress
import json
import re
from collections.abc import Callable
from typing import Any

from windtunnel.deploy.template import TemplateError

NO_VALUE = object()
_PLACEHOLDER = re.compile(r"\$\{([^}]*)\}")


class Scope:
    """What names mean: parameters, conditions, mappings, other resources, and the stack itself."""

    def __init__(
        self,
        document: dict[str, Any],
        parameters: dict[str, Any],
        pseudo: dict[str, Any],
        reference: Callable[[str], Any],
        attribute: Callable[[str, str], Any],
        imported: Callable[[str], Any],
    ) -> None:
        """`reference` and `attribute` answer for resources and raise TemplateError for those that are not there."""
        self.mappings = document.get("Mappings") or {}
        self.conditions = document.get("Conditions") or {}
        self.parameters = parameters
        self.pseudo = pseudo
        self._reference = reference
        self._attribute = attribute
        self._imported = imported
        self._decided: dict[str, bool] = {}

    def resolve(self, value: Any) -> Any:
        if isinstance(value, dict):
            if len(value) == 1:
                [(name, argument)] = value.items()
                if name == "Ref":
                    return self.ref(argument)
                if name == "Condition" and isinstance(argument, str) and argument in self.conditions:
                    return self.holds(argument)
                function = _FUNCTIONS.get(name)
                if function is not None:
                    return function(self, argument)
                if name == "Fn::Transform":
                    named = argument.get("Name") if isinstance(argument, dict) else argument
                    raise TemplateError(f"The transform {named} is not supported.")
                if name.startswith("Fn::"):
                    raise TemplateError(f"The function {name} is not supported.")
            resolved = {key: self.resolve(each) for key, each in value.items()}
            return {key: each for key, each in resolved.items() if each is not NO_VALUE}
        if isinstance(value, list):
            items = [self.resolve(each) for each in value]
            return [each for each in items if each is not NO_VALUE]
        return value

    def ref(self, name: Any) -> Any:
        if name == "AWS::NoValue":
            return NO_VALUE
        if name in self.pseudo:
            return self.pseudo[name]
        if name in self.parameters:
            return self.parameters[name]
        return self._reference(str(name))

    def holds(self, condition: str) -> bool:
        """Whether a condition of the template is true."""
        if condition not in self._decided:
            if condition not in self.conditions:
                raise TemplateError(f"The condition {condition} is used but not defined.")
            self._decided[condition] = bool(self.resolve(self.conditions[condition]))
        return self._decided[condition]

    def get_att(self, argument: Any) -> Any:
        parts = argument.split(".", 1) if isinstance(argument, str) else [self.resolve(part) for part in argument]
        if len(parts) != 2:
            raise TemplateError(f"Fn::GetAtt wants a resource and an attribute, not {argument!r}.")
        return self._attribute(str(parts[0]), str(parts[1]))

    def sub(self, argument: Any) -> str:
        text, names = (argument, {}) if isinstance(argument, str) else (argument[0], argument[1])

        def value(found: re.Match[str]) -> str:
            name = found[1].strip()
            if name.startswith("!"):
                return f"${{{name[1:]}}}"
            if name in names:
                return as_text(self.resolve(names[name]))
            if "." in name and name.split(".", 1)[0] not in self.pseudo:
                return as_text(self.get_att(name))
            return as_text(self.ref(name))

        return _PLACEHOLDER.sub(value, text)

    def imported(self, argument: Any) -> Any:
        return self._imported(as_text(self.resolve(argument)))

    def find_in_map(self, argument: list[Any]) -> Any:
        default = argument[3].get("DefaultValue", NO_VALUE) if len(argument) > 3 else NO_VALUE
        keys = [as_text(self.resolve(part)) for part in argument[:3]]
        found: Any = self.mappings
        for key in keys:
            if not isinstance(found, dict) or key not in found:
                if default is not NO_VALUE:
                    return self.resolve(default)
                raise TemplateError(f"Fn::FindInMap finds nothing at {' / '.join(keys)}.")
            found = found[key]
        return found

    def choose(self, argument: list[Any]) -> Any:
        condition, yes, no = argument
        return self.resolve(yes if self.holds(condition) else no)


def as_text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return ",".join(as_text(each) for each in value)
    return str(value)


def _join(scope: Scope, argument: list[Any]) -> str:
    delimiter, values = argument
    resolved = scope.resolve(values)
    parts = resolved if isinstance(resolved, list) else str(resolved).split(",")
    return str(delimiter).join(as_text(part) for part in parts)


def _select(scope: Scope, argument: list[Any]) -> Any:
    index, values = scope.resolve(argument[0]), scope.resolve(argument[1])
    items = values if isinstance(values, list) else str(values).split(",")
    if not 0 <= int(index) < len(items):
        raise TemplateError(f"Fn::Select cannot take item {index} of {len(items)}.")
    return items[int(index)]


def _cidr(scope: Scope, argument: list[Any]) -> list[str]:
    block, count, *rest = [scope.resolve(part) for part in argument]
    network = ipaddress.ip_network(block)
    bits = int(rest[0]) if rest else 8
    subnets = network.subnets(new_prefix=network.max_prefixlen - bits)
    return [str(next(subnets)) for _ in range(int(count))]


def _zones(scope: Scope, argument: Any) -> list[str]:
    region = scope.resolve(argument) or scope.pseudo["AWS::Region"]
    return [f"{region}{letter}" for letter in "abc"]


def _boolean(value: Any) -> bool:
    return value if isinstance(value, bool) else str(value).lower() == "true"


_FUNCTIONS: dict[str, Callable[[Scope, Any], Any]] = {
    "Fn::GetAtt": Scope.get_att,
    "Fn::Sub": Scope.sub,
    "Fn::Join": _join,
    "Fn::Select": _select,
    "Fn::Split": lambda scope, a: as_text(scope.resolve(a[1])).split(a[0]),
    "Fn::If": Scope.choose,
    "Fn::Equals": lambda scope, a: as_text(scope.resolve(a[0])) == as_text(scope.resolve(a[1])),
    "Fn::And": lambda scope, a: all(_boolean(scope.resolve(each)) for each in a),
    "Fn::Or": lambda scope, a: any(_boolean(scope.resolve(each)) for each in a),
    "Fn::Not": lambda scope, a: not _boolean(scope.resolve(a[0])),
    "Fn::FindInMap": Scope.find_in_map,
    "Fn::ImportValue": Scope.imported,
    "Fn::Base64": lambda scope, a: base64.b64encode(as_text(scope.resolve(a)).encode()).decode(),
    "Fn::Cidr": _cidr,
    "Fn::GetAZs": _zones,
    "Fn::Length": lambda scope, a: len(scope.resolve(a)),
    "Fn::ToJsonString": lambda scope, a: json.dumps(scope.resolve(a), separators=(",", ":")),
}


def names_in(value: Any) -> set[str]:
    """The names that a value mentions: of resources and parameters alike."""
    found: set[str] = set()
    _collect(value, found)
    return found


def _collect(value: Any, found: set[str]) -> None:
    if isinstance(value, list):
        for each in value:
            _collect(each, found)
    elif isinstance(value, dict):
        for name, argument in value.items():
            if name == "Ref" and isinstance(argument, str):
                found.add(argument)
            elif name == "Fn::GetAtt":
                found.add(argument.split(".")[0] if isinstance(argument, str) else str(argument[0]))
            elif name == "Fn::Sub":
                text = argument if isinstance(argument, str) else argument[0]
                found.update(
                    each.split(".")[0].strip() for each in _PLACEHOLDER.findall(text) if not each.startswith("!")
                )
                if not isinstance(argument, str):
                    _collect(argument[1], found)
            else:
                _collect(argument, found)
