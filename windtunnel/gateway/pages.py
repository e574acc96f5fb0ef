"""Pages beside the AWS API, under `/_windtunnel/`: packages of functions, faults, and the flight record as it grows.

/_windtunnel/packages/<hash>                       what GetFunction's Code.Location points to
/_windtunnel/SimpleNotificationService-<hash>.pem   the certificate that a notification of SNS names
/_windtunnel/facts?kind=LogsWritten&follow=true    one JSON object a line; with `since=0` also those recorded already
/_windtunnel/deliveries                            what was delivered lately (`delivery_pages.py`)
/_windtunnel/faults                                faults on purpose: GET lists, POST adds, DELETE ends (`fault_pages.py`)
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from urllib.parse import parse_qs

import msgspec

from windtunnel.fabric.deliveries import Fabric
from windtunnel.fabric.faults import Faults
from windtunnel.gateway import delivery_pages, fault_pages
from windtunnel.gateway.messages import Request, Response
from windtunnel.kernel.blobs import Blobs
from windtunnel.kernel.recorder import Entry, Recorder

PACKAGES = "/_windtunnel/packages/"
CERTIFICATES = "/_windtunnel/SimpleNotificationService-"
FACTS = "/_windtunnel/facts"
MOST_WAITING = 10_000


class Pages:
    """The pages of one cloud."""

    def __init__(
        self, recorder: Recorder, blobs: Blobs, faults: Faults, fabric: Fabric, new_id: Callable[[], str]
    ) -> None:
        self._recorder = recorder
        self._blobs = blobs
        self._faults = faults
        self._fabric = fabric
        self._new_id = new_id

    def answer(self, request: Request) -> Response | None:
        """None where there is no such page."""
        path = request.path
        if path.startswith(PACKAGES):
            return self._blob(path.removeprefix(PACKAGES), "application/zip")
        if path.startswith(CERTIFICATES):
            return self._blob(path.removeprefix(CERTIFICATES).removesuffix(".pem"), "application/x-pem-file")
        if path.startswith(fault_pages.PATH):
            return fault_pages.answer(request, self._faults)
        if path.startswith(delivery_pages.PATH):
            return delivery_pages.answer(request, self._fabric, self._new_id)
        if path == FACTS:
            return self._facts(parse_qs(request.query))
        return None

    def _blob(self, name: str, kind: str) -> Response | None:
        try:
            return Response(200, [("Content-Type", kind)], self._blobs.get(name))
        except KeyError:
            return None

    def _facts(self, query: dict[str, list[str]]) -> Response:
        recorder = self._recorder
        kind = query.get("kind", [None])[0]
        follow = query.get("follow") == ["true"]
        since = _number(query.get("since", [""])[0], recorder.latest() if follow else 0)
        lines = [("Content-Type", "application/x-ndjson")]
        if follow:
            return Response(200, lines, _followed(recorder, kind, since))
        return Response(200, lines, b"".join(_line(entry) for entry in recorder.records(kind, since)))


def _number(text: str, otherwise: int) -> int:
    return int(text) if text.isdigit() else otherwise


async def _followed(recorder: Recorder, kind: str | None, since: int) -> AsyncIterator[bytes]:
    """Facts after that one, without end; a reader that falls far behind misses some instead of holding everything up."""
    waiting: asyncio.Queue[Entry] = asyncio.Queue(MOST_WAITING)

    def keep(entry: Entry) -> None:
        if kind in (None, entry.kind) and not waiting.full():
            waiting.put_nowait(entry)

    ended = recorder.follow(keep)
    try:
        for entry in recorder.records(kind, since):
            yield _line(entry)
        while True:
            yield _line(await waiting.get())
    finally:
        ended()


def _line(entry: Entry) -> bytes:
    shown = {"seq": entry.seq, "at": entry.at, "kind": entry.kind, "cause": entry.cause, "principal": entry.principal}
    return msgspec.json.encode({**shown, "fact": entry.fact}) + b"\n"
