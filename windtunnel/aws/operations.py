"""What a service is written as: classes of operations, one a noun, whose methods are the boto3 calls.

    class Messages(Operations, api="sqs"):
        messages = Table(Message, key="id", within="queue", ordered="visible_at")

        def send_message(self, ctx, QueueUrl, MessageBody, DelaySeconds=0): ...

A method answers the operation of its name; its parameters are the members that it takes. A member it does not name is refused by
name (501), unless `inert` gives a reason why it is stored or dropped without effect. `def` is one whole step; `async def` may wait
and marks its own steps.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar

import msgspec

from windtunnel.kernel.streams import Stream
from windtunnel.kernel.tables import Table

if TYPE_CHECKING:
    from windtunnel.aws.home import Home


class Context(msgspec.Struct, frozen=True):
    """Who asks, and how: the first parameter of every operation."""

    principal: str
    request_id: str
    access_key: str = ""
    trace: str = ""
    host: str = ""
    protocol: str = ""
    service: str = ""
    account: str = ""
    """Whose the principal is: another one than the home's where a visitor asks."""


class Declaration(msgspec.Struct, frozen=True, kw_only=True):
    """A service: its name in the models, its classes as `module.Class`, its CloudFormation types as `Type → module.Class`."""

    api: str
    nouns: tuple[str, ...]
    types: dict[str, str] = {}
    world_wide: bool = False
    """One namespace for all regions, as IAM and the names of S3's buckets have."""
    part_of: str = ""
    """Where a service has a second API: the service in whose folder its classes stand, and whose tables they open."""

    @property
    def owner(self) -> str:
        """The service whose folder and tables these are."""
        return self.part_of or self.api


class Operations:
    """Operations on one noun of a service, in one home."""

    api: ClassVar[str] = ""
    inert: ClassVar[dict[str, str]] = {}
    """`Operation.Member` → why the member has no effect here. Shown on the coverage page."""

    def __init_subclass__(cls, api: str = "", **rest: Any) -> None:
        super().__init_subclass__(**rest)
        if api:
            cls.api = api

    def __init__(self, home: Home, space: str) -> None:
        """`space` is the prefix of this service's tables in the store."""
        self.home = home
        self.clock = home.clock
        self.ids = home.ids
        self.space = space
        for name, declared in inspect.getmembers_static(type(self), lambda member: isinstance(member, (Table, Stream))):
            setattr(self, name, home.opened(f"{space}/{name}", declared))

    def noun(self, name: str) -> Any:
        """Another noun of the same service, by the name of its class."""
        return self.home.service(self.api).nouns[name]

    def resume(self) -> None:
        """Called once when the home opens with stored state: take up what was under way."""


class Handler(msgspec.Struct, frozen=True):
    """How the dispatcher calls one operation."""

    call: Callable[..., Any]
    waits: bool
    accepts: frozenset[str]
    takes_all: bool
    inert: frozenset[str]


class Service:
    """A service opened in one home: its nouns, and a handler for each operation that it has."""

    def __init__(self, home: Home, declaration: Declaration, classes: list[type[Operations]]) -> None:
        self.declaration = declaration
        place = "aws-global" if declaration.world_wide else home.region
        space = f"{home.account}/{place}/{declaration.owner}"
        self.nouns: dict[str, Operations] = {cls.__name__: cls(home, space) for cls in classes}
        self.handlers: dict[str, Handler] = {}

    @cached_property
    def methods(self) -> dict[str, tuple[Callable[..., Any], Operations]]:
        """Every public method of a noun that takes a context, by its name: candidates for operations."""
        found: dict[str, tuple[Callable[..., Any], Operations]] = {}
        for noun in self.nouns.values():
            for name, _ in inspect.getmembers(type(noun), inspect.isfunction):
                if not name.startswith("_") and is_operation(getattr(type(noun), name)):
                    found[name] = (getattr(noun, name), noun)
        return found

    def handler(self, operation: str) -> Handler | None:
        """None for an operation that nobody implemented."""
        known = self.handlers.get(operation)
        if known is None:
            entry = self.methods.get(method_name(operation))
            if entry is None:
                return None
            method, noun = entry
            parameters = list(inspect.signature(method).parameters.values())[1:]
            prefix = f"{operation}."
            known = self.handlers[operation] = Handler(
                call=method,
                waits=inspect.iscoroutinefunction(method),
                accepts=frozenset(p.name for p in parameters if p.kind is not p.VAR_KEYWORD),
                takes_all=any(p.kind is p.VAR_KEYWORD for p in parameters),
                inert=frozenset(m.removeprefix(prefix) for m in noun.inert if m.startswith(prefix)),
            )
        return known


def is_operation(function: Callable[..., Any]) -> bool:
    """An operation is a method whose first parameter after `self` is `ctx`."""
    names = list(inspect.signature(function).parameters)
    return len(names) > 1 and names[1] == "ctx"


_WORD = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")


def method_name(operation: str) -> str:
    """The boto3 name of an operation: `ListQueueTags` → `list_queue_tags`, `GetSAMLProvider` → `get_saml_provider`."""
    return _WORD.sub("_", operation).lower()
