"""A poison event: one that makes its function fail every time. It is followed to where it ends, with the waiting skipped."""

from __future__ import annotations

from windtunnel.lens.evidence import experiment
from windtunnel.lens.experiments.bench import Bench, Result
from windtunnel.lens.resources import EventSource, FunctionResource

NAME = "poison-event"
RETRIES_TAKE_S = 600
MOST_RECEIVES = 20


async def run(bench: Bench) -> list[Result]:
    results = []
    for function in bench.estate.functions:
        if function.logical_id not in bench.deployment.physical:
            continue
        if function.asynchronous_sources:
            results.append(await _asynchronous(bench, function))
        for source in function.queue_sources:
            if source.origin in bench.deployment.physical:
                results.append(await _queue(bench, function, source))
    return results


async def _asynchronous(bench: Bench, function: FunctionResource) -> Result:
    """Invoke with an event that fails on purpose; it must arrive at the dead-letter target."""
    marker = f"windtunnel-poison-{bench.home.ids.hex(12)}"
    mark = bench.mark()
    with bench.failing(marker):
        wish = {
            "FunctionName": bench.name(function),
            "InvocationType": "Event",
            "Payload": f'{{"poison":"{marker}"}}'.encode(),
        }
        await bench.call("lambda", "Invoke", wish)
        await bench.clock.advance(RETRIES_TAKE_S)
    tries = [e for e in bench.since(mark, "EventFailed") if bench.estate.is_of(e.fact.function, function)]
    landed = [e for e in bench.since(mark, "EventDeadLettered") if bench.estate.is_of(e.fact.function, function)]
    if landed:
        says = f"the poison event reached {landed[0].fact.target.rsplit(':', 1)[-1]} after {landed[0].fact.attempts} attempts"
        return Result(
            function.logical_id, True, says, (experiment(NAME, f"{says} (EventDeadLettered #{landed[0].seq})"),)
        )
    lost = [e for e in bench.since(mark, "EventLost") if bench.estate.is_of(e.fact.function, function)]
    why = lost[-1].fact.why if lost else "It never ended."
    says = f"the poison event was tried {len(tries)} times and then dropped: {why}"
    number = f" (EventLost #{lost[-1].seq})" if lost else ""
    return Result(function.logical_id, False, says, (experiment(NAME, says + number),))


async def _queue(bench: Bench, function: FunctionResource, source: EventSource) -> Result:
    """Send a message that fails on purpose; after its receives it must stand in the dead-letter queue."""
    marker = f"windtunnel-poison-{bench.home.ids.hex(12)}"
    arn = bench.queue_arn(source.origin)
    url = bench.deployment.physical[source.origin]
    attributes = (await bench.call("sqs", "GetQueueAttributes", {"QueueUrl": url, "AttributeNames": ["All"]}))[
        "Attributes"
    ]
    visibility = int(attributes["VisibilityTimeout"])
    mark = bench.mark()
    with bench.failing(marker):
        await bench.call("sqs", "SendMessage", {"QueueUrl": url, "MessageBody": marker})
        for _ in range(MOST_RECEIVES):
            await bench.clock.advance(visibility + 1)
            moved = bench.since(mark, "MessageDeadLettered", queue=arn)
            if moved:
                break
    if moved:
        fact = moved[0].fact
        says = f"the poison message reached {fact.dead_letter_queue.rsplit(':', 1)[-1]} after {fact.receives} receives"
        return Result(
            function.logical_id, True, says, (experiment(NAME, f"{says} (MessageDeadLettered #{moved[0].seq})"),)
        )
    receives = len(bench.since(mark, "MessagesReceived", queue=arn))
    await bench.call("sqs", "PurgeQueue", {"QueueUrl": url})
    says = f"the poison message was received {receives} times in {MOST_RECEIVES * (visibility + 1)} s and goes round for ever"
    return Result(function.logical_id, False, says, (experiment(NAME, says),))
