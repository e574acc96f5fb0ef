"""Extensions, external and internal: their events, their telemetry, and what their failure does to the function."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.engine.bench import Bench
from tests.engine.test_supervisor import script
from windtunnel.engine.spec import Invocation, Spec

CLIENT = """#!/usr/bin/env python3
import json, os, sys, threading, time, urllib.error, urllib.request as r
from http.server import BaseHTTPRequestHandler, HTTPServer

api = "http://" + os.environ["AWS_LAMBDA_RUNTIME_API"]
name = os.path.basename(sys.argv[0])

def ask(path, body=None, method=None, **headers):
    data = None if body is None else json.dumps(body).encode()
    headers = {key.replace("_", "-"): value for key, value in headers.items()}
    request = r.Request(api + path, data, headers, method=method)
    try:
        with r.urlopen(request) as answer:
            return answer.status, dict(answer.headers), json.loads(answer.read() or b"null")
    except urllib.error.HTTPError as refused:
        return refused.code, dict(refused.headers), json.loads(refused.read() or b"null")

def register(*events, **headers):
    status, headers, body = ask("/2020-01-01/extension/register", {"events": events},
                                Lambda_Extension_Name=name, **headers)
    return headers.get("Lambda-Extension-Identifier", ""), status, body

def next_event(id):
    return ask("/2020-01-01/extension/event/next", Lambda_Extension_Identifier=id)[2]

def note(what):
    with open("/tmp/notes", "a") as file:
        file.write(json.dumps(what) + "\\n")
"""
READER = """
    import os, time
    def handler(event, context):
        if event:
            time.sleep(event)
        try:
            with open("/tmp/notes") as file:
                return file.read().splitlines()
        except FileNotFoundError:
            return []
"""


@pytest.fixture
def isolated(tmp_path: Path) -> Iterator[Bench]:
    with Bench(tmp_path / "functions") as made:
        yield made


def extended(
    bench: Bench, folder: Path, text: str, source: str = READER, name: str = "watcher", **changes: Any
) -> Spec:
    """A function with an extension whose program is CLIENT and this text."""
    script(folder / "layer", f"extensions/{name}", CLIENT + text)
    return bench.spec(source, layers=(str(folder / "layer"),), **{"timeout_s": 5, **changes})


def noted(bench: Bench, spec: Spec, *invocations: Invocation) -> list[Any]:
    """What the extension has noted when the last of these invocations, in one environment, reads it."""

    async def all_of_them() -> bytes:
        environment = await bench.engine.fresh(spec)
        for invocation in invocations:
            outcome = await environment.invoke(invocation)
            await environment.settle()
        await environment.stop("test")
        return outcome.payload

    return [json.loads(line) for line in json.loads(bench.run(all_of_them()))]


WATCHER = """
id, status, who = register("INVOKE", "SHUTDOWN", Lambda_Extension_Accept_Feature="accountId")
note([status, who])
print("here I am", flush=True)
while True:
    event = next_event(id)
    note(event)
    if event["eventType"] == "SHUTDOWN":
        print("the end:", event["shutdownReason"], flush=True)
        sys.exit(0)
