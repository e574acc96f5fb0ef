"""How states fail: the errors of the States Language, and a failure on its way to a Retry, a Catch or the end."""

from __future__ import annotations

ALL = "States.ALL"
TASK_FAILED = "States.TaskFailed"
TIMEOUT = "States.Timeout"
HEARTBEAT_TIMEOUT = "States.HeartbeatTimeout"
RUNTIME = "States.Runtime"
DATA_LIMIT = "States.DataLimitExceeded"
NO_CHOICE = "States.NoChoiceMatched"
INTRINSIC = "States.IntrinsicFailure"
QUERY = "States.QueryEvaluationError"
TOLERANCE = "States.ExceedToleratedFailureThreshold"
PATH_MATCH = "States.ParameterPathFailure"
PERMISSIONS = "States.Permissions"

_UNCATCHABLE = (RUNTIME, DATA_LIMIT)
"""AWS: step-functions/latest/dg/concepts-error-handling.html, "States.ALL"."""


class StateFailed(Exception):
    """
    A state fails with this error. `evaluated`: the state itself could not be evaluated, so that the cause tells where; `location`
    is the field then, where there is one. None stands for a text that nobody gave.
    """

    def __init__(
        self,
        error: str | None,
        cause: str | None,
        *,
        evaluated: bool = False,
        location: str | None = None,
        alias: str = "",
    ) -> None:
        """`alias` is a further name under which a Retry or a Catch knows the error."""
        super().__init__(f"{error}: {cause}")
        self.error = error
        self.cause = cause
        self.evaluated = evaluated
        self.location = location
        self.alias = alias


def runtime(cause: str) -> StateFailed:
    """A state that cannot be evaluated."""
    return StateFailed(RUNTIME, cause, evaluated=True)


def timeout(*, of_heartbeat: bool = False) -> StateFailed:
    """A task took too long, or gave no sign of life: AWS calls both the same, and lets a Catch tell them apart."""
    return StateFailed(TIMEOUT, "", alias=HEARTBEAT_TIMEOUT if of_heartbeat else "")


def matches(names: tuple[str, ...], failure: StateFailed) -> bool:
    """Whether an ErrorEquals names this failure."""
    error = failure.error or ""
    if error in names or (failure.alias and failure.alias in names):
        return True
    if error in _UNCATCHABLE:
        return False
    return ALL in names or (TASK_FAILED in names and error != TIMEOUT and error != TOLERANCE)
