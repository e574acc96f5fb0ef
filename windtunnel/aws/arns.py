"""Amazon Resource Names: taken apart, put together."""

from __future__ import annotations

import msgspec


class Arn(msgspec.Struct, frozen=True):
    """The six parts of an ARN; `resource` is everything after the fifth colon."""

    partition: str
    service: str
    region: str
    account: str
    resource: str

    def __str__(self) -> str:
        return f"arn:{self.partition}:{self.service}:{self.region}:{self.account}:{self.resource}"


def parse(text: str) -> Arn:
    """Raises ValueError where the text has not the form of an ARN."""
    parts = text.split(":", 5)
    if len(parts) != 6 or parts[0] != "arn" or not parts[1] or not parts[2]:
        raise ValueError(f"{text!r} is not an ARN: arn:partition:service:region:account:resource")
    return Arn(*parts[1:])


def is_arn(text: str) -> bool:
    return text.startswith("arn:") and text.count(":") >= 5


def make(service: str, region: str, account: str, resource: str) -> str:
    """`arn:aws:…`, with the partition that the region belongs to."""
    return f"arn:{partition(region)}:{service}:{region}:{account}:{resource}"


def partition(region: str) -> str:
    """`aws`, `aws-cn` or `aws-us-gov`."""
    if region.startswith("cn-"):
        return "aws-cn"
    return "aws-us-gov" if region.startswith("us-gov-") else "aws"
