"""The life of environments: reuse, variables, context, logs, large output, death of the fork server, idleness."""

import asyncio
import json
import os
import re
import signal
import sys
from pathlib import Path

import pytest

from tests.engine.bench import Bench
from tests.engine.laboratory import RUNTIME
from windtunnel.engine import facts
from windtunnel.engine.host import State
from windtunnel.engine.spec import Invocation, Spec
from windtunnel.kernel.clock import VirtualClock


def test_a_module_keeps_its_state_for_the_next_invocation(bench: Bench) -> None:
    spec = bench.spec("count = 0\ndef handler(event, context):\n    global count\n    count += 1\n    return count\n")

    answers = [bench.answer(spec) for _ in range(3)]

    assert answers == [1, 2, 3]


def test_a_fresh_environment_shares_nothing(bench: Bench) -> None:
    spec = bench.spec("count = 0\ndef handler(event, context):\n    global count\n    count += 1\n    return count\n")
    bench.answer(spec)

    environment = bench.run(bench.engine.fresh(spec))
    outcome = bench.invoke_in(environment)

    assert (outcome.payload, outcome.cold) == (b"1", True)
    bench.run(environment.stop("experiment"))
    assert environment.state is State.DEAD


def test_a_stopped_environment_refuses_and_stopping_twice_is_harmless(bench: Bench) -> None:
    environment = bench.run(bench.engine.fresh(bench.spec("def handler(event, context):\n    pass\n")))
    bench.run(environment.stop("experiment"))

    bench.run(environment.stop("again"))

    with pytest.raises(RuntimeError):
        bench.invoke_in(environment)


def test_a_new_revision_gets_a_new_environment(bench: Bench) -> None:
    spec = bench.spec(
        "import os\ndef handler(event, context):\n    return os.environ['STAGE']\n", environment={"STAGE": "one"}
    )
    bench.answer(spec)
    changed = Spec(
        **{**{f: getattr(spec, f) for f in spec.__struct_fields__}, "environment": {"STAGE": "two"}, "revision": "2"}
    )

    assert bench.answer(changed) == "two"


def test_concurrent_invocations_run_in_environments_of_their_own(bench: Bench) -> None:
    spec = bench.spec(
        "import time, uuid\nme = str(uuid.uuid4())\ndef handler(event, context):\n    time.sleep(0.2)\n    return me\n"
    )

    async def both() -> set[bytes]:
        return {o.payload for o in await asyncio.gather(*(bench.laboratory.invoke(spec) for _ in range(5)))}

    assert len(bench.run(both())) == 5


def test_the_reserved_variables_are_as_on_aws(bench: Bench) -> None:
    spec = bench.spec(
        "import os\ndef handler(event, context):\n    return dict(os.environ)\n",
        environment={"STAGE": "test"},
        credentials={"AWS_ACCESS_KEY_ID": "ASIA1", "AWS_SECRET_ACCESS_KEY": "s", "AWS_SESSION_TOKEN": "t"},
        endpoint="http://127.0.0.1:4566",
    )

    seen = bench.answer(spec, trace="Root=1-0-0;Parent=0;Sampled=1")

    task = seen.pop("LAMBDA_TASK_ROOT")
    assert seen.pop("PWD") == task
    assert seen.pop("AWS_LAMBDA_RUNTIME_API").startswith("127.0.0.1:")
    assert seen == {
        "AWS_ACCESS_KEY_ID": "ASIA1",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ENDPOINT_URL": "http://127.0.0.1:4566",
        "AWS_EXECUTION_ENV": f"AWS_Lambda_{spec.runtime}",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "128",
        "AWS_LAMBDA_FUNCTION_NAME": spec.name,
        "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
        "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
        "AWS_LAMBDA_LOG_GROUP_NAME": spec.log_group,
        "AWS_LAMBDA_LOG_STREAM_NAME": spec.log_stream,
        "AWS_REGION": "us-east-1",
        "AWS_SECRET_ACCESS_KEY": "s",
        "AWS_SESSION_TOKEN": "t",
        "AWS_XRAY_CONTEXT_MISSING": "LOG_ERROR",
        "AWS_XRAY_DAEMON_ADDRESS": "169.254.100.1:2000",
        "LAMBDA_RUNTIME_DIR": "/var/runtime",
        "LANG": "en_US.UTF-8",
        **({"LC_CTYPE": "C.UTF-8"} if sys.version_info >= (3, 12) else {}),
        "LD_LIBRARY_PATH": "/var/lang/lib:/lib64:/usr/lib64:/var/runtime:/var/runtime/lib:"
        "/var/task:/var/task/lib:/opt/lib",
        "PATH": "/var/lang/bin:/usr/local/bin:/usr/bin/:/bin:/opt/bin",
        "PYTHONPATH": "/var/runtime",
        "SHLVL": "0",
        "STAGE": "test",
        "TZ": ":UTC",
        "_AWS_XRAY_DAEMON_ADDRESS": "169.254.100.1",
        "_AWS_XRAY_DAEMON_PORT": "2000",
        "_HANDLER": "index.handler",
        "_X_AMZN_TRACE_ID": "Root=1-0-0;Parent=0;Sampled=1",
    }


