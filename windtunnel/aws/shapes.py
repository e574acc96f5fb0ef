"""
Shapes: the types that AWS's models are made of.

A reference to a shape may carry traits of its own (where in the request it stands, what it is called there), so one
shape of the model becomes one `Shape` per set of traits it is referred to with. Equal references give the same object,
hence a `Shape` is a good key for what is compiled from it, also where shapes contain themselves.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Generic, TypeVar

Value = TypeVar("Value")

SIMPLE = frozenset({"string", "character", "integer", "long", "float", "double", "boolean", "blob", "timestamp"})


class Lazily(Mapping[str, Value], Generic[Value]):
    """A read-only mapping whose values are made at the first look-up and kept."""

    __slots__ = ("_made", "_make", "_names")

    def __init__(self, names: tuple[str, ...], make: Any):
        self._names = dict.fromkeys(names)
        self._make = make
        self._made: dict[str, Value] = {}

    def __getitem__(self, name: str) -> Value:
        try:
            return self._made[name]
        except KeyError:
            if name not in self._names:
                raise
        made: Value = self._make(name)
        return self._made.setdefault(name, made)

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)

    def __contains__(self, name: object) -> bool:
        return name in self._names


class Shape:
    """
    One shape as referred to from one place. Attributes are spelled as in the models.

    `members` is empty unless the type is "structure"; `member` is the element of a list, `key` and `value` those of a
    map; do not ask other types for them. `required` lists member names. `error` is the dict of that name, {} where there is none.
    """

    __slots__ = (
        "_key",
        "_member",
        "_shapes",
        "_value",
        "box",
        "document",
        "enum",
        "error",
        "event",
        "eventheader",
        "eventpayload",
        "eventstream",
        "exception",
        "fault",
        "flattened",
        "hostLabel",
        "idempotencyToken",
        "jsonvalue",
        "location",
        "locationName",
        "max",
        "members",
        "min",
        "name",
        "pattern",
        "payload",
        "required",
        "sensitive",
        "streaming",
        "timestampFormat",
        "type",
        "union",
        "xmlAttribute",
        "xmlNamespace",
        "xmlOrder",
    )

    def __init__(self, name: str, traits: dict[str, Any], shapes: Shapes):
        self.name = name
        self.type: str = traits["type"]
        self.required: tuple[str, ...] = tuple(traits.get("required", ()))
        self.enum: tuple[str, ...] = tuple(traits.get("enum", ()))
        self.pattern: str | None = traits.get("pattern")
        self.min: float | None = traits.get("min")
        self.max: float | None = traits.get("max")
        self.location: str | None = traits.get("location")
        self.locationName: str | None = traits.get("locationName")
        self.payload: str | None = traits.get("payload")
        self.timestampFormat: str | None = traits.get("timestampFormat")
        self.xmlNamespace: dict[str, str] | None = _namespace(traits.get("xmlNamespace"))
        self.xmlOrder: tuple[str, ...] = tuple(traits.get("xmlOrder", ()))
        self.error: dict[str, Any] = traits.get("error") or {}
        self.box: bool = bool(traits.get("box"))
        self.document: bool = bool(traits.get("document"))
        self.event: bool = bool(traits.get("event"))
        self.eventheader: bool = bool(traits.get("eventheader"))
        self.eventpayload: bool = bool(traits.get("eventpayload"))
        self.eventstream: bool = bool(traits.get("eventstream"))
        self.exception: bool = bool(traits.get("exception"))
        self.fault: bool = bool(traits.get("fault"))
        self.flattened: bool = bool(traits.get("flattened"))
        self.hostLabel: bool = bool(traits.get("hostLabel"))
        self.idempotencyToken: bool = bool(traits.get("idempotencyToken"))
        self.jsonvalue: bool = bool(traits.get("jsonvalue"))
        self.sensitive: bool = bool(traits.get("sensitive"))
        self.streaming: bool = bool(traits.get("streaming"))
        self.union: bool = bool(traits.get("union"))
        self.xmlAttribute: bool = bool(traits.get("xmlAttribute"))
        members = traits.get("members", {})
        self.members: Mapping[str, Shape] = Lazily(tuple(members), lambda member: shapes.at(members[member]))
        self._shapes = shapes
        self._member: dict[str, Any] | None = traits.get("member")
        self._key: dict[str, Any] | None = traits.get("key")
        self._value: dict[str, Any] | None = traits.get("value")

    @property
    def member(self) -> Shape:
        """The element of a list."""
        assert self._member is not None, f"{self.name} is no list"
        return self._shapes.at(self._member)

    @property
    def key(self) -> Shape:
        """The key of a map."""
        assert self._key is not None, f"{self.name} is no map"
        return self._shapes.at(self._key)

    @property
    def value(self) -> Shape:
        """The value of a map."""
        assert self._value is not None, f"{self.name} is no map"
        return self._shapes.at(self._value)

    def __repr__(self) -> str:
        return f"<Shape {self.name}: {self.type}>"


class Shapes:
    """All shapes of one service, made when they are first asked for."""

    def __init__(self, model: dict[str, Any]):
        self._model = model
        self._made: dict[tuple[str, str], Shape] = {}

    def at(self, reference: dict[str, Any]) -> Shape:
        """The shape that a reference `{"shape": name, …traits}` stands for; the same object for equal references."""
        traits = {
            name: value
            for name, value in reference.items()
            if name not in _PROSE and not (name == "box" and self._model[reference["shape"]].get("box"))
        }
        name = traits.pop("shape")
        key = (name, repr(sorted(traits.items())) if traits else "")
        shape = self._made.get(key)
        if shape is None:
            shape = self._made.setdefault(key, Shape(name, {**self._model[name], **traits}, self))
        return shape

    def named(self, name: str) -> Shape:
        """The shape of that name without traits of a reference."""
        return self.at({"shape": name})

    def names(self) -> tuple[str, ...]:
        return tuple(self._model)


_PROSE = frozenset({"documentation", "deprecated", "deprecatedMessage", "deprecatedSince", "contextParam"})


def _namespace(trait: Any) -> dict[str, str] | None:
    if isinstance(trait, str):
        return {"uri": trait}
    return trait or None
