"""`up --debug`: a function waits for a debugger, which may hold it as long as it likes."""

import base64
import http.client
import json
import os
import shutil
import socket
import subprocess
import sys
import threading
import time

import pytest

from tests.cli.upped import Up, write_app

SOURCE = "def handler(event, context):\n    value = event['a']\n    return value + 1\n"
BREAK_AT = 2
TIMEOUT_S = 1


class Debugger:
    """A client of the Debug Adapter Protocol, as small as it can be."""

    def __init__(self, port):
        self._socket = patiently_connected(port)
        self._file = self._socket.makefile("rb")
        self._sequence = 0

    def send(self, command, **arguments):
        self._sequence += 1
        message = {"seq": self._sequence, "type": "request", "command": command, "arguments": arguments}
        body = json.dumps(message).encode()
        self._socket.sendall(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))

    def wait_for(self, name):
        """The next event, or the response to a command, of this name."""
        while True:
            size = 0
            while (line := self._file.readline().strip()) != b"":
                size = int(line.partition(b":")[2])
            assert size, "the debugger hung up"
            message = json.loads(self._file.read(size))
            if name in (message.get("event"), message.get("command")):
                assert message.get("success", True), message
                return message

    def attach(self, path, line):
        self.send("initialize", adapterID="test", pathFormat="path")
        self.wait_for("initialize")
        folders = [{"localRoot": os.path.dirname(path), "remoteRoot": "/var/task"}]
        self.send("attach", pathMappings=folders, justMyCode=True)
        self.wait_for("initialized")
        self.send("setBreakpoints", source={"path": path}, breakpoints=[{"line": line}])
        self.wait_for("setBreakpoints")
        self.send("configurationDone")
        self.wait_for("configurationDone")

    def go_on(self, stopped):
        self.send("continue", threadId=stopped["body"]["threadId"])

    def close(self):
        self._file.close()
        self._socket.close()


def patiently_connected(port):
    for _ in range(400):
        try:
            return socket.create_connection(("127.0.0.1", port), timeout=20)
        except ConnectionRefusedError:
            time.sleep(0.05)
    raise AssertionError(f"nothing listens at {port}")


def free_port():
    with socket.socket() as tried:
        tried.bind(("127.0.0.1", 0))
        return tried.getsockname()[1]


class Invoking(threading.Thread):
    """An invocation under way."""

    def __init__(self, up, event):
        super().__init__(daemon=True)
        self.up, self.event, self.got = up, event, None
        self.start()

    def run(self):
        self.got = self.up.invoke(self.event)

    def answer(self):
        self.join(30)
        return self.got


@pytest.fixture
def started(tmp_path):
    running = []

    def start(**app):
        file = write_app(tmp_path / "app", timeout=TIMEOUT_S, **app)
        port = free_port()
        running.append(Up(tmp_path / "app", "--debug", "Fn", "--debug-port", str(port)))
        return running[-1], file, port

    yield start
    for up in running:
        up.stop()


def test_a_breakpoint_holds_an_invocation_longer_than_its_timeout(started):
    pytest.importorskip("debugpy")
    up, file, port = started(source=SOURCE)
    up.says(f"Fn waits for a debugger at 127.0.0.1:{port}")
    debugger = Debugger(port)
    debugger.attach(str(file), BREAK_AT)

    first, second = Invoking(up, {"a": 1}), Invoking(up, {"a": 1})
    stopped = debugger.wait_for("stopped")
    time.sleep(TIMEOUT_S + 0.5)

    assert first.got is second.got is None
    debugger.go_on(stopped)
    debugger.go_on(debugger.wait_for("stopped"))
    assert first.answer() == second.answer() == (2, None)
    time.sleep(0.2)
    third = Invoking(up, {"a": 5})
    debugger.go_on(debugger.wait_for("stopped"))
    assert third.answer() == (6, None)
    debugger.close()


def test_a_saved_file_is_debugged_in_a_new_environment(started):
    pytest.importorskip("debugpy")
    up, file, port = started(source=SOURCE)
    debugger = Debugger(port)
    debugger.attach(str(file), BREAK_AT)
    first = Invoking(up, {"a": 1})
    debugger.go_on(debugger.wait_for("stopped"))
    assert first.answer() == (2, None)
    debugger.close()

    file.write_text(SOURCE.replace("+ 1", "+ 10"))
    up.says("up to date")
    again = Debugger(port)
    again.attach(str(file), BREAK_AT)
    second = Invoking(up, {"a": 1})
    again.go_on(again.wait_for("stopped"))

    assert second.answer() == (11, None)
    again.close()


@pytest.mark.skipif(shutil.which("node") is None, reason="needs Node.js")
def test_a_function_in_nodejs_waits_for_its_inspector(started):
    up, _, port = started(runtime="nodejs22.x", source="exports.handler = async (event) => event.a + 1;\n")
    invoking = Invoking(up, {"a": 1})
    patiently_connected(port).close()
    time.sleep(TIMEOUT_S + 0.5)
    assert invoking.got is None

    listed = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    listed.request("GET", "/json/list")
    [target] = json.loads(listed.getresponse().read())
    inspector = patiently_connected(port)
    key = base64.b64encode(os.urandom(16)).decode()
    path = target["webSocketDebuggerUrl"].partition(str(port))[2]
    inspector.sendall(
        f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n\r\n".encode()
    )
    assert b"101" in inspector.recv(1000)
    for number, method in enumerate(("Debugger.enable", "Runtime.runIfWaitingForDebugger")):
        inspector.sendall(frame(json.dumps({"id": number, "method": method})))
    heard = b""
    while b"Debugger.paused" not in heard:
        assert (part := inspector.recv(1 << 16))
        heard += part
    inspector.sendall(frame('{"id": 9, "method": "Debugger.resume"}'))

    assert invoking.answer() == (2, None)
    inspector.close()


def frame(text):
    """A WebSocket message of a client: masked, here with nothing."""
    data = text.encode()
    assert len(data) < 126
    return bytes([0x81, 0x80 | len(data), 0, 0, 0, 0]) + data


@pytest.mark.parametrize(
    ("options", "words"), [(["--debug", "Nobody"], "There is no function Nobody to debug. This application has: Fn.")]
)
def test_what_cannot_be_debugged_is_said(tmp_path, options, words):
    write_app(tmp_path / "app")

    command = [sys.executable, "-m", "windtunnel.cli.main", "up", str(tmp_path / "app"), "--port", "0", *options]
    shown = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)

    assert shown.returncode == 3
    assert words in shown.stderr
