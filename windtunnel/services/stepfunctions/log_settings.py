"""The logging configuration of a machine, as it may be given."""

from __future__ import annotations

from typing import Any

from windtunnel.aws.errors import ApiError


def checked(home: Any, wish: dict[str, Any]) -> dict[str, Any]:
    """The configuration. Raises InvalidLoggingConfiguration, also where the log group is not there."""
    destinations = wish.get("destinations")
    if (wish.get("level", "OFF") != "OFF" and len(destinations or ()) != 1) or len(destinations or ()) > 1:
        raise _invalid("Must specify exactly one Log Destination.")
    for each in destinations or ():
        arn = each.get("cloudWatchLogsLogGroup", {}).get("logGroupArn", "")
        parts = arn.split(":")
        if len(parts) < 7 or parts[2] != "logs" or not arn.endswith(":*"):
            raise _invalid("Must specify exactly one Log Destination." if not arn else "Log Destination is not valid.")
        if not _is_there(home, parts[4], parts[3], parts[6]):
            raise _invalid("Log Destination not found.")
    return wish


def group_of(logging: dict[str, Any]) -> tuple[str, str, str]:
    """Account, region and name of the log group; empty texts for none."""
    for each in logging.get("destinations") or ():
        parts = each["cloudWatchLogsLogGroup"]["logGroupArn"].split(":")
        return parts[4], parts[3], parts[6]
    return "", "", ""


def _is_there(home: Any, account: str, region: str, name: str) -> bool:
    return name in home.cloud.home(account, region).service("logs").nouns["Writing"].groups


def _invalid(words: str) -> ApiError:
    return ApiError("InvalidLoggingConfiguration", f"Invalid Logging Configuration: {words}")
