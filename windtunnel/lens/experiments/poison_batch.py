"""A batch with one bad record: the good ones must be done once, only the bad one may come back."""

from __future__ import annotations

from typing import Any

from windtunnel.lens.evidence import experiment
from windtunnel.lens.experiments.bench import Bench, Result, answer_of, failed
from windtunnel.lens.resources import FunctionResource

NAME = "poison-batch"
BAD_BODY = "{this is not what the function expects"


async def run(bench: Bench) -> list[Result]:
    results = []
    for function in bench.estate.functions:
        if function.queue_sources and function.logical_id in bench.deployment.physical:
            results.append(await _judge(bench, function))
    return results


async def _judge(bench: Bench, function: FunctionResource) -> Result:
    good = next((record for event in bench.sample(function) if (record := bench.record_of(event))), None)
    if good is None:
        needed = f"Put a sample event for {function.logical_id} into events/, so that a good record is known."
        return Result(function.logical_id, None, needed)
    batch = {"Records": [_record(good, "good-1"), _record(good, "bad", BAD_BODY), _record(good, "good-2")]}
    [alone] = await bench.alone(bench.spec(function), [{"Records": [_record(good, "good-1")]}])
    if failed(alone):
        return Result(function.logical_id, None, "Its sample event alone already fails: correct the event in events/.")
    [outcome] = await bench.alone(bench.spec(function), [batch])
    if failed(outcome):
        says = "one bad record of three made the whole batch fail: all three come back and are done again"
        return Result(
            function.logical_id, False, says, (experiment(NAME, f"{says}; answer: {_short(answer_of(outcome))}"),)
        )
    answer = answer_of(outcome)
    reported = (
        [f.get("itemIdentifier") for f in (answer or {}).get("batchItemFailures", [])]
        if isinstance(answer, dict)
        else []
    )
    if reported == ["bad"]:
        says = "one bad record of three was reported by itself; the good ones are done once"
        return Result(function.logical_id, True, says, (experiment(NAME, says),))
    if not reported:
        says = "one bad record of three was neither reported nor raised: it is deleted as if it were done"
        return Result(function.logical_id, False, says, (experiment(NAME, f"{says}; answer: {_short(answer)}"),))
    says = f"one bad record of three, but {len(reported)} were reported as failed: good ones are done again"
    return Result(function.logical_id, False, says, (experiment(NAME, says),))


def _record(like: dict[str, Any], message: str, body: str | None = None) -> dict[str, Any]:
    return {**like, "messageId": message, "receiptHandle": message, **({"body": body} if body is not None else {})}


def _short(value: Any) -> str:
    text = str(value)
    return text if len(text) <= 160 else text[:157] + "..."