def test_the_context_tells_about_function_and_caller(bench: Bench) -> None:
    spec = bench.spec(
        """
        def handler(event, context):
            return {
                "id": context.aws_request_id, "name": context.function_name, "version": context.function_version,
                "arn": context.invoked_function_arn, "memory": context.memory_limit_in_mb,
                "group": context.log_group_name, "stream": context.log_stream_name,
                "left": context.get_remaining_time_in_millis(), "custom": context.client_context.custom,
                "title": context.client_context.client.app_title, "identity": context.identity.cognito_identity_id,
            }
        """
    )
    caller = {"client": {"app_title": "shop"}, "custom": {"word": "Grüße"}, "env": {}}
    invocation = bench.laboratory.invocation(
        client_context=json.dumps(caller, ensure_ascii=False),
        identity='{"cognitoIdentityId": "c", "cognitoIdentityPoolId": "p"}',
    )

    seen = json.loads(bench.run(bench.engine.invoke(spec, invocation)).payload)

    assert 2900 < seen.pop("left") <= 3000
    assert seen == {
        "id": invocation.request_id,
        "name": spec.name,
        "version": "$LATEST",
        "arn": spec.function_arn,
        "memory": "128",
        "group": spec.log_group,
        "stream": spec.log_stream,
        "custom": {"word": "Grüße"},
        "title": "shop",
        "identity": "c",
    }


def test_the_search_path_begins_as_on_aws(bench: Bench) -> None:
    spec = bench.spec("import sys\ndef handler(event, context):\n    return sys.path\n")

    path = bench.answer(spec)

    version = spec.runtime.removeprefix("python")
    if path[0] == "/var/task":
        assert path[1:3] == [f"/opt/python/lib/python{version}/site-packages", "/opt/python"]
        assert path[-1] == "/var/runtime"


def test_boto3_is_there_without_being_in_the_package(bench: Bench) -> None:
    spec = bench.spec(
        "import boto3\ndef handler(event, context):\n    return boto3.__version__\n", memory_mb=256, timeout_s=20
    )

    assert re.match(r"1\.\d+", bench.answer(spec))


def test_a_boto3_in_the_package_wins(bench: Bench) -> None:
    spec = bench.spec(
        "import boto3\ndef handler(event, context):\n    return boto3.mine\n",
        files={"boto3/__init__.py": "mine = True\n"},
    )

    assert bench.answer(spec) is True


def test_other_packages_of_the_platform_cannot_be_imported(bench: Bench) -> None:
    assert bench.error(bench.spec("import msgspec"))["errorType"] == "Runtime.ImportModuleError"


def test_the_log_of_a_cold_and_a_warm_invocation(bench: Bench) -> None:
    spec = bench.spec("print('importing')\ndef handler(event, context):\n    print('one\\ntwo')\n")
    first, second = bench.laboratory.invocation(), bench.laboratory.invocation()
    for invocation in (first, second):
        bench.run(bench.engine.invoke(spec, invocation))
    bench.run(bench.engine.retire(spec.function_arn))

    log = bench.laboratory.log

    assert log[0].startswith("INIT_START Runtime Version: python:3.")
    assert log[1] == "importing\n"
    assert log[2:5] == [f"START RequestId: {first.request_id} Version: $LATEST\n", "one\n", "two\n"]
    assert log[5] == f"END RequestId: {first.request_id}\n"
    assert re.fullmatch(
        rf"REPORT RequestId: {first.request_id}\tDuration: \d+\.\d\d ms\tBilled Duration: \d+ ms\tMemory Size: 128 MB\t"
        r"Max Memory Used: \d+ MB\tInit Duration: \d+\.\d\d ms\t\n",
        log[6],
    )
    assert log[7] == f"START RequestId: {second.request_id} Version: $LATEST\n"
    assert "Init Duration" not in log[11]


