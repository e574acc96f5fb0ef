"""
Bodies that are sent while the function writes them.

A function that wants to say more than a body begins its answer with a prelude:

    {"statusCode": 200, "headers": {…}, "cookies": […]}  eight zero bytes  body …

AWS: https://docs.aws.amazon.com/lambda/latest/dg/response-streaming-tutorial.html
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import msgspec

from windtunnel.aws.requests import HttpResponse, Malformed, plain_headers, status_of

WITH_PRELUDE = "application/vnd.awslambda.http-integration-response"
_END_OF_PRELUDE = b"\x00" * 8
_MOST_PRELUDE_BYTES = 1 << 20
_JSON = ("Content-Type", "application/json")


async def streamed(begun: Any) -> HttpResponse:
    """The response to a streamed invocation (`ResponseStreams.begin`); its body goes on with the function's."""
    parts = aiter(begun.stream)
    if not begun.content_type:
        return _failed()
    if begun.content_type.split(";")[0].strip().lower() != WITH_PRELUDE:
        return HttpResponse(200, [("Content-Type", begun.content_type)], parts)
    try:
        prelude, rest = await _prelude(parts)
        headers = plain_headers(prelude.get("headers"))
        status = status_of(prelude.get("statusCode", 200))
    except Malformed:
        return _failed()
    if not any(name.lower() == "content-type" for name, _ in headers):
        headers.append(("Content-Type", "application/octet-stream"))
    headers += [("Set-Cookie", str(cookie)) for cookie in prelude.get("cookies") or ()]
    return HttpResponse(status, headers, _going_on(rest, parts))


async def _prelude(parts: AsyncIterator[bytes]) -> tuple[dict[str, Any], bytes]:
    """What stands before the body, and what came of the body along with it. Raises Malformed."""
    data = b""
    async for part in parts:
        data += part
        head, end, rest = data.partition(_END_OF_PRELUDE)
        if end:
            try:
                return msgspec.json.decode(head, type=dict[str, Any]), rest
            except (msgspec.DecodeError, msgspec.ValidationError) as error:
                raise Malformed(str(error)) from None
        if len(data) > _MOST_PRELUDE_BYTES:
            break
    raise Malformed("the answer has no prelude")


async def _going_on(first: bytes, parts: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    if first:
        yield first
    async for part in parts:
        yield part


def _failed() -> HttpResponse:
    return HttpResponse(502, [_JSON], b"Internal Server Error")
