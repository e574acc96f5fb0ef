"""
What Jackson says of a text that is not JSON: services of AWS that are written in Java pass its words on.

The message names the first thing that is wrong and where. A text that is fine is checked by a faster reader; only a bad one is
read again here, for its message.
"""

from __future__ import annotations

import re
from typing import NoReturn

_HIDDEN = "REDACTED (`StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION` disabled)"
_MOST_SHOWN = 500
_VALUE = "(JSON String, Number, Array, Object or token 'null', 'true' or 'false')"
_NUMBER = re.compile(rb"-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?")
_WORD = re.compile(r"[\w$]+")
_SPACE = b" \t\r\n"


def problem(payload: bytes, source: str = _HIDDEN) -> str:
    """What Jackson says of it; empty where it finds nothing wrong. `source` is how it names the text."""
    try:
        _Reader(payload, source).document()
    except _WrongError as wrong:
        return str(wrong)
    return ""


def problem_of_text(text: str) -> str:
    """The same of a text that it shows in its message."""
    return problem(text.encode(), shown(text))


def shown(text: str) -> str:
    """A text as older versions of Jackson name it as their source."""
    more = len(text) - _MOST_SHOWN
    return f'(String)"{text[:_MOST_SHOWN]}"' + (f"[truncated {more} chars]" if more > 0 else "")


def location(text: str, at: int, source: str) -> str:
    """The place after the first `at` characters of a text, as Jackson writes it behind a message."""
    before = text[:at]
    return f"[Source: {source}; line: {before.count(chr(10)) + 1}, column: {at - before.rfind(chr(10))}]"


class _WrongError(Exception):
    pass


class _Reader:
    def __init__(self, text: bytes, source: str) -> None:
        self.text = text
        self.source = source
        self.at = 0

    def document(self) -> None:
        self.value("")
        if self.peek() is not None:
            self.unexpected_value()

    def value(self, inside: str) -> None:
        first = self.peek()
        if first is None:
            self.fail(
                f"Unexpected end-of-input within/between {inside} entries" if inside else "No content to map",
                self.at + 1,
            )
        elif first == b"{":
            self.object()
        elif first == b"[":
            self.array()
        elif first == b'"':
            self.string()
        elif found := _NUMBER.match(self.text, self.at):
            self.at = found.end()
        else:
            for word in (b"null", b"true", b"false"):
                end = self.at + len(word)
                if self.text[self.at : end] == word and not self.text[end : end + 1].isalnum():
                    self.at = end
                    return
            self.unexpected_value()

    def object(self) -> None:
        opened = self.at
        self.at += 1
        if self.peek() == b"}":
            self.at += 1
            return
        while True:
            if self.expected(b'"', "was expecting double-quote to start field name", "Object", opened):
                self.string()
            self.expected(b":", "was expecting a colon to separate field name and value", "Object", opened)
            self.at += 1
            self.value("Object")
            if self.peek() == b"}":
                self.at += 1
                return
            self.expected(b",", "was expecting comma to separate Object entries", "Object", opened)
            self.at += 1

    def array(self) -> None:
        opened = self.at
        self.at += 1
        if self.peek() == b"]":
            self.at += 1
            return
        while True:
            self.value("Array")
            if self.peek() == b"]":
                self.at += 1
                return
            self.expected(b",", "was expecting comma to separate Array entries", "Array", opened)
            self.at += 1

    def string(self) -> None:
        self.at += 1
        while self.at < len(self.text):
            char = self.text[self.at : self.at + 1]
            if char == b'"':
                self.at += 1
                return
            if char < b" ":
                self.fail(
                    f"Illegal unquoted character ((CTRL-CHAR, code {char[0]})): has to be escaped using backslash to be "
                    "included in string value",
                    self.at + 2,
                )
            self.at += 2 if char == b"\\" else self.width()
        self.fail("Unexpected end-of-input: was expecting closing quote for a string value", self.at + 1)

    def peek(self) -> bytes | None:
        """The next character that is no space."""
        while self.at < len(self.text) and self.text[self.at] in _SPACE:
            self.at += 1
        return self.text[self.at : self.at + 1] or None

    def expected(self, char: bytes, says: str, inside: str, opened: int) -> bool:
        found = self.peek()
        if found is None:
            start = f"start marker at {self.place(opened + 1)}"
            self.fail(f"Unexpected end-of-input: expected close marker for {inside} ({start})", self.at + 1)
        if found != char:
            self.fail(f"Unexpected character ({self.described()}): {says}", self.at + 1)
        return True

    def unexpected_value(self) -> NoReturn:
        word = _WORD.match(self.text[self.at :].decode("ascii", "ignore") if self.text[self.at] < 128 else "")
        if word is None or word[0][0].isdigit():
            self.fail(f"Unexpected character ({self.described()}): expected a valid value {_VALUE}", self.at + 1)
        begin = self.at
        while self.at < len(self.text) and (self.text[self.at] >= 128 or _WORD.match(chr(self.text[self.at]))):
            self.at += self.width()
        token = self.text[begin : self.at].decode("utf-8", "replace")
        self.fail(f"Unrecognized token '{token}': was expecting {_VALUE}", self.at + 1)

    def width(self) -> int:
        """How many bytes the character here has."""
        byte = self.text[self.at]
        if byte < 0x80:
            return 1
        size = 2 if byte & 0xE0 == 0xC0 else 3 if byte & 0xF0 == 0xE0 else 4 if byte & 0xF8 == 0xF0 else 0
        if not size:
            self.fail(f"Invalid UTF-8 start byte 0x{byte:x}", self.at + 2)
        for ahead in range(1, size):
            follows = self.text[self.at + ahead : self.at + ahead + 1]
            if follows and follows[0] & 0xC0 != 0x80:
                self.fail(f"Invalid UTF-8 middle byte 0x{follows[0]:x}", self.at + ahead + 2)
        return size

    def described(self) -> str:
        code = self.text[self.at]
        if code < 32 or 127 <= code < 160:
            return f"(CTRL-CHAR, code {code})"
        return f"'{chr(code)}' (code {code})"

    def place(self, offset: int) -> str:
        """`offset` counts bytes from one, and so does the column, but for a text that is shown: it counts characters."""
        before = self.text[: offset - 1]
        if self.source != _HIDDEN:
            return location(before.decode("utf-8", "replace"), len(before.decode("utf-8", "replace")), self.source)
        line, column = before.count(b"\n") + 1, offset - (before.rfind(b"\n") + 1)
        return f"[Source: {self.source}; line: {line}, column: {column}]"

    def fail(self, says: str, offset: int) -> NoReturn:
        raise _WrongError(f"{says}\n at {self.place(offset)}")
