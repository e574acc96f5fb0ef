"""The HTTP server, over real sockets of the loopback."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest

from windtunnel.gateway import certificate
from windtunnel.gateway.http import Limits, Request, Response, Server

BOUND_S = 10


def serving(
    handler: Callable[[Request], Response | Awaitable[Response]],
    talk: Callable[[Any, Any, Server], Awaitable[Any]],
    limits: Limits | None = None,
) -> Any:
    """What `talk(reader, writer, server)` gives, with a connection to a server of that handler."""

    async def run() -> Any:
        server = Server(handler, limits)
        port = await server.listen()
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        try:
            return await asyncio.wait_for(talk(reader, writer, server), BOUND_S)
        finally:
            writer.close()
            await server.close(grace_s=0.1)

    return asyncio.run(run())


def said(data: bytes, handler: Callable[[Request], Any], limits: Limits | None = None) -> bytes:
    """All that the server says to those bytes until it closes the connection."""

    async def talk(reader: Any, writer: Any, server: Server) -> bytes:
        writer.write(data)
        return bytes(await reader.read())

    return bytes(serving(handler, talk, limits))


def echo(request: Request) -> Response:
    return Response(200, [("X-Path", request.path)], request.body or request.query.encode())


def get(path: str, *headers: str, method: str = "GET") -> bytes:
    lines = "".join(f"{header}\r\n" for header in headers)
    return f"{method} {path} HTTP/1.1\r\nHost: localhost\r\n{lines}\r\n".encode()


def post(body: bytes, *headers: str) -> bytes:
    return get("/", f"Content-Length: {len(body)}", *headers, method="POST") + body


CLOSE = "Connection: close"


def test_a_request_is_answered() -> None:
    answer = said(get("/a%20b/c?x=1&y=%20", CLOSE), echo)

    head = b"HTTP/1.1 200 OK\r\nX-Path: /a%20b/c\r\nContent-Length: 9\r\nConnection: close\r\n\r\n"
    assert answer == head + b"x=1&y=%20"


def test_a_connection_serves_many_requests() -> None:
    async def talk(reader: Any, writer: Any, server: Server) -> list[bytes]:
        answers = []
        for number in range(3):
            writer.write(post(b"%d" % number))
            await reader.readuntil(b"\r\n\r\n")
            answers.append(await reader.readexactly(1))
        return answers

    assert serving(echo, talk) == [b"0", b"1", b"2"]


def test_pipelined_requests_are_answered_in_their_order() -> None:
    def handler(request: Request) -> Response | Awaitable[Response]:
        if request.path == "/slow":
            return slow()
        return Response(200, [], request.path.encode())

    async def slow() -> Response:
        await asyncio.sleep(0)
        return Response(200, [], b"/slow")

    answer = said(get("/slow") + get("/2") + get("/3", CLOSE), handler)

    bodies = [part.partition(b"\r\n\r\n")[2] for part in answer.split(b"HTTP/1.1 200 OK")[1:]]
    assert bodies == [b"/slow", b"/2", b"/3"]


def test_a_body_may_come_in_chunks_and_in_pieces() -> None:
    async def talk(reader: Any, writer: Any, server: Server) -> bytes:
        data = get("/", "Transfer-Encoding: chunked", CLOSE, method="POST") + b"3\r\nabc\r\n4\r\ndefg\r\n0\r\n\r\n"
        for at in range(len(data)):
            writer.write(data[at : at + 1])
            await writer.drain()
        return bytes(await reader.read())

    assert serving(echo, talk).endswith(b"\r\n\r\nabcdefg")


def test_a_client_that_asks_whether_to_go_on_is_told_so() -> None:
    async def talk(reader: Any, writer: Any, server: Server) -> tuple[bytes, bytes]:
        writer.write(get("/", "Content-Length: 2", "Expect: 100-continue", CLOSE, method="PUT"))
        told = await reader.readuntil(b"\r\n\r\n")
        writer.write(b"ok")
        return told, bytes(await reader.read())

    told, answer = serving(echo, talk)

    assert told == b"HTTP/1.1 100 Continue\r\n\r\n"
    assert answer.endswith(b"\r\n\r\nok")


def test_the_answer_to_head_has_a_length_and_no_body() -> None:
    answer = said(get("/", CLOSE, method="HEAD"), lambda request: Response(200, [("Content-Length", "5")], b""))

    assert answer == b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close\r\n\r\n"


@pytest.mark.parametrize("status", [204, 304])
def test_some_statuses_have_no_body(status: int) -> None:
    answer = said(get("/", CLOSE), lambda request: Response(status, [], b"body"))

    assert b"body" not in answer
    assert b"Content-Length" not in answer


def test_a_header_that_comes_twice_is_joined() -> None:
    answer = said(get("/", "A: 1", "a: 2", CLOSE), lambda request: Response(200, [], request.headers["a"].encode()))

    assert answer.endswith(b"1, 2")


def test_a_body_may_be_streamed() -> None:
    async def parts() -> AsyncIterator[bytes]:
        for part in (b"one", b"", b"two"):
            yield part

    answer = said(get("/", CLOSE), lambda request: Response(200, [], parts()))

    assert answer.endswith(b"Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n3\r\none\r\n3\r\ntwo\r\n0\r\n\r\n")


def test_a_stream_of_known_length_is_not_chunked() -> None:
    async def parts() -> AsyncIterator[bytes]:
        yield b"onetwo"

    answer = said(get("/", CLOSE), lambda request: Response(200, [("Content-Length", "6")], parts()))

    assert answer == b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\nConnection: close\r\n\r\nonetwo"


def test_a_stream_waits_for_a_client_that_reads_slowly() -> None:
    sent = 0

    async def parts() -> AsyncIterator[bytes]:
        nonlocal sent
        for _ in range(200):
            sent += 1
            yield b"x" * 100_000

    async def talk(reader: Any, writer: Any, server: Server) -> tuple[int, int]:
        writer.write(get("/", CLOSE))
        await reader.readuntil(b"\r\n\r\n")
        for _ in range(50):
            await asyncio.sleep(0)
        before = sent
        rest = await reader.read()
        return before, len(rest)

    before, received = serving(lambda request: Response(200, [], parts()), talk)

    assert before < 200
    assert received > 200 * 100_000


def test_a_client_that_goes_away_cancels_its_call() -> None:
    started, cancelled = asyncio.Event(), asyncio.Event()

    async def waits() -> Response:
        started.set()
        try:
            await asyncio.Event().wait()
        finally:
            cancelled.set()
        return Response(200)

    async def talk(reader: Any, writer: Any, server: Server) -> None:
        writer.write(get("/"))
        await started.wait()
        writer.transport.abort()
        await cancelled.wait()

    serving(lambda request: waits(), talk)


def test_a_stream_ends_when_its_client_goes_away() -> None:
    ended = asyncio.Event()

    async def parts() -> AsyncIterator[bytes]:
        try:
            while True:
                yield b"x" * 10_000
                await asyncio.sleep(0)
        finally:
            ended.set()

    async def talk(reader: Any, writer: Any, server: Server) -> None:
        writer.write(get("/"))
        await reader.readexactly(100)
        writer.transport.abort()
        await ended.wait()

    serving(lambda request: Response(200, [], parts()), talk)


@pytest.mark.parametrize(
    ("data", "status"),
    [
        (b"nonsense\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nno colon\r\n\r\n", 400),
        (post(b"x" * 2000), 413),
        (get("/", "Transfer-Encoding: chunked", method="POST") + b"800\r\n" + b"x" * 0x800 + b"\r\n", 413),
        (get("/", *[f"H{number}: v" for number in range(40)]), 431),
        (b"GET / HTTP/1.1\r\nA: " + b"a" * 70_000, 431),
        (get("/" + "a" * 3000), 414),
        (b"GET / HTTP/1.1\r\n", 408),
        (post(b"x" * 20)[:-1], 408),
    ],
)
def test_what_cannot_be_served_is_refused(data: bytes, status: int) -> None:
    limits = Limits(body=1000, headers=60_000, header_count=30, target=2000, request_s=0.05)

    answer = said(data, echo, limits)

    assert answer.startswith(b"HTTP/1.1 %d " % status)
    assert b'"__type"' in answer
    assert b"Connection: close" in answer


def test_another_protocol_is_declined_by_answering_in_this_one() -> None:
    answer = said(get("/1", "Connection: Upgrade", "Upgrade: h2c") + get("/2", CLOSE), echo)

    assert answer.count(b"HTTP/1.1 200 OK") == 2


def test_closing_lets_an_answer_under_way_finish() -> None:
    async def talk(reader: Any, writer: Any, server: Server) -> bytes:
        writer.write(get("/"))
        await started.wait()
        closing = asyncio.ensure_future(server.close(grace_s=5))
        await asyncio.sleep(0)
        may_end.set()
        await closing
        return bytes(await reader.read())

    started, may_end = asyncio.Event(), asyncio.Event()

    async def waits() -> Response:
        started.set()
        await may_end.wait()
        return Response(200, [], b"done")

    assert serving(lambda request: waits(), talk).endswith(b"done")


def test_closing_ends_what_takes_too_long() -> None:
    async def talk(reader: Any, writer: Any, server: Server) -> bytes:
        writer.write(get("/"))
        await started.wait()
        await server.close(grace_s=0.01)
        try:
            return bytes(await reader.read())
        except ConnectionError:
            return b""

    started = asyncio.Event()

    async def waits() -> Response:
        started.set()
        await asyncio.Event().wait()
        return Response(200)

    assert serving(lambda request: waits(), talk) == b""


def test_requests_may_come_encrypted() -> None:
    import ssl
    import time

    async def run() -> bytes:
        server = Server(lambda request: Response(200, [], str(request.secure).encode()))
        with tempfile.TemporaryDirectory() as folder:
            port = await server.listen(tls=certificate.context(folder, time.time()))
            trust = ssl.create_default_context(cafile=f"{folder}/localhost.pem")
            reader, writer = await asyncio.open_connection("127.0.0.1", port, ssl=trust, server_hostname="localhost")
            writer.write(get("/", CLOSE))
            answer = await asyncio.wait_for(reader.read(), BOUND_S)
            writer.close()
            await server.close()
            return answer

    assert asyncio.run(run()).endswith(b"True")
