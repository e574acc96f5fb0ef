"""
JSONata in states: templates whose texts `{% … %}` are expressions, and the functions that Step Functions adds.

    made = jsonata.template({"total": "{% $sum($states.input.prices) %}"}, "Output")
    made(scope, {"input": …})

AWS: step-functions/latest/dg/transforming-data.html
"""

from __future__ import annotations

import functools
import importlib
import importlib.util
import re
import threading
from collections.abc import Callable
from typing import Any, Protocol

import msgspec

from windtunnel.aws import timestamps
from windtunnel.kernel.ids import Ids
from windtunnel.services.stepfunctions.language.failures import QUERY, StateFailed
from windtunnel.services.stepfunctions.language.intrinsics import MOST_ITEMS, digest
from windtunnel.services.stepfunctions.language.scopes import Scope, text_of

TIMEOUT_MS = 2_000
DEEPEST = 500
LONGEST = 1_000_000
_WORD = re.compile(r"\$([A-Za-z_]\w*)")
_BARE = re.compile(r"\$states(?!\s*\.\s*(input|result|context|errorOutput)\b)")
_MEMBERS = ("input", "result", "context", "errorOutput")
_WORDS_OF_AWS = {"T1006": "Attempted to invoke a non-function"}
UNDEFINED = object()

Template = Callable[[Scope, dict[str, Any]], Any]
Functions = dict[str, Callable[..., Any]]


class InvalidJsonata(ValueError):
    """The text is no expression."""


class Failed(Exception):
    """An expression threw; the text begins with JSONata's code."""


class Engine(Protocol):
    """An expression compiled by a library. Two tenants: `jsonatapy`, and `jsonata-python` where it has no wheel."""

    def __init__(self, text: str, functions: Functions) -> None:
        """Raises InvalidJsonata."""

    def value(self, bindings: dict[str, Any]) -> Any:
        """UNDEFINED where there is none. Raises Failed, also for one that takes too long."""


def is_expression(value: Any) -> bool:
    return isinstance(value, str) and value.startswith("{%") and value.endswith("%}")


class Expression:
    """One `{% … %}` of the field at this location."""

    def __init__(self, text: str, location: str) -> None:
        """Raises InvalidJsonata."""
        self.text = text[2:-2].strip()
        self.location = location
        words = set(_WORD.findall(self.text))
        self._variables = sorted(words)
        whole = bool(_BARE.search(self.text))
        self._members = tuple(name for name in _MEMBERS if whole or f"{name}" in self.text) if "states" in words else ()
        self._seen = Seen()
        self._engine = engine(self.text, _functions(self._seen))

    @property
    def variables(self) -> list[str]:
        """The names after a dollar."""
        return self._variables

    def value(self, scope: Scope, states: dict[str, Any]) -> Any:
        """Raises StateFailed."""
        bindings = {name: scope.variables[name] for name in self._variables if name in scope.variables}
        if self._members:
            seen = {name: states[name] for name in self._members if name in states}
            if "context" in self._members:
                seen["context"] = scope.context()
            bindings["states"] = seen
        self._seen.home = scope.home
        try:
            found = self._engine.value(bindings)
        except Failed as failure:
            raise self._failed(f"threw an error during evaluation. {failure}") from None
        if found is UNDEFINED:
            raise self._failed("returned nothing (undefined).")
        return found

    def of_type(self, scope: Scope, states: dict[str, Any], expected: str, *, whole: bool = False) -> Any:
        """The value, which must be of this type of JSON. Raises StateFailed."""
        found = self.value(scope, states)
        if type_of(found) != expected:
            raise self._failed(
                f"returned an unexpected result type. Expected '{expected}', but was '{type_of(found)}' "
                f"for value: {text_of(found)}"
            )
        if whole and isinstance(found, float):
            if not found.is_integer():
                raise self._failed(
                    f"returned an unexpected result type. Expected 'integer', but was 'number' for value: {found}"
                )
            return int(found)
        return found

    def _failed(self, words: str) -> StateFailed:
        cause = f"The JSONata expression '{self.text}' specified for the field '{self.location}' {words}"
        return StateFailed(QUERY, cause, evaluated=True, location=self.location)


class Seen:
    """What the functions of an expression see; they do not hold the expression, which the library could not let go of."""

    __slots__ = ("home",)

    home: Any


def template(value: Any, location: str) -> Template:
    """A field of a state as a function of what it sees. Raises InvalidJsonata."""
    if is_expression(value):
        return Expression(value, location).value
    if isinstance(value, dict) and _has_expressions(value):
        fields = [(name, template(inner, f"{location}/{name}")) for name, inner in value.items()]
        return lambda scope, states: {name: made(scope, states) for name, made in fields}
    if isinstance(value, list) and _has_expressions(value):
        items = [template(inner, f"{location}[{place}]") for place, inner in enumerate(value)]
        return lambda scope, states: [made(scope, states) for made in items]
    return lambda scope, states: value


