"""
Intrinsic functions: `States.Format('{} of {}', $.name, States.MathAdd($.n, 1))`.

AWS: step-functions/latest/dg/intrinsic-functions.html
"""

from __future__ import annotations

import base64
import hashlib
import math
import re
from collections.abc import Callable
from typing import Any

import msgspec

from windtunnel.kernel.ids import Ids
from windtunnel.services.stepfunctions.language import paths
from windtunnel.services.stepfunctions.language.failures import INTRINSIC, StateFailed, runtime
from windtunnel.services.stepfunctions.language.scopes import Scope, text_of

_CALL = re.compile(r"\s*(States\.\w+)\s*\(")
_NUMBER = re.compile(r"-?\d+(\.\d+)?([eE][+-]?\d+)?")
_WORDS = {"true": True, "false": False, "null": None}
MOST_ITEMS = 1_000
MOST_CHARACTERS = 10_000
Function = Callable[..., Any]


class InvalidIntrinsic(ValueError):
    """The text is no call of an intrinsic function."""


def compiled(text: str, field: str = "") -> Callable[[Scope], Any]:
    """Raises InvalidIntrinsic and InvalidPath."""
    reader = _Reader(text, field)
    made = reader.call()
    if reader.at != len(text.rstrip()):
        raise InvalidIntrinsic(f"Invalid intrinsic function: {text}")
    return made


def variables(text: str) -> list[str]:
    """The variables that the arguments of a call start at."""
    reader = _Reader(text, "")
    reader.call()
    return [path.variable for path in reader.paths if path.variable]


class _Reader:
    def __init__(self, text: str, field: str) -> None:
        self.text = text
        self.field = field
        self.at = 0
        self.paths: list[paths.Path] = []

    def call(self) -> Callable[[Scope], Any]:
        found = _CALL.match(self.text, self.at)
        name = found[1] if found else ""
        function = _FUNCTIONS.get(name)
        if found is None or function is None:
            raise InvalidIntrinsic(f"Invalid intrinsic function: {self.text}")
        self.at = found.end()
        arguments = self.arguments()
        return lambda scope: _called(name, function, scope, [argument(scope) for argument in arguments])

    def arguments(self) -> list[Callable[[Scope], Any]]:
        found: list[Callable[[Scope], Any]] = []
        while True:
            self.blank()
            if self.peek() == ")" and not found:
                self.at += 1
                return found
            found.append(self.argument())
            self.blank()
            if self.peek() == ",":
                self.at += 1
            elif self.peek() == ")":
                self.at += 1
                return found
            else:
                raise InvalidIntrinsic(f"Invalid intrinsic function: {self.text}")

    def argument(self) -> Callable[[Scope], Any]:
        text, at = self.text, self.at
        if self.peek() == "'":
            literal = self.literal()
            return lambda scope: literal
        if self.peek() == "$":
            return self.path()
        if found := _NUMBER.match(text, at):
            self.at = found.end()
            number: Any = float(found[0]) if found[1] or found[2] else int(found[0])
            return lambda scope: number
        for word, value in _WORDS.items():
            if text.startswith(word, at):
                self.at += len(word)
                return lambda scope, value=value: value  # type: ignore[misc]
        return self.call()

    def literal(self) -> str:
        """Quoted; a backslash takes what follows as it is, but stays before braces, which States.Format reads."""
        parts = []
        self.at += 1
        while (character := self.peek()) != "'":
            if not character:
                raise InvalidIntrinsic(f"Invalid intrinsic function: {self.text}")
            if character == "\\":
                self.at += 1
                following = self.peek()
                parts.append("\\" + following if following in "{}" else following)
            else:
                parts.append(character)
            self.at += 1
        self.at += 1
        return "".join(parts)

    def path(self) -> Callable[[Scope], Any]:
        start, depth, quote = self.at, 0, ""
        while character := self.peek():
            if quote:
                if character == quote:
                    quote = ""
            elif character in "'\"":
                quote = character
            elif character in "([":
                depth += 1
            elif character in ")]":
                if not depth:
                    break
                depth -= 1
            elif character == "," and not depth:
                break
            self.at += 1
        path = paths.compiled(self.text[start : self.at].strip())
        self.paths.append(path)
        whole, field = self.text, self.field

        def value(scope: Scope) -> Any:
            try:
                return path.value(scope)
            except paths.NoSuchPath:
                given = scope.context() if path.root == paths.CONTEXT else scope.input
                raise runtime(
                    f"The function '{whole}' had the following error: The JSONPath '{path.text}' specified for the field "
                    f"'{field}' could not be found in the input '{text_of(given)}'"
                ) from None

        return value

    def blank(self) -> None:
        while self.peek() in (" ", "\t", "\n", "\r"):
            self.at += 1

    def peek(self) -> str:
        return self.text[self.at : self.at + 1]


