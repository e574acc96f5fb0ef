"""HTTP requests to the outside, with the faults on purpose that strike them (`faults.py`): by host as the resource.

cloud.faults.add(Fault(kind="delay", seconds=20, service="http", resource="hooks.example.com"))
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from windtunnel.aws.calls import Call
from windtunnel.aws.errors import ApiError
from windtunnel.fabric import posting
from windtunnel.fabric.faults import Faults
from windtunnel.fabric.posting import TIMEOUT_S, NotPosted, Reply

SERVICE = "http"
"""What a fault calls it; the operation is the method."""


async def ask(
    faults: Faults,
    sender: str,
    method: str,
    url: str,
    headers: dict[str, str],
    body: bytes,
    timeout_s: float = TIMEOUT_S,
) -> Reply:
    """The answer; `sender` is the ARN of the subscription or destination. Raises NotPosted when there is none in time."""
    if not faults.active:
        return await posting.ask(method, url, headers, body, timeout_s)
    named = {"HostName": urlsplit(url).hostname or "", "Url": url}
    call = Call(service=SERVICE, operation=method, account="", region="", params=named, request_id="")
    struck = faults.striking(call, sender)
    sent: list[Reply] = []

    async def send(keep: bool) -> dict[str, Any]:
        """A request that is not kept never leaves, although its sender is told that it was taken."""
        if not keep:
            return {"reply": Reply(200, {}, b"")}
        sent.append(await posting.ask(method, url, headers, body, timeout_s))
        return {"reply": sent[-1]}

    slow = next((fault for fault in struck if fault.kind == "delay" and fault.seconds >= timeout_s), None)
    try:
        answer = await faults.answered(call, struck, send)
    except ApiError as fault:
        if sent:
            raise NotPosted(f"{url}: a fault lost the answer") from None
        return Reply(fault.status or 500, {}, b"")
    if slow is not None:
        raise NotPosted(f"{url} did not answer within {timeout_s:.0f} seconds")
    reply: Reply = answer["reply"]
    return reply
