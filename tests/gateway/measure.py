"""
CPU time of one call through the server: HTTP, identify, parse, validate, dispatch, answer.

    python -m tests.gateway.measure        (or: python tests/gateway/measure.py)

The client is a process of its own that writes prepared bytes; only the server's thread is counted. The best
of several rounds is shown: neighbours on the machine can double the CPU time of the same work.
"""

from __future__ import annotations

import asyncio
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[2]))

from windtunnel.aws.calls import Call  # noqa: E402
from windtunnel.gateway.front import Front  # noqa: E402
from windtunnel.gateway.http import Request, Response, Server  # noqa: E402

CALLS = 8_000
ROUNDS = 8
CONNECTIONS = 16
LIMIT_US = 45.0
BODY = b'{"QueueUrl":"http://localhost:4566/000000000000/jobs","MessageBody":"%s","DelaySeconds":0}' % (b"x" * 400)
CALL = (
    b"POST / HTTP/1.1\r\nHost: localhost:4566\r\nX-Amz-Target: AmazonSQS.SendMessage\r\n"
    b"Content-Type: application/x-amz-json-1.0\r\nUser-Agent: Boto3/1.44.5 md/Botocore#1.44.5 ua/2.1 os/linux\r\n"
    b"X-Amz-Date: 20240501T102030Z\r\nAuthorization: AWS4-HMAC-SHA256 Credential=test/20240501/us-east-1/sqs/aws4_request, "
    b"SignedHeaders=content-type;host;x-amz-date;x-amz-target, "
    b"Signature=0000000000000000000000000000000000000000000000000000000000000000\r\n"
    b"amz-sdk-invocation-id: 11111111-2222-3333-4444-555555555555\r\namz-sdk-request: attempt=1\r\n"
    b"Content-Length: %d\r\n\r\n%b" % (len(BODY), BODY)
)


class Ids:
    """Request ids that cost nothing."""

    def uuid(self) -> str:
        return "11111111-2222-3333-4444-555555555555"


def main() -> None:
    front = Front(_sent, _nothing, Ids())
    one = Response(200, [("Content-Type", "application/x-amz-json-1.0")], b"{}" * 40)
    for name, new_loop in loops().items():
        bare = min(cpu_us(lambda request: one, new_loop) for _ in range(ROUNDS))
        whole = min(cpu_us(front.handle, new_loop) for _ in range(ROUNDS))
        print(f"{name}: HTTP alone {bare:.1f} us, whole call {whole:.1f} us of CPU (limit {LIMIT_US:.0f})")
    print(f"without HTTP: {min(alone_us(front) for _ in range(ROUNDS)):.1f} us")


def loops() -> dict[str, Callable[[], asyncio.AbstractEventLoop]]:
    found: dict[str, Callable[[], asyncio.AbstractEventLoop]] = {"asyncio": asyncio.new_event_loop}
    try:
        import uvloop
    except ImportError:
        return found
    return {**found, "uvloop": uvloop.new_event_loop}


def cpu_us(handler: Callable[[Request], Any], new_loop: Callable[[], asyncio.AbstractEventLoop]) -> float:
    """CPU microseconds of the server's thread for one call."""
    loop = new_loop()
    server = Server(handler)
    ready = threading.Event()
    spent: list[float] = []
    port: list[int] = []

    def serve() -> None:
        port.append(loop.run_until_complete(server.listen()))
        ready.set()
        start = time.thread_time()
        loop.run_forever()
        spent.append(time.thread_time() - start)
        loop.run_until_complete(server.close())
        loop.close()

    thread = threading.Thread(target=serve)
    thread.start()
    ready.wait(10)
    subprocess.run([sys.executable, __file__, str(port[0])], check=True, timeout=60)
    loop.call_soon_threadsafe(loop.stop)
    thread.join(10)
    return spent[0] / CALLS * 1e6


def _load(port: int) -> None:
    sockets = [socket.create_connection(("127.0.0.1", port)) for _ in range(CONNECTIONS)]
    for _ in range(CALLS // CONNECTIONS):
        for each in sockets:
            each.sendall(CALL)
        for each in sockets:
            each.recv(65536)
    for each in sockets:
        each.close()


def alone_us(front: Front) -> float:
    """CPU microseconds of the front door alone, without the server."""
    text = CALL.partition(b"\r\n\r\n")[0].decode().split("\r\n")[1:]
    headers = [tuple(line.split(": ", 1)) for line in text]
    request = Request("POST", "/", "", headers, BODY)  # type: ignore[arg-type]
    start = time.thread_time()
    for _ in range(CALLS):
        front.handle(request)
    return (time.thread_time() - start) / CALLS * 1e6


def _sent(call: Call) -> dict[str, Any]:
    return {"MessageId": call.request_id, "MD5OfMessageBody": "0" * 32}


def _nothing(plane: Any) -> Response:
    return Response(404)


if __name__ == "__main__":
    _load(int(sys.argv[1])) if len(sys.argv) > 1 else main()
