"""What an expression of a state sees: its input, its variables, the context object, and later its result or its error."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

encoded = msgspec.json.Encoder().encode


def text_of(value: Any) -> str:
    """JSON without spaces, as Step Functions writes what it made."""
    return encoded(value).decode()


def parsed(text: str) -> Any:
    """Raises msgspec.DecodeError."""
    return msgspec.json.decode(text)


class Scope:
    """`context` makes the context object when something asks for it."""

    __slots__ = ("_context", "_made", "home", "input", "variables")

    def __init__(
        self, input: Any, variables: dict[str, Any], context: Callable[[], dict[str, Any]], home: Any = None
    ) -> None:
        self.input = input
        self.variables = variables
        self.home = home
        self._context = context
        self._made: dict[str, Any] | None = None

    def context(self) -> dict[str, Any]:
        if self._made is None:
            self._made = self._context()
        return self._made

    def of(self, input: Any) -> Scope:
        """The same with another input."""
        other = Scope(input, self.variables, self._context, self.home)
        other._made = self._made
        return other