def _called(name: str, function: Function, scope: Scope, arguments: list[Any]) -> Any:
    try:
        return function(scope, *arguments)
    except _WrongArgument as wrong:
        raise StateFailed(INTRINSIC, str(wrong), evaluated=True) from None
    except (TypeError, ValueError, IndexError, msgspec.DecodeError) as wrong:
        raise StateFailed(INTRINSIC, f"Invalid arguments in {name}: {wrong}", evaluated=True) from None


class _WrongArgument(Exception):
    pass


def _need(true: bool, words: str) -> None:
    if not true:
        raise _WrongArgument(words)


def _whole(value: Any, name: str) -> int:
    _need(
        isinstance(value, (int, float)) and not isinstance(value, bool),
        f"Invalid arguments in {name}: an integer is required",
    )
    return math.floor(value + 0.5)


def _listed(value: Any, name: str) -> list[Any]:
    _need(isinstance(value, list), f"Invalid arguments in {name}: an array is required")
    return list(value)


def _text(value: Any, name: str) -> str:
    _need(isinstance(value, str), f"Invalid arguments in {name}: a string is required")
    return str(value)


def _format(scope: Scope, template: Any, *values: Any) -> str:
    template = _text(template, "States.Format")
    parts: list[str] = []
    left = iter(values)
    at = 0
    while at < len(template):
        two = template[at : at + 2]
        if two in ("\\{", "\\}"):
            parts.append(two[1])
            at += 2
        elif two == "{}":
            missing = object()
            value = next(left, missing)
            _need(value is not missing, "Invalid arguments in States.Format: too few arguments for the template")
            parts.append(value if isinstance(value, str) else text_of(value))
            at += 2
        else:
            parts.append(template[at])
            at += 1
    return "".join(parts)


def _partition(scope: Scope, items: Any, size: Any) -> list[Any]:
    items, size = _listed(items, "States.ArrayPartition"), _whole(size, "States.ArrayPartition")
    _need(size > 0, "Invalid arguments in States.ArrayPartition: the chunk size must be positive")
    return [items[at : at + size] for at in range(0, len(items), size)]


def _range(scope: Scope, first: Any, last: Any, step: Any) -> list[int]:
    first, last, step = (_whole(each, "States.ArrayRange") for each in (first, last, step))
    _need(step != 0, "Invalid arguments in States.ArrayRange: the increment must not be 0")
    found = list(range(first, last + (1 if step > 0 else -1), step))
    _need(len(found) <= MOST_ITEMS, "Invalid arguments in States.ArrayRange: the array exceeds 1000 items")
    return found


def _unique(scope: Scope, items: Any) -> list[Any]:
    kept: dict[str, Any] = {}
    for item in _listed(items, "States.ArrayUnique"):
        kept.setdefault(text_of(item), item)
    return list(kept.values())


def same(one: Any, other: Any) -> bool:
    """Equality of JSON, where true is not 1."""
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, (int, float)) and isinstance(other, (int, float)):
        return one == other
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same(value, other[name]) for name, value in one.items())
    return type(one) is type(other) and bool(one == other)


