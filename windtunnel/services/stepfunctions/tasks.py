"""Callbacks: whoever has the token of a task says how it went."""

from __future__ import annotations

import base64
import binascii
from typing import Any

import msgspec

from windtunnel.aws import jackson
from windtunnel.aws.errors import ApiError
from windtunnel.services.stepfunctions.language.failures import StateFailed
from windtunnel.services.stepfunctions.tables import StepTables


class Tasks(StepTables):
    async def send_task_success(self, ctx, taskToken, output):
        try:
            result = msgspec.json.decode(output)
        except msgspec.DecodeError:
            words = jackson.problem_of_text(output).partition("\n")[0]
            raise ApiError("InvalidOutput", f"Invalid Output: '{words}'") from None
        arn, number = place_of(taskToken)
        self.noun("Running").answer(arn, number, taskToken, result)

    async def send_task_failure(self, ctx, taskToken, error=None, cause=None):
        arn, number = place_of(taskToken)
        self.noun("Running").answer(arn, number, taskToken, StateFailed(error, cause))

    async def send_task_heartbeat(self, ctx, taskToken):
        arn, number = place_of(taskToken)
        self.noun("Running").beat(arn, number, taskToken)


def place_of(token: str) -> tuple[str, int]:
    """Execution and line of a token. Raises InvalidToken."""
    try:
        arn, number, _ = base64.b64decode(token, validate=True).decode().split("\n")
        return arn, int(number)
    except (binascii.Error, UnicodeDecodeError, ValueError):
        raise ApiError("InvalidToken", "Invalid Token: 'Invalid token'") from None


def gone() -> ApiError:
    """Of a token that was good once."""
    return ApiError("TaskTimedOut", "Task Timed Out: 'Provided task does not exist anymore'")


def as_answer(value: Any) -> tuple[Any, ...]:
    """An answer as it is stored while the call that handed out the token is under way."""
    if isinstance(value, StateFailed):
        return ("failed", value.error, value.cause)
    return ("succeeded", value)


def from_answer(stored: tuple[Any, ...]) -> Any:
    return StateFailed(stored[1], stored[2]) if stored[0] == "failed" else stored[1]
