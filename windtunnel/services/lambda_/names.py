"""The ways to name a function: an ARN, with or without a qualifier, or any end of one: `name`, `123456789012:function:name:live`."""

from __future__ import annotations

import re

import msgspec

from windtunnel.aws.errors import ApiError
from windtunnel.services.lambda_.records import LATEST

_NAME = re.compile(
    r"(?:arn:[a-z-]+:lambda:)?(?:(?P<region>[a-z]+(?:-[a-z]+)+-\d):)?(?:(?P<account>\d{12}):)?(?:function:)?"
    r"(?P<name>[a-zA-Z0-9-_]+)(?::(?P<qualifier>\$LATEST|[a-zA-Z0-9-_$]+))?"
)


class Named(msgspec.Struct, frozen=True):
    """A function as a client named it; `qualifier` is empty where none was given."""

    name: str
    qualifier: str
    account: str
    region: str


def parse(text: str, qualifier: str | None = None) -> Named:
    """Raises InvalidParameterValueException for a qualifier that contradicts the one in the name."""
    found = _NAME.fullmatch(text)
    if found is None:
        raise ApiError(
            "ValidationException",
            f"1 validation error detected: Value '{text}' at 'functionName' failed to satisfy constraint: Member must "
            "satisfy regular expression pattern: (arn:(aws[a-zA-Z-]*)?:lambda:)?((eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-"
            r"[a-z]+-\d{1}:)?(\d{12}:)?(function:)?([a-zA-Z0-9-_\.]+)(:(\$LATEST(\.PUBLISHED)?|[a-zA-Z0-9-_]+))?",
        )
    inside = found["qualifier"] or ""
    if inside and qualifier and inside != qualifier:
        raise ApiError(
            "InvalidParameterValueException",
            "The derived qualifier from the function name does not match the specified qualifier.",
            Type="User",
        )
    return Named(found["name"], inside or qualifier or "", found["account"] or "", found["region"] or "")


def check_unqualified(named: Named) -> None:
    """For operations on whole functions. Raises InvalidParameterValueException where a version or alias is named."""
    if named.qualifier:
        raise invalid(
            "This operation is permitted on Lambda functions only. Aliases and versions do not support this operation. "
            "Please specify either a function name or an unqualified function ARN."
        )


def is_version(qualifier: str) -> bool:
    return qualifier == LATEST or qualifier.isdigit()


def not_found(arn: str) -> ApiError:
    return ApiError("ResourceNotFoundException", f"Function not found: {arn}", status=404, Type="User")


def unreachable(region: str, here: str) -> ApiError:
    return ApiError(
        "ResourceNotFoundException",
        f"Functions from '{region}' are not reachable in this region ('{here}')",
        status=404,
        Type="User",
    )


def no_alias(arn: str) -> ApiError:
    return ApiError("ResourceNotFoundException", f"Cannot find alias arn: {arn}", status=404, Type="User")


def no_resource() -> ApiError:
    return ApiError("ResourceNotFoundException", "The resource you requested does not exist.", status=404, Type="User")


def invalid(message: str) -> ApiError:
    return ApiError("InvalidParameterValueException", message, Type="User")
