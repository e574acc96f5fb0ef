"""JSONata by `jsonata-python`, where `jsonatapy` has no wheel."""

from __future__ import annotations

from typing import Any

from windtunnel.services.stepfunctions.language.jsonata import (
    DEEPEST,
    TIMEOUT_MS,
    UNDEFINED,
    Failed,
    Functions,
    InvalidJsonata,
    words,
)


class PythonEngine:
    """Slower by far; bounded in time and depth as the other is."""

    def __init__(self, text: str, functions: Functions) -> None:
        import jsonata

        self._library = jsonata
        try:
            self._expression = jsonata.Jsonata(text)
        except jsonata.JException as wrong:
            raise InvalidJsonata(str(wrong)) from None
        for name, function in functions.items():
            self._expression.register_lambda(name, function)

    def value(self, bindings: dict[str, Any]) -> Any:
        frame = self._expression.create_frame()
        frame.set_runtime_bounds(TIMEOUT_MS, DEEPEST)
        null = self._library.Utils.NULL_VALUE if hasattr(self._library, "Utils") else None
        for name, value in bindings.items():
            frame.bind(name, value)
        try:
            found = self._expression.evaluate(None, frame)
        except (self._library.JException, ValueError, TypeError, ArithmeticError, RecursionError) as wrong:
            raise Failed(words(str(wrong))) from None
        if found is null and null is not None:
            return None
        return UNDEFINED if found is None else found