"""


def test_an_extension_hears_of_each_invocation(isolated: Bench, tmp_path: Path) -> None:
    spec = extended(isolated, tmp_path, WATCHER)
    invocation = isolated.laboratory.invocation(trace="Root=1-2-3")

    seen = noted(isolated, spec, invocation, isolated.laboratory.invocation())

    who = {"functionName": spec.name, "functionVersion": "$LATEST", "handler": "index.handler"}
    assert seen[0] == [200, {**who, "accountId": "000000000000"}]
    event = seen[1]
    assert event.pop("deadlineMs") > 0
    assert event == {
        "eventType": "INVOKE",
        "requestId": invocation.request_id,
        "invokedFunctionArn": spec.function_arn,
        "tracing": {"type": "X-Amzn-Trace-Id", "value": "Root=1-2-3"},
    }


def test_what_an_extension_writes_is_in_the_log_between_the_platforms_lines(isolated: Bench, tmp_path: Path) -> None:
    spec = extended(isolated, tmp_path, WATCHER)

    noted(isolated, spec, isolated.laboratory.invocation())
    log = isolated.laboratory.text()

    assert "here I am\n" in log
    assert "EXTENSION\tName: watcher\tState: Ready\tEvents: [INVOKE, SHUTDOWN]\n" in log
    assert log.endswith("the end: spindown\n")


def test_a_function_beside_an_extension_may_take_leave(isolated: Bench, tmp_path: Path) -> None:
    source = """
        import os, signal
        def leave(*_):
            print("leaving", flush=True)
            os._exit(0)
        signal.signal(signal.SIGTERM, leave)
        def handler(event, context):
            return []
    """
    spec = extended(isolated, tmp_path, WATCHER, source)

    noted(isolated, spec, isolated.laboratory.invocation())

    assert "leaving\n" in isolated.laboratory.log


def test_the_function_starts_when_its_extensions_have_registered(isolated: Bench, tmp_path: Path) -> None:
    spec = extended(
        isolated,
        tmp_path,
        "time.sleep(0.3)\nnote('ready')\nid, _, _ = register()\nnext_event(id)\n",
        "seen = open('/tmp/notes').read()\ndef handler(event, context):\n    return seen\n",
    )

    assert isolated.answer(spec) == '"ready"\n'


def test_the_answer_comes_before_the_extension_is_done_and_the_next_invocation_after(
    isolated: Bench, tmp_path: Path
) -> None:
    text = "id, _, _ = register('INVOKE')\nwhile True:\n    next_event(id)\n    time.sleep(0.4)\n    note('done')\n"
    spec = extended(isolated, tmp_path, text)

    async def both() -> tuple[bytes, bytes]:
        environment = await isolated.engine.fresh(spec)
        await environment.ready()
        first = await environment.invoke(isolated.laboratory.invocation())
        assert not environment.settled
        second = await environment.invoke(isolated.laboratory.invocation())
        await environment.stop("test")
        return first.payload, second.payload

    assert isolated.run(both()) == (b"[]", b'["\\"done\\""]')


def test_an_extension_that_is_not_done_in_time_times_the_invocation_out(isolated: Bench, tmp_path: Path) -> None:
    text = "id, _, _ = register('INVOKE', 'SHUTDOWN')\nnext_event(id)\ntime.sleep(1.5)\nnote(next_event(id))\nsys.exit(0)\n"
    spec = extended(isolated, tmp_path, text, timeout_s=1)

    first = isolated.invoke(spec, tail=True)
    isolated.run(isolated.engine.retire(spec.function_arn))

    assert first.payload == b"[]"
    assert "Task timed out after 1.00 seconds" in first.log_tail.decode()
    assert "Status: timeout" in first.log_tail.decode()


def test_a_timeout_tells_the_extension_and_keeps_its_files(isolated: Bench, tmp_path: Path) -> None:
    spec = extended(isolated, tmp_path, WATCHER, timeout_s=1)

    seen = noted(isolated, spec, isolated.laboratory.invocation(5), isolated.laboratory.invocation())

    assert [e["shutdownReason"] for e in seen if isinstance(e, dict) and e["eventType"] == "SHUTDOWN"] == ["timeout"]


def test_an_extension_that_dies_while_the_function_starts_ends_the_start(isolated: Bench, tmp_path: Path) -> None:
    spec = extended(isolated, tmp_path, "sys.exit(3)\n")

    failure = isolated.error(spec)

    assert failure["errorType"] == "Extension.Crash"
    assert failure["errorMessage"].endswith("Error: exit status 3")
    assert "EXTENSION\tName: watcher\tState: Crashed\tEvents: []\tError Type: Extension.Crash" in (
        isolated.laboratory.text()
    )


def test_an_extension_that_cannot_go_on_says_so(isolated: Bench, tmp_path: Path) -> None:
    text = (
        "id, _, _ = register('INVOKE')\nask('/2020-01-01/extension/init/error', {}, Lambda_Extension_Identifier=id,\n"
        "    Lambda_Extension_Function_Error_Type='Extension.NoConfig')\ntime.sleep(9)\n"
    )
    spec = extended(isolated, tmp_path, text)

    assert isolated.error(spec)["errorType"] == "Extension.InitError"


def test_a_program_that_cannot_be_started_ends_the_start(isolated: Bench, tmp_path: Path) -> None:
    spec = extended(isolated, tmp_path, "")
    (tmp_path / "layer" / "extensions" / "watcher").chmod(0o644)

    assert "permission denied" in isolated.error(spec)["errorMessage"]


INTERNAL = (
    CLIENT.replace("sys.argv[0]", "'inside'").replace('"/tmp/notes"', '"/tmp/inside"')
    + """
