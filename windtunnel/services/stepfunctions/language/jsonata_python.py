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
    """Slower by far; bounded in time and depth as the other is. The library has a value of its own for null."""

    def __init__(self, text: str, functions: Functions) -> None:
        import jsonata

        self._library = jsonata
        self._null = jsonata.Utils.NULL_VALUE
        try:
            jsonata.Jsonata(text)
            self._expression = jsonata.Jsonata(
                f"{{'value': ({text}\n)}}"
            )  # at the top it does not tell null from undefined
        except jsonata.JException as wrong:
            raise InvalidJsonata(str(wrong)) from None
        for name, function in functions.items():
            self._expression.register_lambda(name, function)

    def value(self, bindings: dict[str, Any]) -> Any:
        frame = self._expression.create_frame()
        frame.set_runtime_bounds(TIMEOUT_MS, DEEPEST)
        for name, value in bindings.items():
            frame.bind(name, self._given(value))
        try:
            found = self._expression.evaluate(None, frame)
        except self._library.JException as wrong:
            raise Failed(words(f"{wrong.error}: {wrong}")) from None
        except (ValueError, TypeError, ArithmeticError, RecursionError) as wrong:
            raise Failed(words(str(wrong))) from None
        return self._plain(found["value"]) if found and "value" in found else UNDEFINED

    def _given(self, value: Any) -> Any:
        if value is None:
            return self._null
        if isinstance(value, dict):
            return {name: self._given(each) for name, each in value.items()}
        return [self._given(each) for each in value] if isinstance(value, list) else value

    def _plain(self, value: Any) -> Any:
        if value is None or value is self._null:
            return None
        if isinstance(value, dict):
            return {name: self._plain(each) for name, each in value.items()}
        if isinstance(value, list):
            return [self._plain(each) for each in value]
        return int(value) if isinstance(value, float) and value.is_integer() else value
