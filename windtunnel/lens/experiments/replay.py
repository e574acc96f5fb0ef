"""Replay: the tables are emptied, the archive of the bus is played again, and what results must have been there before.

What was there beside it may have come by other ways: sample events go to functions directly.
"""

from __future__ import annotations

from windtunnel.deploy.intrinsics import names_in
from windtunnel.lens.evidence import experiment
from windtunnel.lens.experiments import tables
from windtunnel.lens.experiments.bench import Bench, Result

NAME = "replay"


async def run(bench: Bench) -> list[Result]:
    results = []
    for archive in bench.estate.of_type("AWS::Events::Archive"):
        for bus in names_in(archive.properties.get("SourceArn")):
            if {bus, archive.logical_id} <= bench.deployment.physical.keys():
                results.append(await _judge(bench, bus, bench.deployment.physical[archive.logical_id]))
    return results


async def _judge(bench: Bench, bus: str, archive: str) -> Result:
    known = await bench.call("events", "DescribeArchive", {"ArchiveName": archive})
    if not known["EventCount"]:
        return Result(bus, None, f"Let the tests put events on {bus}: its archive is empty.")
    live = await tables.contents(bench)
    if not any(live.values()):
        says = f"{known['EventCount']} events are kept, and no table holds a state that follows from them"
        return Result(bus, True, says, (experiment(NAME, says),))
    await tables.restore(bench, {})
    name = f"windtunnel-{bench.home.ids.hex(12)}"
    wish = {
        "ReplayName": name,
        "EventSourceArn": known["ArchiveArn"],
        "EventStartTime": 0.0,
        "EventEndTime": bench.clock.now() + 1,
        "Destination": {"Arn": known["EventSourceArn"]},
    }
    try:
        await bench.call("events", "StartReplay", wish)
        await bench.clock.settle()
        again = await tables.contents(bench)
    finally:
        await tables.restore(bench, live)
    if how := tables.new_in(again, live, bench.clock.now()):
        says = f"{known['EventCount']} events replayed into empty tables lead to another state: {how}"
        return Result(bus, False, says, (experiment(NAME, says),))
    says = f"{known['EventCount']} events replayed into empty tables led to the same state"
    return Result(bus, True, says, (experiment(NAME, says),))