seen = []
def watch(id):
    while True:
        seen.append(next_event(id)["eventType"])

id, status, _ = register("INVOKE")
refused = register("SHUTDOWN")[2]["errorType"]
threading.Thread(target=watch, args=[id], daemon=True).start()

def handler(event, context):
    late = register("INVOKE")[2]["errorType"]
    stranger = ask("/2020-01-01/extension/event/next", Lambda_Extension_Identifier="nobody")
    return [status, refused, late, stranger[0], stranger[2]["errorType"], seen]
"""
)


def test_a_thread_of_the_function_may_be_an_extension_of_it(isolated: Bench) -> None:
    spec = isolated.spec(INTERNAL, timeout_s=5)

    answer = isolated.answer(spec)

    assert answer[:3] == [200, "Extension.AlreadyRegistered", "Extension.RegistrationClosed"]
    assert answer[3:] == [403, "Extension.UnknownExtensionIdentifier", ["INVOKE"]]


SUBSCRIBER = """
id, _, _ = register("INVOKE", "SHUTDOWN")
got = []
arrived = threading.Event()

class Handler(BaseHTTPRequestHandler):
    def do_POST(self):
        got.extend(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        self.send_response(200)
        self.end_headers()
        if any(e["type"] == "platform.report" for e in got):
            arrived.set()
    def log_message(self, *_):
        pass

server = HTTPServer(("sandbox.localdomain", 0), Handler)
threading.Thread(target=server.serve_forever, daemon=True).start()
wish = {"schemaVersion": "2022-12-13", "types": ["platform", "function", "extension"],
        "buffering": {"maxItems": 1000, "maxBytes": 262144, "timeoutMs": 25},
        "destination": {"protocol": "HTTP", "URI": "http://sandbox.localdomain:%d" % server.server_port}}
bad = dict(wish, types=["everything"])
note(ask("PATH", bad, "PUT", Lambda_Extension_Identifier=id)[0])
note(ask("PATH", wish, "PUT", Lambda_Extension_Identifier=id)[::2])
print("from the extension", flush=True)
next_event(id)
next_event(id)
arrived.wait(3)
note(got)
next_event(id)
"""


@pytest.mark.parametrize("path", ["/2022-07-01/telemetry", "/2020-08-15/logs"])
def test_a_subscriber_gets_everything_that_happens(isolated: Bench, tmp_path: Path, path: str) -> None:
    source = READER.replace("if event:", "print('from the function')\n        if event:")
    spec = extended(isolated, tmp_path, SUBSCRIBER.replace("PATH", path), source)
    first, *others = [isolated.laboratory.invocation() for _ in range(3)]

    refused, accepted, got = noted(isolated, spec, first, *others)[:3]

    assert (refused, accepted) == (400, [200, "OK"])
    kinds = [event["type"] for event in got]
    records = {event["type"]: event["record"] for event in reversed(got)}
    assert {"function", "extension", "platform.start", "platform.runtimeDone", "platform.report"} <= set(kinds)
    assert records["function"] == "from the function"
    assert records["extension"] == "from the extension"
    assert records["platform.start"] == {"requestId": first.request_id, "version": "$LATEST"}
    assert records["platform.runtimeDone"]["status"] == "success"
    assert records["platform.report"]["metrics"]["memorySizeMB"] == 128
    if path == "/2022-07-01/telemetry":
        assert kinds[0] == "platform.initStart"
        assert {"platform.initRuntimeDone", "platform.initReport", "platform.telemetrySubscription"} <= set(kinds)
    else:
        assert "platform.initStart" not in kinds
        assert {"platform.end", "platform.logsSubscription"} <= set(kinds)
