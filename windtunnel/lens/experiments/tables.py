"""What the DynamoDB tables of an application hold: looked at, compared, emptied and put back by experiments."""

from __future__ import annotations

import re
from typing import Any

from windtunnel.lens.experiments.bench import Bench

TYPES = ("AWS::DynamoDB::Table", "AWS::Serverless::SimpleTable")
DAY_S = 86_400
_TIME = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d")

Items = dict[str, dict[str, dict[str, Any]]]
"""Table → key, as text → item."""


async def contents(bench: Bench) -> Items:
    """Every item of every table of the application."""
    return {name: await _items(bench, name, await _keys(bench, name)) for name in _names(bench)}


async def restore(bench: Bench, wanted: Items) -> None:
    """Delete and put until the tables hold this again; `{}` for a table empties it."""
    for name in _names(bench):
        keys = await _keys(bench, name)
        there = await _items(bench, name, keys)
        for text, item in there.items():
            if text not in wanted.get(name, {}):
                await bench.call("dynamodb", "DeleteItem", {"TableName": name, "Key": {key: item[key] for key in keys}})
        for text, item in wanted.get(name, {}).items():
            if there.get(text) != item:
                await bench.call("dynamodb", "PutItem", {"TableName": name, "Item": item})


def difference(one: Items, other: Items, now: float) -> str:
    """In what they differ, in words; empty when in nothing but times."""
    return new_in(one, other, now) or new_in(other, one, now)


def new_in(part: Items, whole: Items, now: float) -> str:
    """What of `part` is not in `whole`, in words; empty when all of it is, but for times."""
    for name in sorted(part):
        for key, item in part[name].items():
            known = whole.get(name, {}).get(key)
            if known is None:
                return f"{name} has an item with another key"
            for attribute in sorted({*item, *known}):
                if not _same(item.get(attribute), known.get(attribute), now):
                    return f"{attribute} of an item of {name} is different"
    return ""


def _same(one: Any, other: Any, now: float) -> bool:
    """Two moments of the run count as the same: what an item says about when it was written is no difference."""
    return bool(one == other or (_is_time(one, now) and _is_time(other, now)))


def _is_time(value: Any, now: float) -> bool:
    if not isinstance(value, dict):
        return False
    if "N" in value:
        number = float(value["N"])
        return any(abs(number / scale - now) < 400 * DAY_S for scale in (1, 1_000, 1_000_000))
    return bool(_TIME.match(str(value.get("S", ""))))


def _names(bench: Bench) -> list[str]:
    tables = bench.estate.of_type(*TYPES)
    return [bench.deployment.physical[t.logical_id] for t in tables if t.logical_id in bench.deployment.physical]


async def _keys(bench: Bench, name: str) -> list[str]:
    table = (await bench.call("dynamodb", "DescribeTable", {"TableName": name}))["Table"]
    return [key["AttributeName"] for key in table["KeySchema"]]


async def _items(bench: Bench, name: str, keys: list[str]) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    start: dict[str, Any] = {}
    while True:
        page = await bench.call("dynamodb", "Scan", {"TableName": name, "ConsistentRead": True, **start})
        found |= {repr([item[key] for key in keys]): item for item in page["Items"]}
        if "LastEvaluatedKey" not in page:
            return found
        start = {"ExclusiveStartKey": page["LastEvaluatedKey"]}