def test_a_log_record_of_several_lines_is_one_event(bench: Bench) -> None:
    spec = bench.spec(
        """
        import logging
        def handler(event, context):
            print("before")
            logging.warning("first\\nsecond")
            print("after")
        """
    )
    bench.log(spec)

    before, record, after = bench.laboratory.log[2:5]

    assert (before, after) == ("before\n", "after\n")
    assert re.fullmatch(r"\[WARNING\]\t\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z\t[0-9a-f-]{36}\tfirst\nsecond\n", record)


def test_a_log_in_json_has_events_of_the_platform_and_records(bench: Bench) -> None:
    spec = bench.spec(
        """
        import logging
        def handler(event, context):
            try:
                1 / 0
            except ZeroDivisionError:
                logging.getLogger("shop").exception("no luck", extra={"order": 7})
        """,
        log_format="JSON",
    )
    bench.log(spec)

    events = [json.loads(text) for text in bench.laboratory.log]

    assert [event.get("type") for event in events] == ["platform.initStart", "platform.start", None, "platform.report"]
    record = events[2]
    assert (record["level"], record["logger"], record["message"], record["order"]) == ("ERROR", "shop", "no luck", 7)
    assert (record["errorType"], record["errorMessage"]) == ("ZeroDivisionError", "division by zero")
    assert record["requestId"] == events[1]["record"]["requestId"]
    assert events[3]["record"]["metrics"]["memorySizeMB"] == 128


def test_the_tail_of_the_log_is_complete(bench: Bench) -> None:
    spec = bench.spec("def handler(event, context):\n    print('hello')\n")

    tail = bench.invoke(spec, tail=True).log_tail.decode()

    assert re.match(r"START .*\nhello\nEND .*\nREPORT .*\n$", tail)


def test_the_tail_of_the_log_has_four_kilobytes_at_most(bench: Bench) -> None:
    spec = bench.spec("def handler(event, context):\n    print('x' * 10000)\n")

    assert len(bench.invoke(spec, tail=True).log_tail) == 4096


def test_a_slow_sink_slows_the_function_and_costs_no_memory(tmp_path: Path) -> None:
    pending: list[asyncio.Future[None]] = []
    received = 0

    def sink(spec: Spec, events: list[tuple[int, str]]) -> asyncio.Future[None]:
        nonlocal received
        received += sum(len(text) for _, text in events)
        pending.append(asyncio.get_running_loop().create_future())
        return pending[-1]

    with Bench(tmp_path / "functions", sink=sink) as bench:
        spec = bench.spec(
            "def handler(event, context):\n    for _ in range(1000):\n        print('x' * 9999)\n", timeout_s=20
        )

        async def scenario() -> None:
            invoking = asyncio.ensure_future(bench.laboratory.invoke(spec))
            done = 0
            held_back = False
            while not invoking.done():
                await asyncio.sleep(0.01)
                held_back = held_back or received < 1_000_000
                if done < len(pending):
                    pending[done].set_result(None)
                    done += 1
            for future in pending[done:]:
                future.set_result(None)
            assert held_back

        bench.run(scenario())
        for future in pending:
            if not future.done():
                future.set_result(None)


def test_a_hundred_megabytes_of_output_leave_the_loop_free(bench: Bench) -> None:
    bench.laboratory.log = []
    spec = bench.spec(
        "def handler(event, context):\n    for _ in range(1000):\n        print('x' * 99999)\n",
        timeout_s=60,
        memory_mb=256,
    )
    longest = 0.0

    async def scenario() -> None:
        nonlocal longest
        loop = asyncio.get_running_loop()
        invoking = asyncio.ensure_future(bench.laboratory.invoke(spec))
        while not invoking.done():
            before = loop.time()
            await asyncio.sleep(0)
            longest = max(longest, loop.time() - before)
            bench.laboratory.log.clear()
        assert invoking.result().status == "success"

    bench.run(scenario())

    assert longest < 0.5


