"""Reading a template: text, references and directives, by descent.

`#if($a.size() > 1)x#end`   ─►   (If(((Binary(">", Reference("a", (Step("size", ()),)), Literal(1)), (Text("x"),)),)),)
"""

from __future__ import annotations

import functools
import re
from typing import Any

from windtunnel.services.apigateway.velocity.nodes import (
    Binary,
    Foreach,
    If,
    Interpolated,
    Leave,
    ListOf,
    Literal,
    MapOf,
    Not,
    Range,
    Reference,
    Set,
    Step,
    Text,
)

_NAME = re.compile(r"[A-Za-z_][\w-]*")
_OPENING = re.compile(r"\$!?(\{)?(?=[A-Za-z_])")
_DIRECTIVE = re.compile(r"#(?:\{(?P<braced>[a-z]+)\}|(?P<plain>[a-z]+)\b)")
_SPECIAL = re.compile(r"[#$\\]")
_SPACE = re.compile(r"\s*")
_REST_OF_LINE = re.compile(r"[ \t]*\r?\n")
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?")
_QUOTED = re.compile(r"'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"")
_WORDS = {"true": True, "false": False, "null": None}
_LEVELS: tuple[dict[str, str], ...] = (
    {"||": "||", "or": "||"},
    {"&&": "&&", "and": "&&"},
    {"==": "==", "!=": "!=", "eq": "==", "ne": "!="},
    {"<=": "<=", ">=": ">=", "<": "<", ">": ">", "le": "<=", "ge": ">=", "lt": "<", "gt": ">"},
    {"+": "+", "-": "-"},
    {"*": "*", "/": "/", "%": "%"},
)
UNKNOWN = ("macro", "define", "evaluate", "parse", "include")
"""Directives of Velocity that are not built."""


class Unreadable(ValueError):
    """Raised for a template that is not of the language; the text says what and where."""


class NotBuilt(ValueError):
    """Raised for a directive of the language that is not built; the text is its name."""


@functools.lru_cache(maxsize=512)
def parsed(template: str) -> tuple[Any, ...]:
    """The nodes of a template. Raises Unreadable and NotBuilt."""
    parser = _Parser(template)
    body, ended = parser.body()
    if ended:
        raise parser.problem(f"#{ended} stands outside of a block")
    return body


class _Parser:
    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0

    def problem(self, what: str) -> Unreadable:
        return Unreadable(f"{what} (line {self.text.count(chr(10), 0, self.at) + 1})")

    def body(self) -> tuple[tuple[Any, ...], str]:
        """The nodes up to the end of the text or of the block, and the directive that ended it."""
        nodes: list[Any] = []
        while True:
            found = _SPECIAL.search(self.text, self.at)
            end = found.start() if found is not None else len(self.text)
            if end > self.at:
                nodes.append(Text(self.text[self.at : end]))
            self.at = end
            if found is None:
                return tuple(nodes), ""
            if found.group() == "\\":
                nodes.append(self._escape())
            elif found.group() == "$":
                nodes.append(self._reference() or self._plain(1))
            else:
                node, ended = self._hash()
                if ended:
                    return tuple(nodes), ended
                if node is not None:
                    nodes.append(node)

    def _plain(self, length: int) -> Text:
        self.at += length
        return Text(self.text[self.at - length : self.at])

    def _escape(self) -> Text:
        """A backslash before a reference or directive makes it text; before anything else it is itself."""
        following = _OPENING.match(self.text, self.at + 1) or _DIRECTIVE.match(self.text, self.at + 1)
        if following is None:
            return self._plain(1)
        self.at += 1
        return self._plain(following.end() - following.start())

    def _hash(self) -> tuple[Any, str]:
        text, at = self.text, self.at
        if text.startswith("##", at):
            end = text.find("\n", at)
            self.at = len(text) if end < 0 else end + 1
            return None, ""
        for opening, closing in (("#*", "*#"), ("#[[", "]]#")):
            if text.startswith(opening, at):
                end = text.find(closing, at)
                if end < 0:
                    raise self.problem(f"{opening} has no {closing}")
                self.at = end + len(closing)
                return (None if opening == "#*" else Text(text[at + 3 : end])), ""
        found = _DIRECTIVE.match(text, at)
        word = (found["braced"] or found["plain"]) if found is not None else ""
        if word in UNKNOWN:
            raise NotBuilt(f"#{word}")
        if found is None or word not in ("set", "if", "elseif", "else", "end", "foreach", "break", "stop"):
            return self._plain(1), ""
        self.at = found.end()
        if word in ("else", "end", "elseif"):
            if word != "elseif":
                self._end_line()
            return None, word
        return self._directive(word), ""

    def _directive(self, word: str) -> Any:
        if word in ("break", "stop"):
            self._end_line()
            return Leave(word)
        if word == "set":
            self._expect("(")
            self._space()
            target = self._reference()
            if target is None:
                raise self.problem("#set wants a reference")
            self._expect("=")
            value = self._expression()
            self._expect(")")
            self._end_line()
            return Set(target, value)
        if word == "foreach":
            self._expect("(")
            self._space()
            item = self._reference()
            self._space()
            if item is None or item.steps or not self._word("in"):
                raise self.problem("#foreach wants ($name in …)")
            items = self._expression()
            self._expect(")")
            self._end_line()
            body, ended = self.body()
            if ended != "end":
                raise self.problem("#foreach has no #end")
            return Foreach(item.name, items, body)
        return self._if()

    def _if(self) -> If:
        branches: list[tuple[Any, tuple[Any, ...]]] = []
        word = "if"
        while word != "end":
            condition = None
            if word != "else":
                self._expect("(")
                condition = self._expression()
                self._expect(")")
                self._end_line()
            body, ended = self.body()
            branches.append((Literal(True) if word == "else" else condition, body))
            if not ended or (word == "else" and ended != "end"):
                raise self.problem("#if has no #end")
            word = ended
        return If(tuple(branches))

    def _end_line(self) -> None:
        """A directive takes the rest of its line with it where nothing else stands there."""
        found = _REST_OF_LINE.match(self.text, self.at)
        if found is not None:
            self.at = found.end()

    def _space(self) -> None:
        found = _SPACE.match(self.text, self.at)
        assert found is not None
        self.at = found.end()

    def _next(self, token: str) -> bool:
        self._space()
        if self.text.startswith(token, self.at):
            self.at += len(token)
            return True
        return False

    def _word(self, word: str) -> bool:
        found = _NAME.match(self.text, self.at)
        if found is None or found.group() != word:
            return False
        self.at = found.end()
        return True

    def _expect(self, token: str) -> None:
        if not self._next(token):
            seen = self.text[self.at : self.at + 12] or "the end"
            raise self.problem(f"{token} is missing before {seen!r}")

    # References

    def _reference(self) -> Reference | None:
        """The reference that begins here; None, and nothing read, where none does."""
        start = self.at
        opening = _OPENING.match(self.text, start)
        if opening is None:
            return None
        self.at = opening.end()
        name = self._name()
        steps = []
        while (step := self._step()) is not None:
            steps.append(step)
        if opening.group(1) and not self.text.startswith("}", self.at):
            self.at = start
            return None
        self.at += 1 if opening.group(1) else 0
        return Reference(name, tuple(steps))

    def _name(self) -> str:
        found = _NAME.match(self.text, self.at)
        assert found is not None
        self.at = found.end()
        return found.group()

    def _step(self) -> Step | None:
        start, text = self.at, self.text
        if text.startswith(".", start) and _NAME.match(text, start + 1) is not None:
            self.at += 1
            name = self._name()
            return Step(name, self._arguments()) if text.startswith("(", self.at) else Step(name)
        if text.startswith("[", start) and text[start + 1 : start + 2] in ("$", '"', "'", *"-0123456789"):
            self.at += 1
            try:
                index = self._expression()
            except Unreadable:
                index = None
            if index is not None and self._next("]"):
                return Step("", None, index)
            self.at = start
        return None

    def _arguments(self) -> tuple[Any, ...]:
        self._expect("(")
        return self._listed(")")

    def _listed(self, closing: str) -> tuple[Any, ...]:
        items: list[Any] = []
        while not self._next(closing):
            if items:
                self._expect(",")
            items.append(self._expression())
        return tuple(items)

    # Expressions

    def _expression(self, level: int = 0) -> Any:
        if level == len(_LEVELS):
            return self._operand()
        left = self._expression(level + 1)
        while (operator := self._operator(_LEVELS[level])) is not None:
            left = Binary(operator, left, self._expression(level + 1))
        return left

    def _operator(self, level: dict[str, str]) -> str | None:
        self._space()
        for token, operator in level.items():
            if token.isalpha():
                if self._word(token):
                    return operator
            elif self.text.startswith(token, self.at):
                self.at += len(token)
                return operator
        return None

    def _operand(self) -> Any:
        self._space()
        text, at = self.text, self.at
        if self._next("!") or self._word("not"):
            return Not(self._operand())
        if self._next("("):
            inner = self._expression()
            self._expect(")")
            return inner
        reference = self._reference()
        if reference is not None:
            return reference
        if (number := _NUMBER.match(text, at)) is not None:
            self.at = number.end()
            return Literal(
                float(number.group()) if "." in number.group() and ".." not in number.group() else int(number.group())
            )
        if (quoted := _QUOTED.match(text, at)) is not None:
            self.at = quoted.end()
            mark, inner = text[at], quoted.group()[1:-1]
            inner = inner.replace(mark * 2, mark)
            return Literal(inner) if mark == "'" or not _SPECIAL.search(inner) else Interpolated(parsed(inner))
        if self._next("["):
            return self._list()
        if self._next("{"):
            return self._map()
        for word, value in _WORDS.items():
            if self._word(word):
                return Literal(value)
        raise self.problem(f"A value is missing before {text[at : at + 12] or 'the end'!r}")

    def _list(self) -> Any:
        if self._next("]"):
            return ListOf(())
        first = self._expression()
        if self._next(".."):
            last = self._expression()
            self._expect("]")
            return Range(first, last)
        if self._next("]"):
            return ListOf((first,))
        self._expect(",")
        return ListOf((first, *self._listed("]")))

    def _map(self) -> MapOf:
        pairs: list[tuple[Any, Any]] = []
        while not self._next("}"):
            if pairs:
                self._expect(",")
            key = self._expression()
            self._expect(":")
            pairs.append((key, self._expression()))
        return MapOf(tuple(pairs))
