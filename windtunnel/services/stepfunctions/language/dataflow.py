"""
How data goes through a state, in each of the two query languages: one contract, two tenants.

    work input = data.arguments(scope);  (output, variables) = data.finished(scope, result)

JSONPath: InputPath → Parameters → work → ResultSelector → ResultPath → OutputPath. JSONata: Arguments → work → Output. Assign in both.
"""

from __future__ import annotations

from typing import Any, Protocol

from windtunnel.services.stepfunctions.language import jsonata, paths, templates
from windtunnel.services.stepfunctions.language.failures import runtime
from windtunnel.services.stepfunctions.language.scopes import Scope

Finished = tuple[Any, dict[str, Any]]
"""The output of a state and the variables that it assigns."""

NO_VARIABLES: dict[str, Any] = {}


class DataFlow(Protocol):
    """Every method raises StateFailed where an expression cannot be evaluated."""

    def effective(self, scope: Scope) -> Any:
        """The input that the state works on."""

    def arguments(self, scope: Scope) -> Any:
        """What the work of the state is given."""

    def finished(self, scope: Scope, result: Any) -> Finished:
        """The result of the work as the state gives it on."""

    def passed(self, scope: Scope) -> Finished:
        """The same of a state that has no result: Choice, Wait, Succeed."""

    def caught(self, scope: Scope, catcher: dict[str, Any], error: dict[str, Any]) -> Finished:
        """The output of a state that failed and caught it."""


class JsonPathFlow:
    """Compiled from the fields of a state. Raises InvalidPath and InvalidIntrinsic."""

    def __init__(self, state: dict[str, Any]) -> None:
        self._input = _path(state, "InputPath")
        self._output = _path(state, "OutputPath")
        self._result_path = _path(state, "ResultPath")
        self._parameters = templates.compiled(state["Parameters"]) if "Parameters" in state else None
        self._selector = templates.compiled(state["ResultSelector"]) if "ResultSelector" in state else None
        self._assign = templates.compiled(state["Assign"]) if "Assign" in state else None
        self._catchers = {
            id(each): (
                _path(each, "ResultPath"),
                templates.compiled(each["Assign"]) if "Assign" in each else None,
            )
            for each in state.get("Catch", ())
        }
        self._plain = self._result_path is WHOLE and self._output is WHOLE and not self._selector and not self._assign

    def effective(self, scope: Scope) -> Any:
        return scope.input if self._input is WHOLE else _selected(self._input, scope)

    def arguments(self, scope: Scope) -> Any:
        given = scope.input if self._input is WHOLE else _selected(self._input, scope)
        return given if self._parameters is None else self._parameters(scope.of(given))

    def finished(self, scope: Scope, result: Any) -> Finished:
        if self._plain:
            return result, NO_VARIABLES
        result = self.selected(scope, result)
        assigned = NO_VARIABLES if self._assign is None else self._assign(scope.of(result))
        return self._out(scope, self.combined(scope, result)), assigned

    def selected(self, scope: Scope, result: Any) -> Any:
        """The result after its ResultSelector."""
        return result if self._selector is None else self._selector(scope.of(result))

    def combined(self, scope: Scope, result: Any) -> Any:
        """The input with the result at its ResultPath."""
        return _combined(self._result_path, scope.input, result)

    def passed(self, scope: Scope) -> Finished:
        given = self.effective(scope)
        assigned = NO_VARIABLES if self._assign is None else self._assign(scope.of(given))
        return self._out(scope, given), assigned

    def caught(self, scope: Scope, catcher: dict[str, Any], error: dict[str, Any]) -> Finished:
        result_path, assign = self._catchers[id(catcher)]
        assigned = NO_VARIABLES if assign is None else assign(scope.of(error))
        return _combined(result_path, scope.input, error), assigned

    def _out(self, scope: Scope, output: Any) -> Any:
        return output if self._output is WHOLE else _selected(self._output, scope.of(output))


class JsonataFlow:
    """The fields of a JSONata state; `Output` defaults to its result, or to its input where it has none."""

    def __init__(self, state: dict[str, Any], works_on_input: bool = True) -> None:
        self._arguments = jsonata.template(state["Arguments"], "Arguments") if "Arguments" in state else None
        self._output = jsonata.template(state["Output"], "Output") if "Output" in state else None
        self._assign = jsonata.template(state["Assign"], "Assign") if "Assign" in state else None
        self._catchers = {
            id(each): (
                jsonata.template(each["Output"], f"Catch[{place}]/Output") if "Output" in each else None,
                jsonata.template(each["Assign"], f"Catch[{place}]/Assign") if "Assign" in each else None,
            )
            for place, each in enumerate(state.get("Catch", ()))
        }

    def effective(self, scope: Scope) -> Any:
        return scope.input

    def arguments(self, scope: Scope) -> Any:
        if self._arguments is None:
            return scope.input
        return self._arguments(scope, {"input": scope.input})

    def finished(self, scope: Scope, result: Any) -> Finished:
        states = {"input": scope.input, "result": result}
        assigned = NO_VARIABLES if self._assign is None else self._assign(scope, states)
        return (result if self._output is None else self._output(scope, states)), assigned

    def passed(self, scope: Scope) -> Finished:
        states = {"input": scope.input}
        assigned = NO_VARIABLES if self._assign is None else self._assign(scope, states)
        return (scope.input if self._output is None else self._output(scope, states)), assigned

    def caught(self, scope: Scope, catcher: dict[str, Any], error: dict[str, Any]) -> Finished:
        output, assign = self._catchers[id(catcher)]
        states = {"input": scope.input, "errorOutput": error}
        assigned = NO_VARIABLES if assign is None else assign(scope, states)
        return (error if output is None else output(scope, states)), assigned


WHOLE = paths.Path("$")


def of(state: dict[str, Any], speaks_jsonata: bool) -> DataFlow:
    return JsonataFlow(state) if speaks_jsonata else JsonPathFlow(state)


def _path(fields: dict[str, Any], name: str) -> paths.Path | None:
    """None where the definition says null."""
    text = fields.get(name, "$")
    if text == "$":
        return WHOLE
    return None if text is None else paths.compiled(text)


def _selected(path: paths.Path | None, scope: Scope) -> Any:
    if path is None:
        return {}
    try:
        return path.value(scope)
    except paths.NoSuchPath as missing:
        raise runtime(f"Invalid path '{path.text}' : {missing}") from None


def _combined(path: paths.Path | None, given: Any, result: Any) -> Any:
    if path is WHOLE:
        return result
    if path is None:
        return given
    if not isinstance(given, (dict, list)):
        raise runtime(f"Unable to apply ReferencePath {path.text} to input {templates.text_of(given)}")
    try:
        return path.put(given, result)
    except paths.NoSuchPath:
        raise runtime(f"Unable to apply ReferencePath {path.text} to input {templates.text_of(given)}") from None
