"""States that fork: Parallel into its branches, Map into an iteration for each item."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from windtunnel.services.stepfunctions.language import batches, jsonata, paths, retries, templates
from windtunnel.services.stepfunctions.language.failures import QUERY, StateFailed, runtime
from windtunnel.services.stepfunctions.language.numbers import whole_number
from windtunnel.services.stepfunctions.language.outcomes import Branches, Items, Limits
from windtunnel.services.stepfunctions.language.scopes import Scope, text_of
from windtunnel.services.stepfunctions.language.states import Flow, State

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
            field: whole_number(fields, field)
            for field in ("MaxConcurrency", "ToleratedFailureCount", "ToleratedFailurePercentage")
        }
        self.reader: dict[str, Any] | None = fields.get("ItemReader")
        self.writer: dict[str, Any] | None = fields.get("ResultWriter")
        self._batcher = batches.compiled(fields["ItemBatcher"], speaks_jsonata) if "ItemBatcher" in fields else None
        self._writer: Callable[[Scope, dict[str, Any]], Any] | None = None
        if self.writer is not None and speaks_jsonata:
            self._writer = jsonata.template(self.writer.get("Arguments", {}), "ResultWriter/Arguments")
        elif self.writer is not None:
            place = templates.compiled(self.writer.get("Parameters", {}))
            self._writer = lambda scope, states: place(scope)
        given = fields.get("Items")
        self._expression = jsonata.Expression(given, "Items") if jsonata.is_expression(given) else None
        self._literal = jsonata.template(given, "Items")
        if "ItemSelector" not in fields and "Parameters" in fields:
            without = {key: value for key, value in fields.items() if key != "Parameters"}
            self.data = type(self.data)(without)

    def begin(self, scope: Scope, now: float) -> Items:
        if self.reader is not None:
            return Items([])
        return Items(self._items(scope.of(self.data.effective(scope))))

    def limits(self, scope: Scope) -> Limits:
        """Raises StateFailed where one of them is no number, or a wrong one."""
        inner = scope.of(self.data.effective(scope))
        return Limits(
            at_a_time=int(self._numbers["MaxConcurrency"](inner)),
            tolerated=int(self._numbers["ToleratedFailureCount"](inner)),
            tolerated_percentage=self._numbers["ToleratedFailurePercentage"](inner),
            tolerates=any(field.startswith("ToleratedFailure") for field in self.fields),
        )

    def inputs(self, scope: Scope, items: list[Any]) -> list[Any]:
        """What each iteration gets."""
        inner = scope.of(self.data.effective(scope))
        made = [self.item_input(inner, place, item) for place, item in enumerate(items)]
        return made if self._batcher is None else self._batcher(inner, made)

    def item_input(self, scope: Scope, place: int, item: Any) -> Any:
        """What the iteration over an item gets."""
        if self._selector is None:
            return item
        context = {**scope.context(), "Map": {"Item": {"Index": place, "Value": item}}}
        inner = Scope(scope.input, scope.variables, lambda: context, scope.home)
        return self._selector(inner, {"input": scope.input})

    @property
    def has_batches(self) -> bool:
        return self._batcher is not None

    def written_to(self, scope: Scope) -> dict[str, Any]:
        """Bucket and prefix of the ResultWriter. Raises StateFailed."""
        assert self._writer is not None
        made: dict[str, Any] = self._writer(scope.of(self.data.effective(scope)), {"input": scope.input})
        return made

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
