"""The same event twice, as every asynchronous source may deliver it: the second time must add nothing."""

from __future__ import annotations

from collections import Counter
from typing import Any

from windtunnel.kernel.recorder import Entry
from windtunnel.lens.evidence import experiment
from windtunnel.lens.experiments import tables
from windtunnel.lens.experiments.bench import Bench, Result, failed
from windtunnel.lens.resources import FunctionResource

NAME = "duplicate-delivery"


async def run(bench: Bench) -> list[Result]:
    results = []
    for function in bench.estate.functions:
        delivered_again = function.queue_sources or function.asynchronous_sources
        if delivered_again and function.logical_id in bench.deployment.physical:
            results.append(await _judge(bench, function))
    return results


async def _judge(bench: Bench, function: FunctionResource) -> Result:
    events = bench.sample(function)
    if not events:
        return Result(function.logical_id, None, f"Put a sample event for {function.logical_id} into events/.")
    session = f"/{bench.name(function)}"
    effects: list[Counter[str]] = []
    states: list[tables.Items] = []
    mark = bench.mark()
    for _ in range(2):
        [outcome] = await bench.alone(bench.spec(function), [events[0]])
        if failed(outcome):
            return Result(function.logical_id, None, "Its sample event fails: correct the event in events/.")
        facts = [e for e in bench.since(mark) if e.principal.endswith(session)]
        effects.append(Counter(text for e in facts if (text := _effect(e))))
        states.append(await tables.contents(bench))
        mark = bench.mark()
    first, second = effects
    if not first and not second:
        return Result(
            function.logical_id, True, "it changes nothing outside itself", (experiment(NAME, "no effect was seen"),)
        )
    added = {text for text in second if text.startswith(("sends", "puts")) or text not in first}
    if how := tables.difference(*states, bench.clock.now()):
        added.add(f"changed a table again: {how}")
    if not added:
        says = f"delivered twice, the event had the same effect as once: {_listed(first)}"
        return Result(function.logical_id, True, says, (experiment(NAME, says),))
    says = (
        f"delivered twice, the event took effect twice: the second time it {_listed(Counter(dict.fromkeys(added, 1)))}"
    )
    return Result(function.logical_id, False, says, (experiment(NAME, says),))


def _effect(entry: Entry) -> str:
    """What a fact changed outside the function, in words that are equal for equal changes."""
    fact: Any = entry.fact
    if entry.kind == "ObjectStored":
        return f"stores s3://{fact.bucket}/{fact.key}"
    if entry.kind == "ObjectDeleted":
        return f"deletes s3://{fact.bucket}/{fact.key}"
    if entry.kind == "MessageSent":
        return f"sends a message to {fact.queue.rsplit(':', 1)[-1]}"
    if entry.kind == "EventAccepted":
        return f"sends an event to {fact.function.rsplit(':', 1)[-1]}"
    if entry.kind == "Published":
        return f"sends a notification to {fact.topic.rsplit(':', 1)[-1]}"
    if entry.kind == "EventPut":
        return f"puts an event of {fact.source} on {fact.bus.rsplit('/', 1)[-1]}"
    if entry.kind == "RecordsPut":
        return f"puts a record into {fact.stream.rsplit('/', 1)[-1]}"
    if entry.kind == "ItemWritten":
        return f"writes to {fact.table.rsplit('/', 1)[-1]}"
    return ""


def _listed(effects: Counter[str]) -> str:
    names = sorted(effects)
    return "; ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
