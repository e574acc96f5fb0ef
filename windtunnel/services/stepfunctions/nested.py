"""Nested executions that are waited for: `states:startExecution.sync` and `.sync:2`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from windtunnel.aws import arns, documents
from windtunnel.aws.errors import ApiError
from windtunnel.services.stepfunctions.integrations import calls, errors, shapes
from windtunnel.services.stepfunctions.integrations.callers import Caller
from windtunnel.services.stepfunctions.language.failures import TASK_FAILED, StateFailed
from windtunnel.services.stepfunctions.language.scopes import parsed, text_of
from windtunnel.services.stepfunctions.records import Line
from windtunnel.services.stepfunctions.resource_arns import SYNC_2, resource_of


async def ended(caller: Caller, line: Line, began: Callable[[Any], bool]) -> Any:
    """
    Begin the execution unless the line has begun it already, and return what DescribeExecution says at its end.

    Raises StateFailed, with that as the cause, where it did not succeed.
    """
    work = line.work
    assert work is not None
    if not line.was_submitted:
        answer = await calls.call(caller, work)
        if not began(answer):
            return None
    arn = line.token
    place = arns.parse(arn)
    running = caller.home.cloud.home(place.account, place.region).service("stepfunctions").nouns["Running"]
    how: dict[str, Any] = {"access_key": caller.key, "account": place.account, "region": place.region}
    while True:
        try:
            found = await caller.home.call("stepfunctions", "DescribeExecution", {"executionArn": arn}, **how)
        except ApiError as failure:
            raise errors.of_optimized("stepfunctions", failure, caller.home.ids.uuid()) from None
        if found["status"] != "RUNNING":
            return _shown(found, resource_of(work.resource).pattern == SYNC_2)
        await running.ending(arn)


async def stop(home: Any, arn: str) -> None:
    """Best effort: one that is over or gone needs no stopping."""
    place = arns.parse(arn)
    wish = {"executionArn": arn}
    try:
        await home.call("stepfunctions", "StopExecution", wish, account=place.account, region=place.region)
    except ApiError as failure:
        if failure.code != "ExecutionDoesNotExist":
            raise


def _shown(found: dict[str, Any], as_json: bool) -> dict[str, Any]:
    shown = shapes.answer(documents.sdk_operation("stepfunctions", "describeExecution"), found)
    shown.pop("TraceHeader", None)
    if as_json:
        shown |= {name: parsed(shown[name]) for name in ("Input", "Output") if name in shown}
    if found["status"] != "SUCCEEDED":
        raise StateFailed(TASK_FAILED, text_of(shown))
    return shown
