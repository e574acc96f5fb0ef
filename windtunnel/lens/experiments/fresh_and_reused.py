"""The same event in fresh environments and in a reused one: a stateless function answers alike.

fresh, fresh     what differs between these two is chance or time, and is left out
reused: A B A    what differs now in the last answer was carried from one invocation to the next
"""

from __future__ import annotations

from typing import Any

from windtunnel.lens.evidence import experiment
from windtunnel.lens.experiments.bench import Bench, Result, answer_of, failed
from windtunnel.lens.resources import FunctionResource

NAME = "fresh-and-reused"
REPEATS = 3


async def run(bench: Bench) -> list[Result]:
    return [await _judge(bench, f) for f in bench.estate.functions if f.logical_id in bench.deployment.physical]


async def _judge(bench: Bench, function: FunctionResource) -> Result:
    events = bench.sample(function)
    if not events:
        return Result(function.logical_id, None, f"Put a sample event for {function.logical_id} into events/.")
    spec = bench.spec(function)
    event = events[0]
    [first] = await bench.alone(spec, [event])
    [second] = await bench.alone(spec, [event])
    if failed(first) or failed(second):
        return Result(function.logical_id, None, "Its sample event fails: correct the event in events/.")
    volatile = _differences(answer_of(first), answer_of(second))
    between = events[1:] or [event]
    reused = await bench.alone(spec, [event, *(between * REPEATS)[:REPEATS], event])
    changed = _differences(answer_of(first), answer_of(reused[-1])) - volatile
    if not changed:
        says = f"the same event got the same answer in a fresh environment and after {len(reused) - 1} others in a reused one"
        return Result(function.logical_id, True, says, (experiment(NAME, says),))
    where = sorted(changed)[0]
    before, after = _at(answer_of(first), where), _at(answer_of(reused[-1]), where)
    says = f"the same event was answered differently in a reused environment: {where or 'the answer'} was {before!r}, then {after!r}"
    return Result(function.logical_id, False, says, (experiment(NAME, says),))


def _differences(one: Any, other: Any, path: str = "") -> set[str]:
    """The places where two answers differ; text that is JSON is looked into."""
    one, other = _opened(one), _opened(other)
    if isinstance(one, dict) and isinstance(other, dict):
        found = {f"{path}.{key}".lstrip(".") for key in one.keys() ^ other.keys()}
        for key in one.keys() & other.keys():
            found |= _differences(one[key], other[key], f"{path}.{key}".lstrip("."))
        return found
    if isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        return set().union(
            *(_differences(a, b, f"{path}[{n}]") for n, (a, b) in enumerate(zip(one, other, strict=True)))
        )
    return set() if one == other else {path}


def _opened(value: Any) -> Any:
    import json

    if isinstance(value, str) and value[:1] in "{[":
        try:
            return json.loads(value)
        except ValueError:
            return value
    return value


def _at(value: Any, path: str) -> Any:
    for part in path.replace("[", ".[").split("."):
        value = _opened(value)
        if part.startswith("["):
            value = value[int(part[1:-1])]
        elif part:
            value = value.get(part, "nothing") if isinstance(value, dict) else value
    text = str(value)
    return value if len(text) <= 80 else text[:77] + "..."
