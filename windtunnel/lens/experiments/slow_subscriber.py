"""One receiver of a fan-out fails: do the others still get the event?"""

from __future__ import annotations

from typing import Any

from windtunnel.fabric.faults import Fault
from windtunnel.kernel.recorder import Entry
from windtunnel.lens.evidence import experiment
from windtunnel.lens.experiments.bench import Bench, Result, failed
from windtunnel.lens.resources import FunctionResource

NAME = "slow-subscriber"


async def run(bench: Bench) -> list[Result]:
    return [await _judge(bench, f) for f in bench.estate.functions if f.logical_id in bench.deployment.physical]


async def _judge(bench: Bench, function: FunctionResource) -> Result:
    events = bench.sample(function)
    if not events:
        return Result(function.logical_id, None, f"Put a sample event for {function.logical_id} into events/.")
    targets, ran = await _reached(bench, function, events[0])
    if not ran:
        return Result(function.logical_id, None, "Its sample event fails: correct the event in events/.")
    if len(targets) < 2:
        says = f"it hands its event on to {targets[0] if targets else 'nobody'}"
        return Result(function.logical_id, True, says, (experiment(NAME, says),))
    faults = bench.home.cloud.faults
    fault = faults.add(
        Fault(kind="error", code="InvalidAddress", status=400, resource=targets[0], caller=f"*/{bench.name(function)}")
    )
    try:
        still, _ = await _reached(bench, function, events[0])
    finally:
        faults.remove(fault.id)
    missed = [name for name in targets[1:] if name not in still]
    if missed:
        says = f"when {targets[0]} takes nothing, {', '.join(missed)} get nothing either"
        return Result(function.logical_id, False, says, (experiment(NAME, says),))
    says = f"when {targets[0]} takes nothing, {', '.join(targets[1:])} still get the event"
    return Result(function.logical_id, True, says, (experiment(NAME, says),))


async def _reached(bench: Bench, function: FunctionResource, event: Any) -> tuple[list[str], bool]:
    """Names of the queues, topics, functions and streams that the function sent to, in order, and whether it succeeded."""
    mark = bench.mark()
    [outcome] = await bench.alone(bench.spec(function), [event])
    session = f"/{bench.name(function)}"
    sent = [_target(entry) for entry in bench.since(mark) if entry.principal.endswith(session)]
    return list(dict.fromkeys(name for name in sent if name)), not failed(outcome)


def _target(entry: Entry) -> str:
    field = {"MessageSent": "queue", "Published": "topic", "EventAccepted": "function", "RecordsPut": "stream"}.get(
        entry.kind
    )
    return "" if field is None else getattr(entry.fact, field).replace("/", ":").rsplit(":", 1)[-1]
