"""The tokens of a PartiQL statement, and the reader that its parsers go through."""

from __future__ import annotations

import re
from typing import NamedTuple

from windtunnel.aws.errors import ApiError
from windtunnel.services.dynamodb.values import Value, invalid

WORD, QUOTED, TEXT, NUMBER, SIGN, END = "word", "quoted", "text", "number", "sign", "end"
_TOKEN = re.compile(
    r"""\s*(?:(?P<word>[A-Za-z_$][A-Za-z0-9_$]*)|"(?P<quoted>(?:[^"]|"")*)"|'(?P<text>(?:[^']|'')*)'"""
    r"""|(?P<number>[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?)|(?P<sign><<|>>|<>|!=|<=|>=|\S))"""
)


class Token(NamedTuple):
    kind: str
    text: str


def malformed(why: str) -> ApiError:
    return invalid(f"Statement wasn't well formed, can't be processed: {why}")


class Words:
    """Reads one statement from left to right, and gives each `?` the parameter that is for it."""

    def __init__(self, text: str, parameters: list[Value]) -> None:
        self._tokens: list[Token] = []
        for match in _TOKEN.finditer(text):
            kind = match.lastgroup or SIGN
            content = match[kind]
            if kind == QUOTED:
                content = content.replace('""', '"')
            elif kind == TEXT:
                content = content.replace("''", "'")
            self._tokens.append(Token(kind, content))
        if self._tokens and self._tokens[-1] == Token(SIGN, ";"):
            self._tokens.pop()
        self._tokens.append(Token(END, ""))
        self._at = 0
        self._parameters = parameters
        self._used = 0

    @property
    def next(self) -> Token:
        return self._tokens[self._at]

    def take(self) -> Token:
        token = self._tokens[self._at]
        if token.kind != END:
            self._at += 1
        return token

    def sees(self, sign: str) -> bool:
        return self.next == (SIGN, sign)

    def sees_word(self, *words: str) -> bool:
        return self.next.kind == WORD and self.next.text.upper() in words

    def calls(self) -> bool:
        """Whether the name of a function comes."""
        return self.next.kind == WORD and self._tokens[self._at + 1] == (SIGN, "(")

    def skip(self, sign: str) -> bool:
        found = self.sees(sign)
        self._at += found
        return found

    def skip_words(self, *words: str) -> bool:
        """Take all of these keywords if they come, one after the other."""
        for offset, word in enumerate(words):
            token = self._tokens[min(self._at + offset, len(self._tokens) - 1)]
            if token.kind != WORD or token.text.upper() != word:
                return False
        self._at += len(words)
        return True

    def expect(self, sign: str) -> None:
        if not self.skip(sign):
            raise self.unexpected()

    def expect_words(self, *words: str) -> None:
        if not self.skip_words(*words):
            raise self.unexpected()

    def name(self) -> str:
        """A name, in double quotes or without."""
        if self.next.kind not in (WORD, QUOTED):
            raise malformed("Expected identifier for simple path")
        return self.take().text

    def parameter(self) -> Value:
        """The value of the next `?`."""
        if self._used >= len(self._parameters):
            raise wrong_number()
        self._used += 1
        return self._parameters[self._used - 1]

    def expect_end(self) -> None:
        if self.next.kind != END:
            raise self.unexpected()
        if self._used != len(self._parameters):
            raise wrong_number()

    def unexpected(self) -> ApiError:
        kinds = {END: "Unexpected end of statement", WORD: "Unexpected keyword"}
        return malformed(kinds.get(self.next.kind, "Unexpected term"))


def wrong_number() -> ApiError:
    return invalid("Number of parameters in request and statement don't match.")
