"""The errors that AWS answers with, as exceptions that know nothing of HTTP."""

from __future__ import annotations

from typing import Any

THROTTLING = frozenset(
    [
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "RequestThrottled",
        "RequestThrottledException",
        "SlowDown",
        "Throttled",
        "ThrottledException",
        "Throttling",
        "ThrottlingException",
        "TooManyRequestsException",
    ]
)
"""AWS's codes for "too many requests", whatever the status. AWS: sdkref/latest/guide/feature-retry-behavior.html"""


class ApiError(Exception):
    """
    An error that the caller of an operation is meant to see.

    `code` is the name of an error shape of the service's model, or that shape's error code. `status` is taken
    from the model when it is None, and is 400 where the model has none. `sender` says whose fault it was, which
    some protocols tell the client. `members` are the further members of the error shape.
    """

    def __init__(self, code: str, message: str = "", status: int | None = None, sender: bool = True, **members: Any):
        super().__init__(f"{code}: {message}" if message else code)
        self.code = code
        self.message = message
        self.status = status
        self.sender = sender
        self.members = members

    @property
    def throttling(self) -> bool:
        """There were too many requests: later the same one may succeed."""
        return self.status == 429 or self.code in THROTTLING

    @property
    def transient(self) -> bool:
        """Another attempt may succeed: the service failed or throttles. Not where something is refused for what it is."""
        return self.throttling or ((self.status or 400) >= 500 and self.status != 501)

    def __reduce__(self) -> tuple[Any, ...]:
        return _again, (type(self), self.code, self.message, self.status, self.sender, self.members)


class NotImplementedHere(ApiError):
    """Something of AWS that is not there: `what` names the operation or the member."""

    def __init__(self, what: str):
        super().__init__("NotImplemented", f"{what} is not implemented by windtunnel.", status=501, sender=False)


def _again(
    kind: type[ApiError], code: str, message: str, status: int | None, sender: bool, members: dict[str, Any]
) -> ApiError:
    error = kind.__new__(kind)
    ApiError.__init__(error, code, message, status, sender, **members)
    return error
