"""What is refused of a message before it is published, in SNS's words. AWS: sns/latest/api/API_Publish.html"""

from __future__ import annotations

import json
import re
from typing import Any

from windtunnel.aws.errors import ApiError
from windtunnel.services.sns.topics import invalid

MOST_BYTES = 262_144
_SUBJECT = re.compile(r"[\x20-\x7e]{1,100}")
_TYPES = ("String", "Number", "Binary")
_NAME = re.compile(r"[A-Za-z0-9_.-]{1,256}")


def check(message: str, subject: str | None, attributes: dict[str, dict[str, Any]]) -> None:
    """Raises InvalidParameter, or ParameterValueInvalid for an attribute."""
    if not message:
        raise invalid("Empty message")
    if size(message, attributes) > MOST_BYTES:
        raise invalid("Message too long")
    if subject is not None and not _SUBJECT.fullmatch(subject):
        raise invalid("Subject")
    for name, attribute in attributes.items():
        _check_attribute(name, attribute)


def size(message: str, attributes: dict[str, dict[str, Any]]) -> int:
    """In bytes: the message, and name, type and value of each attribute."""
    total = len(message.encode())
    for name, attribute in attributes.items():
        value = attribute.get("StringValue") or attribute.get("BinaryValue") or b""
        total += len(name) + len(attribute["DataType"]) + len(value.encode() if isinstance(value, str) else value)
    return total


def bodies(message: str, structure: str | None) -> dict[str, str]:
    """The bodies by protocol of a message that brings one for each; `default` among them. Empty for any other message."""
    if structure is None:
        return {}
    if structure != "json":
        raise invalid("MessageStructure")
    try:
        found = json.loads(message)
    except ValueError:
        raise invalid("Message Structure - JSON message body failed to parse") from None
    if not isinstance(found, dict) or not isinstance(found.get("default"), str):
        raise invalid("Message Structure - No default entry in JSON message body")
    return {name: body for name, body in found.items() if isinstance(body, str)}


def _check_attribute(name: str, attribute: dict[str, Any]) -> None:
    kind = attribute["DataType"]
    if not _NAME.fullmatch(name) or name.startswith(".") or name.endswith(".") or ".." in name:
        raise ApiError("ParameterValueInvalid", f"Invalid message attribute name: {name}")
    if not kind:
        raise ApiError(
            "ParameterValueInvalid", f"The message attribute '{name}' must contain non-empty message attribute type."
        )
    if kind.partition(".")[0] not in _TYPES:
        raise ApiError(
            "ParameterValueInvalid",
            f"The message attribute '{name}' has an invalid message attribute type, the set of supported type prefixes is "
            "Binary, Number, and String.",
        )
    value = attribute.get("BinaryValue") if kind.startswith("Binary") else attribute.get("StringValue")
    if not value:
        raise ApiError(
            "ParameterValueInvalid",
            f"The message attribute '{name}' must contain non-empty message attribute value for message attribute type "
            f"'{kind}'.",
        )
    if kind.startswith("Number"):
        try:
            float(str(value))
        except ValueError:
            raise ApiError(
                "ParameterValueInvalid", f"Could not cast message attribute '{name}' value to number."
            ) from None
