"""
The tokens of an expression, and the reader that all parsers go through.

AWS: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.OperatorsAndFunctions.html
"""

from __future__ import annotations

import re
from typing import NamedTuple

from windtunnel.aws.errors import ApiError

LONGEST_BYTES = 4096
NAME, PLACEHOLDER, VALUE, NUMBER, SIGN, END = "name", "placeholder", "value", "number", "sign", "end"

# A name begins with a letter: AWS wants a placeholder for others (".../Expressions.ExpressionAttributeNames.html").
_TOKEN = re.compile(
    r"\s*(?:(?P<name>[A-Za-z][A-Za-z0-9_]*)|(?P<placeholder>#[A-Za-z0-9_]+)|(?P<value>:[A-Za-z0-9_]+)"
    r"|(?P<number>[0-9]+)|(?P<sign><>|<=|>=|\S))"
)


class Token(NamedTuple):
    kind: str
    text: str
    start: int
    end: int


class Invalid(Exception):
    """What is wrong with an expression, in AWS's words; the kind of the expression is said by `refused`."""


def refused(kind: str, problem: Invalid) -> ApiError:
    return ApiError("ValidationException", f"Invalid {kind}: {problem}")


class Reader:
    """Reads one expression from left to right. Raises Invalid for one that is empty or too long."""

    def __init__(self, text: str) -> None:
        size = len(text.encode())
        if not text.strip():
            raise Invalid("The expression can not be empty;")
        if size > LONGEST_BYTES:
            raise Invalid(f"Expression size has exceeded the maximum allowed size; expression size: {size}")
        self.text = text
        self.tokens: list[Token] = []
        for match in _TOKEN.finditer(text):
            kind = match.lastgroup or SIGN
            self.tokens.append(Token(kind, match[kind], match.start(kind), match.end(kind)))
        self.tokens.append(Token(END, "<EOF>", len(text), len(text)))
        self.at = 0

    @property
    def next(self) -> Token:
        return self.tokens[self.at]

    def take(self) -> Token:
        token = self.tokens[self.at]
        if token.kind != END:
            self.at += 1
        return token

    def sees(self, sign: str) -> bool:
        return self.next.text == sign and self.next.kind == SIGN

    def sees_word(self, *words: str) -> bool:
        """Whether a keyword comes, in whatever case."""
        return self.next.kind == NAME and self.next.text.upper() in words

    def skip(self, sign: str) -> bool:
        """Take that sign if it comes."""
        found = self.sees(sign)
        self.at += found
        return found

    def skip_word(self, word: str) -> bool:
        found = self.sees_word(word)
        self.at += found
        return found

    def expect(self, sign: str) -> None:
        if not self.skip(sign):
            raise self.unexpected()

    def expect_end(self) -> None:
        if self.next.kind != END:
            raise self.unexpected()

    def unexpected(self) -> Invalid:
        """The syntax error at the next token, shown between its neighbours."""
        token = self.next
        before = self.tokens[max(self.at - 1, 0)]
        after = self.tokens[min(self.at + 1, len(self.tokens) - 1)]
        near = self.text[before.start : after.end if token.kind != END else before.end].strip()
        return Invalid(f'Syntax error; token: "{token.text}", near: "{near}"')