def test_the_end_of_the_fork_server_is_survived(bench: Bench) -> None:
    spec = bench.spec("def handler(event, context):\n    return 1\n")
    bench.answer(spec)

    for pid in bench.laboratory.host.processes():
        os.kill(pid, signal.SIGKILL)
    outcomes = [bench.invoke(spec) for _ in range(10)]  # the signal may take its time to arrive

    assert sum(outcome.status == "crash" for outcome in outcomes) <= 1
    assert outcomes[-1].payload == b"1"


def test_an_idle_environment_ends_in_time(tmp_path: Path) -> None:
    clock = VirtualClock()
    with Bench(tmp_path / "functions", clock=clock) as bench:
        spec = bench.spec("def handler(event, context):\n    return 1\n")
        bench.answer(spec)

        bench.run(clock.advance(599))
        assert len(bench.engine.environments()) == 1
        bench.run(clock.advance(2))

        assert bench.engine.environments() == []
        assert bench.recorder.records(facts.EnvironmentEnded)[0].fact.reason == "idle"


def test_prepared_environments_serve_without_a_cold_start(bench: Bench) -> None:
    spec = bench.spec(
        "import os\ndef handler(event, context):\n    return os.environ['AWS_LAMBDA_INITIALIZATION_TYPE']\n"
    )

    ready = bench.run(bench.engine.provision("live", spec, 2))
    environment = bench.engine.take("live", spec)
    outcome = bench.run(bench.engine.invoke(spec, Invocation(payload=b"{}", request_id="r"), environment))

    assert ready == 2
    assert (outcome.cold, outcome.payload) == (False, b'"provisioned-concurrency"')


def test_provisioned_environments_are_used_by_those_that_ask_for_them_only(bench: Bench) -> None:
    spec = bench.spec(
        "import os\ndef handler(event, context):\n    return os.environ['AWS_LAMBDA_INITIALIZATION_TYPE']\n"
    )
    bench.run(bench.engine.provision("live", spec, 1))

    assert bench.invoke(spec).payload == b'"on-demand"'
    assert bench.engine.take("other", spec) is None
    assert bench.engine.take("live", spec) is not None
    assert bench.engine.take("live", spec) is None


def test_a_provisioned_environment_that_crashed_is_replaced(bench: Bench) -> None:
    spec = bench.spec("import os\ndef handler(event, context):\n    os._exit(1)\n")
    bench.run(bench.engine.provision("live", spec, 1))
    first = bench.engine.take("live", spec)
    assert first is not None

    bench.run(bench.engine.invoke(spec, Invocation(payload=b"{}", request_id="r"), first))
    bench.run(bench.engine.provision("live", spec, 1))
    second = bench.engine.take("live", spec)

    assert second is not None
    assert second.id != first.id


def test_what_was_provisioned_ends_with_its_configuration(bench: Bench) -> None:
    spec = bench.spec("def handler(event, context):\n    return 1\n")
    bench.run(bench.engine.provision("live", spec, 3))
    bench.run(bench.engine.provision("live", spec, 1))
    assert len(bench.engine.environments()) == 1

    bench.run(bench.engine.unprovision("live"))

    assert bench.engine.environments() == []


def test_a_runtime_of_the_function_itself_works(bench: Bench) -> None:
    spec = bench.spec("", runtime="provided.al2023", timeout_s=10)
    bootstrap = Path(spec.code) / "bootstrap"
    bootstrap.write_text(
        "#!/usr/bin/env python3\n"
        "import os, urllib.request as r\n"
        "api = 'http://' + os.environ['AWS_LAMBDA_RUNTIME_API'] + '/2018-06-01/runtime/invocation/'\n"
        "while True:\n"
        "    with r.urlopen(api + 'next') as event:\n"
        "        id, body = event.headers['Lambda-Runtime-Aws-Request-Id'], event.read()\n"
        "    print('got it', flush=True)\n"
        "    r.urlopen(r.Request(api + id + '/response', body[::-1])).close()\n"
    )
    bootstrap.chmod(0o755)

    outcome = bench.invoke(spec, "ab", tail=True)

    assert outcome.payload == b'"ba"'
    assert b"got it" in outcome.log_tail