def engine(text: str, functions: Functions) -> Engine:
    """The library is loaded when the first expression is compiled."""
    library = _jsonatapy()
    if library is None:
        from windtunnel.services.stepfunctions.language.jsonata_python import PythonEngine

        return PythonEngine(text, functions)
    return RustEngine(library, text, functions)


@functools.cache
def _jsonatapy() -> Any:
    """
    None where it is not installed.

    Its allocator belongs to the thread that loads it: once that thread has ended, the next use of the library kills the process
    (2.2.13). So a thread loads it that never ends, and costs nothing.
    """
    if importlib.util.find_spec("jsonatapy") is None:
        return None
    loaded = threading.Event()

    def load_and_stay() -> None:
        try:
            importlib.import_module("jsonatapy")
        finally:
            loaded.set()
        threading.Event().wait()

    threading.Thread(target=load_and_stay, name="jsonatapy", daemon=True).start()
    loaded.wait()
    return importlib.import_module("jsonatapy")


class RustEngine:
    """jsonatapy: fast; the guardrails are always set, for without them an endless expression holds the whole process."""

    def __init__(self, library: Any, text: str, functions: Functions) -> None:
        try:
            self._expression = library.compile(text)
        except ValueError as wrong:
            raise InvalidJsonata(str(wrong)) from None
        for name, function in functions.items():
            register = self._expression.register
            if name in ("eval", "millis", "now", "random"):
                register = self._expression.register_override
            register(name, function)

    def value(self, bindings: dict[str, Any]) -> Any:
        try:
            found = self._expression.evaluate_json_or_none(
                None, bindings, timeout=TIMEOUT_MS, max_stack_depth=DEEPEST, max_sequence_length=LONGEST
            )
        except (ValueError, TypeError, RuntimeError) as wrong:
            raise Failed(words(str(wrong))) from None
        return UNDEFINED if found is None else msgspec.json.decode(found)


def words(message: str) -> str:
    """The library's message as AWS has it."""
    message = message.removeprefix("host function raised ValueError: ")
    code, _, rest = message.partition(": ")
    return f"{code}: {_WORDS_OF_AWS.get(code, rest)}"


def _functions(seen: Seen) -> Functions:
    """AWS: step-functions/latest/dg/transforming-data.html, "JSONata functions provided by Step Functions"."""
    return {
        "eval": _no_eval,
        "hash": _hashed,
        "millis": lambda *_: int(seen.home.clock.now() * 1000),
        "now": lambda *_: timestamps.iso_milliseconds(seen.home.clock.now()),
        "parse": lambda text=None: msgspec.json.decode(text),
        "partition": _partitioned,
        "random": lambda seed=None: (seen.home.ids if seed is None else Ids(int(seed))).fraction(),
        "range": _ranged,
        "uuid": lambda *_: seen.home.ids.uuid(),
    }


def type_of(value: Any) -> str:
    """The name of a type of JSON."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, (int, float)):
        return "number"
    if isinstance(value, str):
        return "string"
    return "array" if isinstance(value, list) else "object"


def _has_expressions(value: Any) -> bool:
    if isinstance(value, dict):
        return any(map(_has_expressions, value.values()))
    if isinstance(value, list):
        return any(map(_has_expressions, value))
    return is_expression(value)


def _no_eval(*_: Any) -> Any:
    raise ValueError("T1006: Attempted to invoke a non-function")


def _hashed(data: Any = None, algorithm: Any = None) -> str:
    if data is None or algorithm is None:
        raise ValueError("T0410: $hash needs a value and an algorithm")
    try:
        return digest(data, algorithm)
    except KeyError:
        raise ValueError(f"D3100: {algorithm} is not an algorithm of $hash") from None


def _partitioned(items: Any = None, size: Any = None) -> Any:
    if not isinstance(items, list):
        items = [] if items is None else [items]
    count = int(size or 0)
    if count <= 0:
        raise ValueError("D3100: The size of a partition must be positive")
    return [items[at : at + count] for at in range(0, len(items), count)]


def _ranged(first: Any = None, last: Any = None, step: Any = None) -> list[Any]:
    if first is None or last is None or not step:
        raise ValueError("T0410: $range needs a start, an end and a step other than 0")
    count = int((last - first) / step) + 1 if (last - first) / step >= 0 else 0
    if count > MOST_ITEMS:
        raise ValueError("D3100: The array exceeds 1000 items")
    return [first + place * step for place in range(count)]
