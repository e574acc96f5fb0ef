"""What a CloudFormation resource type is written as: a class that speaks AWS API, found through its service's declaration.

class Queue(ResourceType):
    type = "AWS::SQS::Queue"
    properties = {"QueueName": STORED, "VisibilityTimeout": ENFORCED, ...}
    replaces = frozenset({"QueueName", "FifoQueue"})

    async def create(self, wish):
        url = (await self.call("sqs", "CreateQueue", {...}))["QueueUrl"]
        return Physical(url, {"Arn": ..., "QueueName": ...})
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, ClassVar

import msgspec

from windtunnel.aws.errors import ApiError

ENFORCED = "enforced"
"""Has the effect that it has on AWS."""
SIMULATED = "simulated"
"""Has a visible effect that stands for the one on AWS."""
STORED = "stored"
"""Is kept and returned, and changes nothing."""


class Wish(msgspec.Struct, frozen=True, kw_only=True):
    """What a template asks for: properties with every intrinsic function resolved, and the stack around them."""

    logical_id: str
    properties: dict[str, Any]
    stack: str
    stack_id: str
    account: str
    region: str
    name: str
    """A name as CloudFormation would generate it: stack-logicalId-SUFFIX. Use it where the template names none."""
    tags: dict[str, str] = {}


class Physical(msgspec.Struct, frozen=True):
    """What was made: `id` is what `Ref` gives, `attributes` what `Fn::GetAtt` gives."""

    id: str
    attributes: dict[str, Any] = {}


class ResourceType:
    """One type of resource. Failures are the ApiErrors of the calls it makes."""

    type: ClassVar[str]
    properties: ClassVar[dict[str, str]] = {}
    """Property → ENFORCED, SIMULATED or STORED. One that is not listed is refused by name, before anything is created."""
    replaces: ClassVar[frozenset[str]] = frozenset()
    """Properties whose change makes a new resource in place of the old one."""
    open_ended: ClassVar[bool] = False
    """Takes every property, listed or not; and another physical id after an update means another resource."""
    home: Any = None
    """The home of the stack, for the few types that need more of it than calls."""
    named: str = ""
    """The type as the template names it."""

    @classmethod
    def takes(cls, name: str) -> bool:
        """Whether it has a property of that name."""
        return cls.open_ended or name in cls.properties

    def __init__(self, call: Callable[[str, str, dict[str, Any]], Awaitable[dict[str, Any]]]) -> None:
        """`call(service, operation, parameters)` asks AWS in the stack's account and region."""
        self.call = call

    async def create(self, wish: Wish) -> Physical:
        raise NotImplementedError

    async def update(self, physical: Physical, wish: Wish, old: dict[str, Any]) -> Physical:
        """Change in place; `old` are the properties before. Only called when no property of `replaces` changed."""
        raise NotImplementedError

    async def delete(self, physical: Physical, properties: dict[str, Any]) -> None:
        """Remove it; one that is gone already is no error."""
        raise NotImplementedError


def tags_of(properties: dict[str, Any]) -> dict[str, str]:
    """The `Tags` property, a list of Key and Value or a map, as a map."""
    tags = properties.get("Tags") or {}
    if isinstance(tags, dict):
        return {str(key): str(value) for key, value in tags.items()}
    return {tag["Key"]: str(tag["Value"]) for tag in tags}


_GONE = frozenset(
    (
        "NoSuchBucket",
        "NoSuchEntity",
        "NotFound",
        "NotFoundException",
        "QueueDoesNotExist",
        "ResourceNotFound",
        "ResourceNotFoundException",
    )
)


async def unless_gone(deleting: Awaitable[Any]) -> None:
    """What is gone already needs no deleting."""
    try:
        await deleting
    except ApiError as error:
        if error.code not in _GONE:
            raise
