"""Tags of sessions, and which of them go along when one role assumes the next.

AWS: https://docs.aws.amazon.com/IAM/latest/UserGuide/id_session-tags.html
"""

from __future__ import annotations

from windtunnel.aws.credentials import AccessKey
from windtunnel.aws.errors import ApiError


def of_session(
    tags: list[dict[str, str]] | None, transitive: list[str] | None, caller: AccessKey | None
) -> tuple[dict[str, str], tuple[str, ...]]:
    """The tags of a new session, inherited ones among them, and the keys that it hands on. Raises InvalidParameterValue."""
    given = {tag["Key"]: tag["Value"] for tag in tags or ()}
    lowered = [tag["Key"].lower() for tag in tags or ()]
    if len(set(lowered)) != len(lowered):
        raise _refused("Duplicate tag keys found. Please note that Tag keys are case insensitive.")
    handed_on = tuple(transitive or ())
    if any(key.lower() not in lowered for key in handed_on):
        raise _refused("The specified transitive tag key must be included in the requested tags.")
    inherited = _inherited(caller)
    taken = {key.lower() for key in inherited}
    if taken.intersection(lowered):
        raise _refused("One of the specified transitive tag keys can't be set because it conflicts with a transitive tag "
            "key from the calling session.")  # fmt: skip
    return {**inherited, **given}, (*inherited, *handed_on)


def packed_percent(policy: str | None, tags: dict[str, str]) -> int | None:
    """About how much of the room for policies and tags is used; None where there are none."""
    used = len(policy or "") + sum(len(key) + len(value) for key, value in tags.items())
    return min(100, -(-100 * used // 4096)) if used else None


def _inherited(caller: AccessKey | None) -> dict[str, str]:
    if caller is None:
        return {}
    handed_on = {key.lower() for key in caller.transitive_tags}
    return {key: value for key, value in caller.tags.items() if key.lower() in handed_on}


def _refused(message: str) -> ApiError:
    return ApiError("InvalidParameterValue", message)
