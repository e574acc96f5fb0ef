"""States that fork: Parallel into its branches, Map into an iteration for each item."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from windtunnel.services.stepfunctions.language import jsonata, paths, retries, templates
from windtunnel.services.stepfunctions.language.failures import QUERY, StateFailed, runtime
from windtunnel.services.stepfunctions.language.outcomes import Branches, Items, Iterations
from windtunnel.services.stepfunctions.language.scopes import Scope, text_of
from windtunnel.services.stepfunctions.language.states import Flow, State, number, path_value, plain

Kinds = Callable[..., State]


class Parallel(State):
    kind = "Parallel"

    def __init__(self, name: str, fields: dict[str, Any], speaks_jsonata: bool, kinds: Kinds) -> None:
        super().__init__(name, fields, speaks_jsonata)
        self.retriers = retries.retriers(fields)
        self.catchers = retries.catchers(fields)
        self._branches = [Flow(branch, kinds, speaks_jsonata) for branch in fields["Branches"]]

    def begin(self, scope: Scope, now: float) -> Branches:
        return Branches(self.data.arguments(scope), len(self._branches))

    def flows(self) -> list[Flow]:
        return self._branches


class Map(State):
    kind = "Map"

    def __init__(self, name: str, fields: dict[str, Any], speaks_jsonata: bool, kinds: Kinds) -> None:
        super().__init__(name, fields, speaks_jsonata)
        self.retriers = retries.retriers(fields)
        self.catchers = retries.catchers(fields)
        processor = fields.get("ItemProcessor") or fields["Iterator"]
        config = processor.get("ProcessorConfig", {})
        self.is_distributed = config.get("Mode") == "DISTRIBUTED"
        self.runs_express = config.get("ExecutionType") == "EXPRESS"
        self.label: str = fields.get("Label", "")
        self._processor = Flow(processor, kinds, speaks_jsonata)
        selector = fields.get("ItemSelector", fields.get("Parameters") if not speaks_jsonata else None)
        self._selector: Callable[[Scope, dict[str, Any]], Any] | None = None
        if selector is not None and speaks_jsonata:
            self._selector = jsonata.template(selector, "ItemSelector")
        elif selector is not None:
            made = templates.compiled(selector)
            self._selector = lambda scope, states: made(scope)
        self._numbers = {
            field: number(fields, field)
            for field in ("MaxConcurrency", "ToleratedFailureCount", "ToleratedFailurePercentage")
        }
        given = fields.get("Items")
        self._expression = jsonata.Expression(given, "Items") if jsonata.is_expression(given) else None
        self._literal = jsonata.template(given, "Items")
        if "ItemSelector" not in fields and "Parameters" in fields:
            without = {key: value for key, value in fields.items() if key != "Parameters"}
            self.data = type(self.data)(without)

    def begin(self, scope: Scope, now: float) -> Items:
        return Items(self._items(scope.of(self.data.effective(scope))))

    def over(self, scope: Scope, items: list[Any]) -> Iterations:
        """The iterations over these items."""
        inner = scope.of(self.data.effective(scope))
        return Iterations(
            inputs=[self.item_input(inner, place, item) for place, item in enumerate(items)],
            items=items,
            limit=int(self._number("MaxConcurrency", inner)),
            tolerated=int(self._number("ToleratedFailureCount", inner)),
            tolerated_percentage=self._number("ToleratedFailurePercentage", inner),
        )

    def item_input(self, scope: Scope, place: int, item: Any) -> Any:
        """What the iteration over an item gets."""
        if self._selector is None:
            return item
        context = {**scope.context(), "Map": {"Item": {"Index": place, "Value": item}}}
        inner = Scope(scope.input, scope.variables, lambda: context, scope.home)
        return self._selector(inner, {"input": scope.input})

    def flows(self) -> list[Flow]:
        return [self._processor]

    def _items(self, scope: Scope) -> list[Any]:
        if self.speaks_jsonata:
            return self._jsonata_items(scope)
        text = self.fields.get("ItemsPath", "$")
        try:
            found = paths.compiled(text).value(scope)
        except paths.NoSuchPath as missing:
            raise runtime(f"Invalid path '{text}' : {missing}") from None
        if not isinstance(found, list):
            raise runtime(f'Reference path "{text.replace("$$", "$", 1)}" must point to array.')
        return found

    def _jsonata_items(self, scope: Scope) -> list[Any]:
        given = self.fields.get("Items")
        if given is None:
            if not isinstance(scope.input, list):
                raise StateFailed(
                    QUERY, f"Map state input must be an array but was: {text_of(scope.input)}", evaluated=True
                )
            return scope.input
        if self._expression is not None:
            found: list[Any] = self._expression.of_type(scope, {"input": scope.input}, "array")
            return found
        return list(self._literal(scope, {"input": scope.input}))

    def _number(self, field: str, scope: Scope) -> float:
        if path := self.fields.get(f"{field}Path"):
            value = path_value(path, f"{field}Path", scope)
            if isinstance(value, str) and value.isdigit():
                value = int(value)
            whole = isinstance(value, int) and not isinstance(value, bool)
            if not whole and not (field.endswith("Percentage") and isinstance(value, float)):
                raise runtime(
                    f'The {field}Path field refers to value "{plain(value)}" which is not a valid integer: {path}'
                )
        else:
            value = self._numbers[field](scope)
        if value < 0:
            raise runtime(f"{field} cannot be negative.")
        if field.endswith("Percentage") and value > 100:
            raise runtime(f"{field} cannot be greater than 100.")
        return value
