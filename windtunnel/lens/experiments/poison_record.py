"""A poison record: one in a stream that makes its function fail every time. It is followed to where it ends."""

from __future__ import annotations

from windtunnel.lens.evidence import experiment
from windtunnel.lens.experiments.bench import Bench, Result
from windtunnel.lens.resources import EventSource, FunctionResource

NAME = "poison-record"
STEP_S = 600
PATIENCE_S = 3 * 3_600


async def run(bench: Bench) -> list[Result]:
    return [
        await _judge(bench, function, source)
        for function in bench.estate.functions
        if function.logical_id in bench.deployment.physical
        for source in function.stream_sources
        if source.kind == "Kinesis" and source.origin in bench.deployment.physical
    ]


async def _judge(bench: Bench, function: FunctionResource, source: EventSource) -> Result:
    """The partition key is what marks it: the data of a record stands in base64 in the event."""
    marker = f"windtunnel-poison-{bench.home.ids.hex(12)}"
    wish = {"StreamName": bench.deployment.physical[source.origin], "Data": b"{}", "PartitionKey": marker}
    mark, given_up = bench.mark(), []
    with bench.failing(marker):
        await bench.call("kinesis", "PutRecord", wish)
        for _ in range(PATIENCE_S // STEP_S):
            await bench.clock.advance(STEP_S)
            given_up = [e for e in bench.since(mark, "BatchDiscarded") if bench.estate.is_of(e.fact.function, function)]
            if given_up:
                break
    tries = [e for e in bench.since(mark, "BatchProcessed") if bench.estate.is_of(e.fact.function, function)]
    if not tries:
        return Result(function.logical_id, None, f"No record of {source.origin} came to it: is it filtered out?")
    if not given_up:
        says = (
            f"the poison record was tried {len(tries)} times in {PATIENCE_S // 3600} hours and still holds up its shard"
        )
        return Result(function.logical_id, False, says, (experiment(NAME, says),))
    fact = given_up[0].fact
    if fact.target:
        says = (
            f"the poison record was given up after {len(tries)} attempts, and {fact.target.rsplit(':', 1)[-1]} was told"
        )
        return Result(
            function.logical_id, True, says, (experiment(NAME, f"{says} (BatchDiscarded #{given_up[0].seq})"),)
        )
    says = f"the poison record was tried {len(tries)} times and then dropped: nobody was told"
    return Result(function.logical_id, False, says, (experiment(NAME, f"{says} (BatchDiscarded #{given_up[0].seq})"),))
