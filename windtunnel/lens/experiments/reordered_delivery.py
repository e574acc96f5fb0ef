"""The sample events of a function in their order, and in the other: without a FIFO queue both happen."""

from __future__ import annotations

from typing import Any

from windtunnel.lens.evidence import experiment
from windtunnel.lens.experiments import tables
from windtunnel.lens.experiments.bench import Bench, Result, failed
from windtunnel.lens.resources import FunctionResource

NAME = "reordered-delivery"


async def run(bench: Bench) -> list[Result]:
    if not bench.estate.of_type(*tables.TYPES):
        return []
    return [
        await _judge(bench, function)
        for function in bench.estate.functions
        if (function.queue_sources or function.asynchronous_sources)
        and function.logical_id in bench.deployment.physical
    ]


async def _judge(bench: Bench, function: FunctionResource) -> Result:
    if function.queue_sources and all(_is_fifo(bench, source.origin) for source in function.queue_sources):
        says = "its queue is FIFO, which keeps the order"
        return Result(function.logical_id, True, says, (experiment(NAME, says),))
    events = bench.sample(function)
    if len(events) < 2:
        return Result(
            function.logical_id,
            None,
            f"Put two sample events about the same thing for {function.logical_id} into events/.",
        )
    kept = await tables.contents(bench)
    try:
        forth, ran = await _after(bench, function, events)
        back, ran_back = await _after(bench, function, events[::-1])
    finally:
        await tables.restore(bench, kept)
    if not ran or not ran_back:
        return Result(function.logical_id, None, "A sample event fails: correct the events in events/.")
    if how := tables.difference(forth, back, bench.clock.now()):
        says = f"its events in another order lead to another result: {how}"
        return Result(function.logical_id, False, says, (experiment(NAME, says),))
    says = f"{len(events)} events led to the same state in both orders"
    return Result(function.logical_id, True, says, (experiment(NAME, says),))


async def _after(bench: Bench, function: FunctionResource, events: list[Any]) -> tuple[tables.Items, bool]:
    """What empty tables hold after these events, and whether all of them were taken."""
    await tables.restore(bench, {})
    outcomes = await bench.alone(bench.spec(function), events)
    return await tables.contents(bench), not any(failed(outcome) for outcome in outcomes)


def _is_fifo(bench: Bench, origin: str) -> bool:
    queue = bench.estate.named(origin)
    return queue is not None and str(queue.properties.get("FifoQueue", "")).lower() == "true"
