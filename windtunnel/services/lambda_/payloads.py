"""Payloads of invocations: their limits, and what Lambda says of one that is not JSON."""

from __future__ import annotations

import base64
from typing import Any

import msgspec

from windtunnel.aws import jackson
from windtunnel.aws.errors import ApiError

# AWS: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
MAXIMUM_SYNC_BYTES = 6_291_556
MAXIMUM_ASYNC_BYTES = 1_048_576
_KIND = {MAXIMUM_SYNC_BYTES: "RequestResponse", MAXIMUM_ASYNC_BYTES: "Event"}
_RAW = msgspec.json.Decoder(msgspec.Raw)


def checked(payload: bytes, limit: int) -> bytes:
    """JSON, or nothing, which stands for `{}`; raises InvalidRequestContentException or RequestTooLargeException."""
    if not payload:
        return b"{}"
    if len(payload) > limit:
        raise ApiError(
            "RequestTooLargeException", f"{len(payload)} byte payload is too large for the {_KIND[limit]} invocation type "
            f"(limit {limit} bytes)", status=413, Type="User",
        )  # fmt: skip
    try:
        _RAW.decode(payload)
    except msgspec.DecodeError as error:
        raise _unreadable(jackson.problem(payload) or str(error)) from None
    return payload


def client_context(text: str | None) -> str:
    """As JSON; raises InvalidRequestContentException for what is not base64 of it."""
    if not text:
        return ""
    try:
        context = base64.b64decode(text, validate=True)
        if not isinstance(msgspec.json.decode(context), dict):
            raise ValueError(text)
        return context.decode()
    except ValueError:
        raise ApiError(
            "InvalidRequestContentException",
            "Client context must be a valid Base64-encoded JSON object.",
            status=400,
            Type="User",
        ) from None


def _unreadable(why: str) -> ApiError:
    return ApiError(
        "InvalidRequestContentException",
        f"Could not parse request body into json: Could not parse payload into json: {why}",
        status=400,
        Type="User",
    )


def shown(payload: bytes) -> Any:
    """A payload as part of another document: its JSON, or its text."""
    try:
        return msgspec.json.decode(payload or b"null")
    except msgspec.DecodeError:
        return payload.decode(errors="replace")
