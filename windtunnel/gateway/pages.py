"""Pages beside the AWS API, under `/_windtunnel/`: packages of functions, faults, and the flight record as it grows.

/_windtunnel/packages/<hash>                       what GetFunction's Code.Location points to
/_windtunnel/SimpleNotificationService-<hash>.pem   the certificate that a notification of SNS names
/_windtunnel/facts?kind=LogsWritten&follow=true    one JSON object a line
/_windtunnel/faults                                faults on purpose: GET lists, POST adds, DELETE ends (`fault_pages.py`)
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from urllib.parse import parse_qs

import msgspec

from windtunnel.fabric.faults import Faults
from windtunnel.gateway import fault_pages
from windtunnel.gateway.messages import Request, Response
from windtunnel.kernel.blobs import Blobs
from windtunnel.kernel.recorder import Entry, Recorder

PACKAGES = "/_windtunnel/packages/"
CERTIFICATES = "/_windtunnel/SimpleNotificationService-"
FACTS = "/_windtunnel/facts"
MOST_WAITING = 10_000


def page(request: Request, recorder: Recorder, blobs: Blobs, faults: Faults) -> Response | None:
    """None where there is no such page."""
    if request.path.startswith(fault_pages.PATH):
        return fault_pages.answer(request, faults)
    if request.path.startswith(PACKAGES):
        try:
            return Response(200, [("Content-Type", "application/zip")], blobs.get(request.path.removeprefix(PACKAGES)))
        except KeyError:
            return None
    if request.path.startswith(CERTIFICATES):
        try:
            kept = blobs.get(request.path.removeprefix(CERTIFICATES).removesuffix(".pem"))
        except KeyError:
            return None
        return Response(200, [("Content-Type", "application/x-pem-file")], kept)
    if request.path == FACTS:
        query = parse_qs(request.query)
        kind = query.get("kind", [None])[0]
        if query.get("follow") == ["true"]:
            return Response(200, [("Content-Type", "application/x-ndjson")], _followed(recorder, kind))
        lines = [_line(entry) for entry in recorder.records(kind, int(query.get("since", ["0"])[0] or 0))]
        return Response(200, [("Content-Type", "application/x-ndjson")], b"".join(lines))
    return None


async def _followed(recorder: Recorder, kind: str | None) -> AsyncIterator[bytes]:
    """Facts from now on; a reader that falls far behind misses some instead of holding everything up."""
    waiting: asyncio.Queue[Entry] = asyncio.Queue(MOST_WAITING)

    def keep(entry: Entry) -> None:
        if kind in (None, entry.kind) and not waiting.full():
            waiting.put_nowait(entry)

    ended = recorder.follow(keep)
    try:
        while True:
            yield _line(await waiting.get())
    finally:
        ended()


def _line(entry: Entry) -> bytes:
    shown = {"seq": entry.seq, "at": entry.at, "kind": entry.kind, "cause": entry.cause, "principal": entry.principal}
    return msgspec.json.encode({**shown, "fact": entry.fact}) + b"\n"
