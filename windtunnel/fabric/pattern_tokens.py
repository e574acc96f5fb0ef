"""
The tokens of an event pattern, read one by one, each with the place that messages about it name.

EventBridge reads patterns with Jackson, and its messages end with the place where Jackson stood: behind a bracket, a number or a
word; behind the opening quote of a text until somebody looks at the text; after the name of a field, already behind the
beginning of its value.
"""

from __future__ import annotations

import re
from json.decoder import scanstring  # type: ignore[attr-defined]
from typing import NoReturn

from windtunnel.aws import jackson

_SPACE = re.compile(r"[ \t\r\n]*")
_NUMBER = re.compile(r"-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?")
_WORDS = ("true", "false", "null")
_CLOSES = {"{": "}", "[": "]"}


class InvalidPattern(ValueError):
    """The pattern is not one; the text says why, and where, in EventBridge's words."""


class Tokens:
    """`next` gives the kind of the next token: a bracket, `name`, `string`, `number`, `true`, `false`, `null`, or nothing."""

    def __init__(self, text: str) -> None:
        self.source = text
        self.kind = ""
        self._text = ""
        self._at = 0
        self._behind = 0
        self._open: list[str] = []
        self._begun = False
        self._ahead: tuple[str, str, int, int] | None = None

    def next(self) -> str:
        """Raises InvalidPattern where the text is not JSON."""
        if self._ahead is not None:
            self.kind, self._text, self._at, self._behind = self._ahead
            self._ahead = None
            return self._entered(self.kind)
        at = self._skipped(self._behind)
        char = self.source[at : at + 1]
        if self._begun and not self._open:
            char = ""
        if not char:
            if self._open:
                self._malformed()
            self.kind = self._text = ""
            return ""
        if self._open and char == _CLOSES[self._open[-1]]:
            self._open.pop()
            self.kind, self._text, self._at, self._behind, self._begun = char, char, at + 1, at + 1, True
            return char
        if self._open and self._begun:
            if char != ",":
                self._malformed()
            at = self._skipped(at + 1)
        if self._open and self._open[-1] == "{":
            return self._name(at)
        self.kind, self._text, self._at, self._behind = self._value(at)
        return self._entered(self.kind)

    @property
    def text(self) -> str:
        """What the token says; a text is read to its end by this."""
        self._at = self._behind if self.kind == "string" else self._at
        return self._text

    def fail(self, reason: str) -> NoReturn:
        """Refuse the pattern at the place of the last token."""
        place = jackson.location(self.source, self._at, jackson.shown(self.source))
        raise InvalidPattern(f"{reason}\n at {place}")

    def _entered(self, kind: str) -> str:
        self._begun = kind not in _CLOSES
        if kind in _CLOSES:
            self._open.append(kind)
        return kind

    def _name(self, at: int) -> str:
        if self.source[at : at + 1] != '"':
            self._malformed()
        name, end = self._string(at)
        end = self._skipped(end)
        if self.source[end : end + 1] != ":":
            self._malformed()
        self._ahead = self._value(self._skipped(end + 1))
        self.kind, self._text, self._at = "name", name, self._ahead[2]
        return self.kind

    def _value(self, at: int) -> tuple[str, str, int, int]:
        """Kind, text, the place that messages name, and where to read on."""
        char = self.source[at : at + 1]
        if char == '"':
            text, end = self._string(at)
            return "string", text, at + 1, end
        if char and char in _CLOSES:
            return char, char, at + 1, at + 1
        if found := _NUMBER.match(self.source, at):
            return "number", found[0], found.end(), found.end()
        word = next((word for word in _WORDS if self.source.startswith(word, at)), "")
        if not word:
            self._malformed()
        return word, word, at + len(word), at + len(word)

    def _string(self, at: int) -> tuple[str, int]:
        try:
            text, end = scanstring(self.source, at + 1, True)
        except ValueError:
            self._malformed()
        return str(text), int(end)

    def _skipped(self, at: int) -> int:
        found = _SPACE.match(self.source, at)
        return found.end() if found else at

    def _malformed(self) -> NoReturn:
        raise InvalidPattern(jackson.problem_of_text(self.source) or "not valid JSON")