def test_the_runtime_client_of_aws_works_unchanged(bench: Bench) -> None:
    pytest.importorskip("awslambdaric")
    import awslambdaric

    packages = Path(awslambdaric.__file__).parent.parent
    spec = bench.spec(
        "def handler(event, context):\n    return [event, context.function_name]\n",
        runtime="provided.al2023",
        timeout_s=10,
    )
    bootstrap = Path(spec.code) / "bootstrap"
    for name in (
        "awslambdaric",
        "simplejson",
        "snapshot_restore_py.py",
        *[f.name for f in packages.glob("runtime_client*.so")],
    ):
        target = Path(spec.code) / name
        import shutil

        (shutil.copytree if (packages / name).is_dir() else shutil.copy)(packages / name, target)
    bench.run(bench.engine.enforcement())
    bootstrap.write_text(f"#!/bin/sh\nexec /var/lang/bin/{RUNTIME} -m awslambdaric index.handler\n")
    bootstrap.chmod(0o755)

    outcome = bench.invoke(spec, {"a": 1})

    assert json.loads(outcome.payload) == [{"a": 1}, spec.name]


def test_what_a_function_does_is_recorded(bench: Bench) -> None:
    spec = bench.spec(
        """
        import os, socket, subprocess
        import wave
        STAGE = os.environ.get("STAGE")
        def handler(event, context):
            import colorsys
            open("/tmp/out", "w").close()
            subprocess.run(["true"])
            try:
                socket.create_connection(("127.0.0.1", 1), timeout=1)
            except OSError:
                pass
        """
    )
    invocation = bench.laboratory.invocation()
    bench.run(bench.engine.invoke(spec, invocation))
    bench.run(bench.engine.retire(spec.function_arn))

    def seen(kind: type, name: str) -> list[object]:
        return [(getattr(e.fact, name), e.fact.request_id) for e in bench.recorder.records(kind)]

    id = invocation.request_id
    assert ("STAGE", "") in seen(facts.VariableRead, "name")
    assert ("/tmp/out", id) in seen(facts.FileWritten, "path")
    assert ("true", id) in seen(facts.SubprocessStarted, "command")
    assert (1, id) in seen(facts.ConnectionOpened, "port")
    assert ("colorsys", id) in seen(facts.ModuleImported, "module")
    imports = bench.recorder.records(facts.InitFinished)[0].fact.imports
    assert {"wave", "index"} <= {each.module for each in imports}


def test_clients_of_boto3_are_recorded_with_the_import_of_boto3(bench: Bench) -> None:
    spec = bench.spec(
        """
        import boto3
        def handler(event, context):
            boto3.client("sqs", region_name="us-east-1")
        """,
        memory_mb=512,
        timeout_s=20,
    )
    bench.answer(spec)
    bench.run(bench.engine.retire(spec.function_arn))

    assert [e.fact.service for e in bench.recorder.records(facts.ClientConstructed)] == ["sqs"]
    imports = {i.module: i.total_ms for i in bench.recorder.records(facts.InitFinished)[0].fact.imports}
    assert imports["boto3"] > 10


def test_what_an_invocation_uses_and_leaves_behind_is_recorded(bench: Bench) -> None:
    spec = bench.spec(
        """
        import http.client, http.server, threading, time
        class Answer(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            def do_GET(self):
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()
            def log_message(self, *_):
                pass
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answer)
        threading.Thread(target=server.serve_forever, name="server", daemon=True).start()
        link = http.client.HTTPConnection("127.0.0.1", server.server_port)
        def handler(event, context):
            link.request("GET", "/")
            link.getresponse().read()
            until = time.process_time() + 0.02
            while time.process_time() < until:
                pass
        """,
        timeout_s=10,
    )
    first, second = bench.laboratory.invocation(), bench.laboratory.invocation()
    for each in (first, second):
        bench.run(bench.engine.invoke(spec, each))

    reused = [e.fact.request_id for e in bench.recorder.records(facts.ConnectionReused)]
    threads = bench.recorder.records(facts.ThreadsLeft)[0].fact
    assert reused == [second.request_id]
    assert threads.count >= 1
    assert "server" in threads.names
    assert all(20 <= e.fact.cpu_ms < 2000 for e in bench.recorder.records(facts.Invoked))
