"""ItemBatcher: items of a distributed Map put together, so that an execution gets several.

AWS: step-functions/latest/dg/input-output-itembatcher.html
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from windtunnel.services.stepfunctions.language import jsonata, templates
from windtunnel.services.stepfunctions.language.numbers import whole_number
from windtunnel.services.stepfunctions.language.scopes import Scope, text_of

Batcher = Callable[[Scope, list[Any]], list[Any]]


def compiled(fields: dict[str, Any], speaks_jsonata: bool) -> Batcher:
    """A function from items to the inputs that hold them."""
    most_items = whole_number(fields, "MaxItemsPerBatch")
    most_bytes = whole_number(fields, "MaxInputBytesPerBatch")
    given = fields.get("BatchInput")
    if given is None:
        batch_input: Callable[[Scope], dict[str, Any]] = lambda scope: {}  # noqa: E731
    elif speaks_jsonata:
        of_jsonata = jsonata.template(given, "ItemBatcher/BatchInput")
        batch_input = lambda scope: {"BatchInput": of_jsonata(scope, {"input": scope.input})}  # noqa: E731
    else:
        of_jsonpath = templates.compiled(given)
        batch_input = lambda scope: {"BatchInput": of_jsonpath(scope)}  # noqa: E731

    def batched(scope: Scope, items: list[Any]) -> list[Any]:
        more = batch_input(scope)
        room = len(text_of({**more, "Items": []}).encode())
        limits = int(most_items(scope)), int(most_bytes(scope))
        return [{**more, "Items": batch} for batch in _divided(items, *limits, room)]

    return batched


def _divided(items: list[Any], most_items: int, most_bytes: int, room: int) -> list[list[Any]]:
    batches: list[list[Any]] = []
    size = 0
    for item in items:
        bytes_more = len(text_of(item).encode()) + 1
        is_full = batches and (
            (most_items and len(batches[-1]) >= most_items) or (most_bytes and room + size + bytes_more > most_bytes)
        )
        if not batches or is_full:
            batches.append([])
            size = 0
        batches[-1].append(item)
        size += bytes_more
    return batches