def _item(scope: Scope, items: Any, index: Any) -> Any:
    items, index = _listed(items, "States.ArrayGetItem"), _whole(index, "States.ArrayGetItem")
    _need(0 <= index < len(items), "Invalid arguments in States.ArrayGetItem: the index is out of bounds")
    return items[index]


def _base64_encoded(scope: Scope, text: Any) -> str:
    text = _text(text, "States.Base64Encode")
    _need(len(text) <= MOST_CHARACTERS, "Invalid arguments in States.Base64Encode: the text exceeds 10000 characters")
    return base64.b64encode(text.encode()).decode()


def _base64_decoded(scope: Scope, text: Any) -> str:
    text = _text(text, "States.Base64Decode")
    _need(len(text) <= MOST_CHARACTERS, "Invalid arguments in States.Base64Decode: the text exceeds 10000 characters")
    return base64.b64decode(text, validate=True).decode()


_DIGESTS = {"MD5": "md5", "SHA-1": "sha1", "SHA-256": "sha256", "SHA-384": "sha384", "SHA-512": "sha512"}


def digest(data: Any, algorithm: Any) -> str:
    """Raises KeyError for an algorithm that there is not."""
    text = data if isinstance(data, str) else text_of(data)
    return hashlib.new(_DIGESTS[algorithm], text.encode(), usedforsecurity=False).hexdigest()


def _hash(scope: Scope, data: Any, algorithm: Any) -> str:
    _need(algorithm in _DIGESTS, "Invalid arguments in States.Hash: the algorithm is not supported")
    return digest(data, algorithm)


def _merged(scope: Scope, one: Any, other: Any, deep: Any) -> dict[str, Any]:
    _need(
        isinstance(one, dict) and isinstance(other, dict) and isinstance(deep, bool),
        "Invalid arguments in States.JsonMerge: two objects and a boolean are required",
    )
    _need(not deep, "Invalid arguments in States.JsonMerge: only shallow merging is supported")
    return {**one, **other}


def _random(scope: Scope, first: Any, last: Any, seed: Any = None) -> int:
    first, last = _whole(first, "States.MathRandom"), _whole(last, "States.MathRandom")
    _need(first < last, "Invalid arguments in States.MathRandom: the end must be greater than the start")
    if seed is not None:
        return Ids(_whole(seed, "States.MathRandom")).integer(first, last - 1)
    found: int = scope.home.ids.integer(first, last - 1)
    return found


def _sum(scope: Scope, one: Any, other: Any) -> int:
    total = _whole(one, "States.MathAdd") + _whole(other, "States.MathAdd")
    _need(-(2**31) <= total < 2**31, "Invalid arguments in States.MathAdd: the sum is out of range")
    return total


def _split(scope: Scope, text: Any, characters: Any) -> list[str]:
    text, characters = _text(text, "States.StringSplit"), _text(characters, "States.StringSplit")
    parts = re.split(f"[{re.escape(characters)}]", text) if characters else [text]
    return [part for part in parts if part]


_FUNCTIONS: dict[str, Function] = {
    "States.Array": lambda scope, *items: list(items),
    "States.ArrayContains": lambda scope, items, value: any(
        same(item, value) for item in _listed(items, "States.ArrayContains")
    ),
    "States.ArrayGetItem": _item,
    "States.ArrayLength": lambda scope, items: len(_listed(items, "States.ArrayLength")),
    "States.ArrayPartition": _partition,
    "States.ArrayRange": _range,
    "States.ArrayUnique": _unique,
    "States.Base64Decode": _base64_decoded,
    "States.Base64Encode": _base64_encoded,
    "States.Format": _format,
    "States.Hash": _hash,
    "States.JsonMerge": _merged,
    "States.JsonToString": lambda scope, value: text_of(value),
    "States.MathAdd": _sum,
    "States.MathRandom": _random,
    "States.StringSplit": _split,
    "States.StringToJson": lambda scope, text: msgspec.json.decode(_text(text, "States.StringToJson")),
    "States.UUID": lambda scope: scope.home.ids.uuid(),
}
