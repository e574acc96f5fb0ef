"""
States as objects: what each kind does with its turn. A definition is compiled into them once.

    outcome = state.begin(scope, now);  … the outcome comes true …;  leave = state.finish(scope, result)

Raises StateFailed where the state fails. Map and Parallel have a file of their own, `forks.py`; so has Task, `tasks.py`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from windtunnel.services.stepfunctions.language import conditions, dataflow, jsonata, retries, templates
from windtunnel.services.stepfunctions.language.failures import NO_CHOICE, StateFailed, runtime
from windtunnel.services.stepfunctions.language.numbers import number, path_value, plain
from windtunnel.services.stepfunctions.language.outcomes import Leave, Outcome, Sleep
from windtunnel.services.stepfunctions.language.scopes import Scope
from windtunnel.services.stepfunctions.language.times import seconds

LONGEST_WAIT_S = 24_855 * 86_400 + 86_399
"""What a Java int of seconds holds is the most that a state waits."""


class State:
    kind: ClassVar[str]
    retriers: tuple[retries.Retrier, ...] = ()
    catchers: tuple[retries.Catcher, ...] = ()

    def __init__(self, name: str, fields: dict[str, Any], speaks_jsonata: bool) -> None:
        self.name = name
        self.fields = fields
        self.speaks_jsonata = speaks_jsonata
        self.next: str | None = fields.get("Next")
        self.data = dataflow.of(fields, speaks_jsonata)
        self.entered = f"{self.kind}StateEntered"
        self.exited = f"{self.kind}StateExited"

    def begin(self, scope: Scope, now: float) -> Outcome:
        raise NotImplementedError

    def finish(self, scope: Scope, result: Any) -> Leave:
        """After the outcome came true."""
        output, assigned = self.data.finished(scope, result)
        return Leave(output, self.next, assigned)

    def flows(self) -> list[Flow]:
        """The flows inside: branches of a Parallel, the processor of a Map."""
        return []


class Flow:
    """States that belong together, and where they start: a machine, a branch, a processor."""

    def __init__(self, definition: dict[str, Any], kinds: Callable[..., State], speaks_jsonata: bool = False) -> None:
        speaks_jsonata = definition.get("QueryLanguage", "JSONata" if speaks_jsonata else "JSONPath") == "JSONata"
        self.start: str = definition["StartAt"]
        self.timeout_s: float = definition.get("TimeoutSeconds", 0)
        self.states = {
            name: kinds(
                name, fields, fields.get("QueryLanguage", "JSONata" if speaks_jsonata else "JSONPath") == "JSONata"
            )
            for name, fields in definition["States"].items()
        }


class Pass(State):
    kind = "Pass"

    def begin(self, scope: Scope, now: float) -> Leave:
        if self.speaks_jsonata:
            output, assigned = self.data.passed(scope)
            return Leave(output, self.next, assigned)
        result = self.data.arguments(scope)
        if "Result" in self.fields:
            result = self.fields["Result"]
        output, assigned = self.data.finished(scope, result)
        return Leave(output, self.next, assigned)


class Succeed(State):
    kind = "Succeed"

    def begin(self, scope: Scope, now: float) -> Leave:
        output, assigned = self.data.passed(scope)
        return Leave(output, None, assigned)


class Fail(State):
    kind = "Fail"

    def __init__(self, name: str, fields: dict[str, Any], speaks_jsonata: bool) -> None:
        super().__init__(name, fields, speaks_jsonata)
        self._error = self._text("Error")
        self._cause = self._text("Cause")

    def begin(self, scope: Scope, now: float) -> Leave:
        raise StateFailed(self._error(scope), self._cause(scope))

    def _text(self, field: str) -> Callable[[Scope], str | None]:
        if path := self.fields.get(f"{field}Path"):
            made = templates.expression(path, f"{field}Path")
            return lambda scope: _string(made(scope), f"{field}Path", path)
        value = self.fields.get(field)
        if self.speaks_jsonata and jsonata.is_expression(value):
            expression = jsonata.Expression(value, field)
            return lambda scope: str(expression.of_type(scope, {"input": scope.input}, "string"))
        return lambda scope: value


class Choice(State):
    kind = "Choice"

    def __init__(self, name: str, fields: dict[str, Any], speaks_jsonata: bool) -> None:
        super().__init__(name, fields, speaks_jsonata)
        self._rules = [
            (self._condition(rule, place), rule["Next"], self._flow(rule))
            for place, rule in enumerate(fields["Choices"])
        ]
        self._default = fields.get("Default")

    def begin(self, scope: Scope, now: float) -> Leave:
        inner = scope.of(self.data.effective(scope))
        for condition, following, flow in self._rules:
            if condition(inner):
                output, assigned = flow.passed(scope)
                return Leave(output, following, assigned)
        if self._default is None:
            raise StateFailed(NO_CHOICE, "The choice state has no default and no rule matched.", evaluated=True)
        output, assigned = self.data.passed(scope)
        return Leave(output, self._default, assigned)

    def _condition(self, rule: dict[str, Any], place: int) -> conditions.Condition:
        if not self.speaks_jsonata:
            return conditions.compiled(rule)
        condition = rule["Condition"]
        if not jsonata.is_expression(condition):
            return lambda scope: condition is True
        expression = jsonata.Expression(condition, f"Choices[{place}]/Condition")
        return lambda scope: expression.of_type(scope, {"input": scope.input}, "boolean") is True

    def _flow(self, rule: dict[str, Any]) -> dataflow.DataFlow:
        """That of the rule: its Assign and Output stand for those of the state."""
        own = {name: rule[name] for name in ("Assign", "Output") if name in rule}
        kept = {name: value for name, value in self.fields.items() if name not in ("Assign", "Output")}
        return dataflow.of({**kept, **own}, self.speaks_jsonata) if len(kept) < len(self.fields) or own else self.data


class Wait(State):
    kind = "Wait"

    def begin(self, scope: Scope, now: float) -> Sleep:
        until = self._until(scope.of(self.data.effective(scope)), now)
        if until - now > LONGEST_WAIT_S:
            raise runtime("Wait state delay is too long.")
        return Sleep(until)

    def finish(self, scope: Scope, result: Any) -> Leave:
        output, assigned = self.data.passed(scope)
        return Leave(output, self.next, assigned)

    def __init__(self, name: str, fields: dict[str, Any], speaks_jsonata: bool) -> None:
        super().__init__(name, fields, speaks_jsonata)
        self._seconds = number(fields, "Seconds")
        timestamp = fields.get("Timestamp")
        self._expression = jsonata.Expression(timestamp, "Timestamp") if jsonata.is_expression(timestamp) else None

    def _until(self, scope: Scope, now: float) -> float:
        fields = self.fields
        if path := fields.get("SecondsPath"):
            value = path_value(path, "SecondsPath", scope)
            if not isinstance(value, int) or isinstance(value, bool) or value < 0:
                raise runtime(
                    f"The SecondsPath parameter does not reference a positive integer: {path} == {plain(value)}"
                )
            return now + value
        if path := fields.get("TimestampPath"):
            value = path_value(path, "TimestampPath", scope)
            at = seconds(value) if isinstance(value, str) else None
            if at is None:
                raise runtime(
                    "The TimestampPath parameter does not reference a valid ISO-8601 extended offset date-time format string: "
                    f"{path} == {plain(value)}"
                )
            return at
        if "Seconds" in fields:
            return now + self._seconds(scope)
        return self._timestamp(fields["Timestamp"], scope)

    def _timestamp(self, text: Any, scope: Scope) -> float:
        if self._expression is not None:
            text = self._expression.of_type(scope, {"input": scope.input}, "string")
        at = seconds(text)
        if at is None:
            raise runtime(
                f"The Timestamp parameter is not a valid ISO-8601 extended offset date-time format string: {text}"
            )
        return at


def _string(value: Any, field: str, path: str) -> str:
    if not isinstance(value, str):
        raise runtime(f"The {field} parameter does not reference a string: {path} == {plain(value)}")
    return value
