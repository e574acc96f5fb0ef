"""Lambda's runtimes, and how its answer lists them."""

from __future__ import annotations

from windtunnel.aws.constraints import java_hash
from windtunnel.aws.errors import ApiError

# AWS: https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html (those that functions can be created with)
RUNTIMES = (
    *("nodejs16.x", "nodejs18.x", "nodejs20.x", "nodejs22.x", "nodejs24.x"),
    *("java8.al2", "java11", "java17", "java21", "java25"),
    *("python3.8", "python3.9", "python3.10", "python3.11", "python3.12", "python3.13", "python3.14"),
    *("dotnet6", "dotnet8", "dotnet10", "ruby3.2", "ruby3.3", "ruby3.4", "provided.al2", "provided.al2023"),
)


def unknown(runtime: str) -> ApiError:
    """The refusal of a runtime that does not exist."""
    return ApiError(
        "InvalidParameterValueException",
        f"Value {runtime} at 'runtime' failed to satisfy constraint: Member must satisfy enum value set: "
        f"[{', '.join(listed(RUNTIMES))}] or be a valid ARN",
        Type="User",
    )


def listed(values: tuple[str, ...]) -> list[str]:
    """In the order of a Java hash set, which spreads a hash before it looks for its bucket."""
    buckets = 16
    while len(values) > buckets * 0.75:
        buckets *= 2
    return sorted(values, key=lambda value: (java_hash(value) ^ (java_hash(value) >> 16)) & (buckets - 1))
