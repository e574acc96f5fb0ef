"""
The `Resource` of a task, taken apart.

    arn:aws:lambda:eu-west-1:1:function:f · arn:aws:states:eu-west-1:1:activity:a · arn:aws:states:::sqs:sendMessage.waitForTaskToken
"""

from __future__ import annotations

from functools import lru_cache

import msgspec

FUNCTION, ACTIVITY, SERVICE = "function", "activity", "service"
WAITS_FOR_TOKEN, SYNC, SYNC_2 = "waitForTaskToken", "sync", "sync:2"
REQUEST = ""


class Resource(msgspec.Struct, frozen=True):
    """`service` is `sqs`, or `aws-sdk:sqs`; `pattern` how long it is waited for: for the answer, the end, or a callback."""

    kind: str
    arn: str
    service: str = ""
    action: str = ""
    pattern: str = REQUEST

    @property
    def type(self) -> str:
        return self.service

    @property
    def name(self) -> str:
        """`sendMessage.waitForTaskToken`"""
        return f"{self.action}.{self.pattern}" if self.pattern else self.action

    @property
    def waits_for_token(self) -> bool:
        return self.pattern == WAITS_FOR_TOKEN

    @property
    def is_sdk(self) -> bool:
        return self.service.startswith("aws-sdk:")


@lru_cache(maxsize=4096)
def resource_of(arn: str) -> Resource:
    """Raises ValueError where the text is no resource of a task."""
    parts = arn.split(":", 5)
    if len(parts) < 6 or parts[0] != "arn":
        raise ValueError(arn)
    _, _, service, _, account, rest = parts
    if service == "lambda":
        return Resource(FUNCTION, arn)
    if service != "states":
        raise ValueError(arn)
    if account:
        if not rest.startswith("activity:"):
            raise ValueError(arn)
        return Resource(ACTIVITY, arn)
    kind, _, name = rest.partition(":")
    if kind == "aws-sdk":
        service, _, name = name.partition(":")
        kind = f"aws-sdk:{service}"
    action, _, pattern = name.partition(".")
    if not kind or not action or pattern not in (REQUEST, WAITS_FOR_TOKEN, SYNC, SYNC_2):
        raise ValueError(arn)
    return Resource(SERVICE, arn, kind, action, pattern)
