"""Environments that are restored from a snapshot of an initialised function: what they share, and what is their own."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import threading
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tests.engine.bench import Bench
from windtunnel.engine import facts
from windtunnel.engine.host import Environment, State
from windtunnel.engine.spec import Outcome, Spec

RUN = """
    import os, random, socket, sys, time
    from snapshot_restore_py import register_after_restore, register_before_snapshot
    seen = []
    {}
    def handler(event, context):
        return eval(event)
"""


@pytest.fixture(params=[True, False], ids=["isolated", "bare"])
def either(request: pytest.FixtureRequest, tmp_path: Path) -> Any:
    """A laboratory with isolation, and one without."""
    with Bench(tmp_path / "functions", isolate=request.param) as made:
        yield made


@pytest.fixture
def isolated(bench: Bench) -> Bench:
    if bench.run(bench.engine.enforcement()).files.grade != "enforced":
        pytest.skip("this machine does not isolate functions")
    return bench


def version(bench: Bench, init: str = "", **changes: Any) -> Spec:
    """A published version whose initialisation is this source."""
    source = RUN.format("\n    ".join(init.strip("\n").splitlines()))
    return bench.spec(source, version="1", snap_start=True, **changes)


def taken(bench: Bench, init: str = "", **changes: Any) -> Spec:
    spec = version(bench, init, **changes)
    assert bench.run(bench.engine.snapshot(spec)) == ""
    return spec


def two(bench: Bench, spec: Spec) -> tuple[Environment, Environment]:
    return bench.run(bench.engine.fresh(spec)), bench.run(bench.engine.fresh(spec))


def ask(bench: Bench, environment: Environment, expression: str) -> Any:
    outcome = bench.invoke_in(environment, expression)
    assert outcome.status == "success", outcome
    return json.loads(outcome.payload)


def test_the_initialisation_runs_once_for_all_environments(either: Bench) -> None:
    one, other = two(either, taken(either, "started = time.time_ns()"))

    assert ask(either, one, "started") == ask(either, other, "started")
    assert either.laboratory.text().count("INIT_START") == 1
    assert either.laboratory.text().count("RESTORE_START") == 2


def test_what_an_environment_changes_is_its_own(either: Bench) -> None:
    one, other = two(either, taken(either))

    ask(either, one, "seen.append(1)")

    assert ask(either, one, "seen") == [1]
    assert ask(either, other, "seen") == []


def test_files_of_the_initialisation_are_there_in_each_environment(isolated: Bench) -> None:
    init = """
os.makedirs('/tmp/a/b')
open('/tmp/a/b/c', 'w').write('before')
os.chmod('/tmp/a/b/c', 0o640)
os.symlink('a/b', '/tmp/link')
"""
    one, other = two(isolated, taken(isolated, init))

    ask(isolated, one, "open('/tmp/link/c', 'w').write('after')")

    assert ask(isolated, one, "open('/tmp/a/b/c').read()") == "after"
    assert ask(isolated, other, "[open('/tmp/link/c').read(), os.stat('/tmp/a/b/c').st_mode & 0o777]") == [
        "before",
        0o640,
    ]


def test_open_files_have_a_position_of_their_own(isolated: Bench) -> None:
    init = """
import tempfile
named = open('/tmp/x', 'w+'); named.write('abcdef'); named.seek(2)
nameless = tempfile.TemporaryFile('w+'); nameless.write('abcdef'); nameless.flush()
"""
    one, other = two(isolated, taken(isolated, init))

    assert ask(isolated, one, "[named.read(), nameless.seek(0), nameless.write('XX'), nameless.flush()]")[0] == "cdef"
    assert ask(isolated, other, "[named.read(), nameless.seek(0), nameless.read()]") == ["cdef", 0, "abcdef"]


def test_hooks_run_in_the_order_that_aws_documents(either: Bench) -> None:
    init = """
for name in 'abc':
    register_before_snapshot(seen.append, 'before ' + name)
    register_after_restore(seen.append, 'after ' + name)
"""
    one, other = two(either, taken(either, init))

    order = ["before c", "before b", "before a", "after a", "after b", "after c"]
    assert ask(either, one, "seen") == order
    assert ask(either, other, "seen") == order


def test_chance_is_part_of_the_snapshot_and_secrets_are_not(either: Bench) -> None:
    one, other = two(either, taken(either, "import ssl, secrets; random.random(); ssl.RAND_bytes(8)"))

    same = "[random.random(), random.randint(0, 1 << 60)]"
    assert ask(either, one, same) == ask(either, other, same)
    for different in ("os.urandom(8).hex()", "secrets.token_hex()", "ssl.RAND_bytes(8).hex()"):
        assert ask(either, one, different) != ask(either, other, different)


def test_connections_of_the_initialisation_are_dead(either: Bench) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        spec = taken(either, f"link = socket.create_connection(('127.0.0.1', {port})); number = link.fileno()")
        environment, _ = two(either, spec)
        connection, _ = server.accept()
        with connection:
            connection.settimeout(0.2)
            lost = ask(
                either,
                environment,
                "[type(e).__name__ for e in [None] if not __import__('select').select([link], [], [], 0)[0]]",
            )
            sent = either.invoke_in(environment, "link.send(b'x')")

            assert lost == []
            assert json.loads(sent.payload)["errorType"] == "BrokenPipeError"
            with pytest.raises(TimeoutError):
                connection.recv(1)


def test_an_event_loop_of_the_initialisation_works_in_each_environment(either: Bench) -> None:
    init = """
import asyncio
loop = asyncio.new_event_loop()
loop.run_until_complete(asyncio.sleep(0))
async def work():
    return [await asyncio.sleep(0.01, 5), await loop.run_in_executor(None, len, 'abc')]
"""
    one, other = two(either, taken(either, init))
    works = "loop.run_until_complete(work())"

    assert ask(either, one, works) == [5, 3]
    assert ask(either, other, works) == [5, 3]
    assert ask(either, one, works) == [5, 3]


def test_pipes_of_the_initialisation_are_each_environments_own(either: Bench) -> None:
    one, other = two(either, taken(either, "reading, writing = os.pipe(); os.set_blocking(reading, False)"))

    ask(either, one, "os.write(writing, b'x')")

    assert either.invoke_in(other, "os.read(reading, 1)").status == "error"
    assert ask(either, one, "os.read(reading, 1).decode()") == "x"


def test_a_listening_socket_of_the_initialisation_is_not_shared(either: Bench) -> None:
    one, other = two(either, taken(either, "server = socket.create_server(('127.0.0.1', 0))"))

    for environment in (one, other):
        assert either.invoke_in(environment, "server.accept()").status == "error"


def test_threads_of_the_initialisation_do_not_go_on(either: Bench) -> None:
    init = "import threading; threading.Thread(target=time.sleep, args=(60,), daemon=True).start()"
    one, other = two(either, taken(either, init))

    assert ask(either, one, "threading.active_count()") == 1
    assert ask(either, other, "threading.active_count()") == 1


def test_credentials_are_those_of_the_environment(either: Bench) -> None:
    spec = taken(either, credentials={"AWS_ACCESS_KEY_ID": "old"})

    later = msgspec.structs.replace(spec, credentials={"AWS_ACCESS_KEY_ID": "new"})

    assert either.answer(later, "os.environ['AWS_ACCESS_KEY_ID']") == "new"


def test_a_restored_function_knows_how_it_was_started(either: Bench) -> None:
    spec = taken(either, "how = os.environ['AWS_LAMBDA_INITIALIZATION_TYPE']")

    assert either.answer(spec, "[how, 'AWS_LAMBDA_LOG_STREAM_NAME' in os.environ, context.log_stream_name]") == [
        "snap-start", False, None,
    ]  # fmt: skip


def test_an_initialisation_that_fails_is_told(either: Bench) -> None:
    spec = version(either, "import absent_module")

    assert either.run(either.engine.snapshot(spec)) == "Runtime.ImportModuleError"
    assert "INIT_REPORT Init Duration" in either.laboratory.text()
    assert either.error(spec)["errorType"] == "Runtime.ImportModuleError"


def test_a_hook_that_fails_before_the_snapshot_is_told(either: Bench) -> None:
    spec = version(either, "register_before_snapshot(lambda: 1 / 0)")

    assert either.run(either.engine.snapshot(spec)) == "Runtime.BeforeSnapshotError"
    assert "[ERROR] ZeroDivisionError: division by zero" in either.laboratory.text()


def test_a_hook_that_fails_after_the_restore_fails_the_invocation(either: Bench) -> None:
    spec = taken(either, "register_after_restore(lambda: 1 / 0)")

    outcome = either.invoke(spec, "1")

    assert outcome.refusal == "SnapStartException"
    assert "Status: error\tError Type: Runtime.ExitError\n" in either.laboratory.text()
    assert "[ERROR] ZeroDivisionError: division by zero" in either.laboratory.text()
    assert either.engine.environments() == []


def test_a_hook_that_takes_too_long_fails_the_invocation(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("windtunnel.engine.start.RESTORE_TIMEOUT_S", 0.3)
    spec = taken(bench, "register_after_restore(time.sleep, 60)")

    outcome = bench.invoke(spec, "1")

    assert outcome.refusal == "SnapStartTimeoutException"
    assert "\tStatus: timeout\n" in bench.laboratory.text()


def test_the_first_report_has_the_restore_and_no_initialisation(either: Bench) -> None:
    spec = taken(either)

    first, second = either.invoke(spec, "1"), either.invoke(spec, "1")
    either.run(either.engine.retire(spec.function_arn))
    reports = [line for line in either.laboratory.log if line.startswith("REPORT")]

    assert first.restore_ms is not None and first.init_ms is None and first.cold
    assert second.restore_ms is None and not second.cold
    assert "Restore Duration: " in reports[0] and "Billed Restore Duration: " in reports[0]
    assert not any("Init Duration" in line for line in reports) and "Restore" not in reports[1]


def test_a_log_in_json_has_the_events_of_a_restore(bench: Bench) -> None:
    spec = taken(bench, log_format="JSON", system_log_level="DEBUG")

    bench.invoke(spec, "1")
    bench.run(bench.engine.retire(spec.function_arn))

    kinds = [json.loads(line)["type"] for line in bench.laboratory.log]
    assert kinds == [
        "platform.initStart", "platform.initRuntimeDone", "platform.initReport", "platform.restoreStart",
        "platform.restoreRuntimeDone", "platform.restoreReport", "platform.start", "platform.runtimeDone", "platform.report",
    ]  # fmt: skip


def test_the_recorder_hears_of_snapshots_and_restores(bench: Bench) -> None:
    spec = taken(bench)

    two(bench, spec)[1]
    bench.invoke(spec, "1")

    told = [type(entry.fact) for entry in bench.recorder.records()]
    assert told.count(facts.SnapshotTaken) == 1
    assert told.count(facts.InitFinished) == 1
    assert facts.Restored in told


def test_a_snapshot_that_nobody_asked_for_is_taken_by_the_first_invocation(either: Bench) -> None:
    spec = version(either, "started = time.time_ns()")

    assert either.answer(spec, "started") == ask(either, two(either, spec)[0], "started")


def test_the_memory_of_each_environment_is_limited(isolated: Bench) -> None:
    if isolated.run(isolated.engine.enforcement()).memory.grade != "enforced":
        pytest.skip("no control groups")
    spec = taken(isolated, "ballast = bytearray(20 << 20)", memory_mb=128, timeout_s=10)

    outcome = isolated.invoke(spec, "len(bytearray(200 << 20))")

    assert outcome.status == "crash" and outcome.memory_mb == 128
    assert isolated.answer(spec, "len(ballast)") == 20 << 20


def test_environments_of_one_version_do_not_see_each_other(isolated: Bench) -> None:
    one, other = two(isolated, taken(isolated))

    for environment in (one, other):
        assert ask(isolated, environment, "[p for p in os.listdir('/proc') if p.isdigit()]") == ["1"]


def test_a_restored_environment_has_no_capabilities(isolated: Bench) -> None:
    environment, _ = two(isolated, taken(isolated))
    lines = ask(isolated, environment, "open('/proc/self/status').read().splitlines()")

    assert [line.split()[1] for line in lines if line.startswith(("CapEff", "CapPrm", "CapBnd"))] == ["0" * 16] * 3


def test_the_initialisation_of_a_snapshot_cannot_change_the_machine(isolated: Bench) -> None:
    """Not even with the capabilities that it may have in its own user namespace."""
    init = """
import ctypes
libc = ctypes.CDLL(None, use_errno=True)
header, sets = (ctypes.c_uint32 * 2)(0x20080522, 0), (ctypes.c_uint32 * 6)()
libc.capget(header, sets); sets[0], sets[3] = sets[1], sets[4]; libc.capset(header, sets)
def tried(what):
    try: return what()
    except OSError as error: return type(error).__name__
took = {
    'writable': libc.mount(None, b'/var/task', None, ctypes.c_ulong(0x1020), None),
    'proc': libc.mount(None, b'/proc', None, ctypes.c_ulong(0x102E), None),
    'new proc': libc.mount(b'proc', b'/proc', b'proc', ctypes.c_ulong(0), None),
    'unmounted': libc.umount2(b'/var/task', 2),
    'mnt': os.listdir('/mnt'),
    'processes': [p for p in os.listdir('/proc') if p.isdigit()],
    'core': tried(lambda: open('/proc/sys/kernel/core_pattern', 'a').close()),
    'host name': libc.sethostname(b'x', 1),
    'unshare': libc.unshare(0x10000000),
    'users': libc.syscall(56, ctypes.c_ulong(0x10000011), 0, 0, 0, 0) if os.uname().machine == 'x86_64' else -1,
    'network': libc.syscall(56, ctypes.c_ulong(0x40000011), 0, 0, 0, 0) if os.uname().machine == 'x86_64' else -1,
    'clone3': libc.syscall(435, 0, 0),
    'time': libc.clock_settime(0, ctypes.byref((ctypes.c_long * 2)(1, 1))),
}
"""
    assert isolated.answer(taken(isolated, init), "took") == {
        "writable": -1, "proc": -1, "new proc": -1, "unmounted": -1, "mnt": [], "processes": ["1"], "core": "OSError",
        "users": -1, "network": -1, "clone3": -1, "host name": -1, "unshare": -1, "time": -1,
    }  # fmt: skip


@pytest.mark.parametrize(
    "said",
    ["b'\\xff' * 9", "b'\\0\\0\\0\\2[]'", "b'\\0\\0\\0\\x1a' + b'{\"forked\": 1, \"pid\": 4242}'"],
    ids=["no message", "no mapping", "somebody else's process"],
)
def test_what_the_code_says_in_the_name_of_its_snapshot_harms_nobody(either: Bench, said: str) -> None:
    """The control socket is open while the initialisation runs."""
    spec = version(either, f"try: os.write(61, {said})\nexcept OSError: pass  # an initialisation without a snapshot")

    either.run(either.engine.snapshot(spec))

    assert either.answer(spec, "1") == 1


@pytest.mark.parametrize(("does", "status"), [("os._exit(3)", "crash"), ("time.sleep(9)", "timeout")])
def test_what_follows_the_death_of_an_environment_is_restored_anew(either: Bench, does: str, status: str) -> None:
    spec = taken(either, "started = time.time_ns()", timeout_s=1)
    before = either.answer(spec, "[started, seen.append(1), seen]")

    outcome = either.invoke(spec, does)

    assert outcome.status == status
    again = either.invoke(spec, "[started, None, seen]")
    assert json.loads(again.payload) == [before[0], None, []]
    assert again.restore_ms is not None


def test_a_snapshot_that_has_died_is_taken_again(bench: Bench) -> None:
    spec = taken(bench, "started = time.time_ns()")
    before = bench.answer(spec, "started")

    os.kill(_of_snapshot(bench), signal.SIGKILL)
    environment = bench.engine.environments()[0]
    bench.run(_until_dead(environment))  # it dies with it

    assert bench.answer(spec, "started") > before


def test_a_snapshot_ends_with_its_version(bench: Bench) -> None:
    spec = taken(bench)
    bench.invoke(spec, "1")
    pid = _of_snapshot(bench)

    bench.run(bench.engine.retire(spec.function_arn))

    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_a_busy_environment_outlives_the_retirement_of_its_snapshot(bench: Bench) -> None:
    spec = taken(bench)

    async def both() -> Outcome:
        running = asyncio.ensure_future(bench.laboratory.invoke(spec, "time.sleep(0.5)"))
        await asyncio.sleep(0.2)
        await bench.engine.retire(spec.function_arn)
        return await running

    assert bench.run(both()).status == "success"


def test_a_function_with_a_wrapper_is_initialised_for_each_environment(bench: Bench) -> None:
    spec = version(
        bench,
        "how = os.environ['AWS_LAMBDA_INITIALIZATION_TYPE']",
        environment={"AWS_LAMBDA_EXEC_WRAPPER": "/var/task/w"},
    )
    wrapper = Path(spec.code) / "w"
    wrapper.write_text('#!/bin/sh\nexec "$@"\n')
    wrapper.chmod(0o755)

    outcome = bench.invoke(spec, "how")

    assert json.loads(outcome.payload) == "snap-start"
    assert outcome.restore_ms is None and outcome.init_ms is not None


def test_an_sdk_client_of_the_initialisation_connects_again(bench: Bench) -> None:
    """One that was kept open is noticed to be dead, and nobody else hears of it."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]

        def serve() -> None:
            for _ in range(2):
                connection, _ = server.accept()
                kept.append(connection)
                connection.recv(4096)
                connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")

        kept: list[socket.socket] = []
        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        spec = taken(
            bench,
            f"import boto3, urllib3; pool = urllib3.PoolManager(); pool.request('GET', 'http://127.0.0.1:{port}/')",
        )

        assert bench.answer(spec, f"pool.request('GET', 'http://127.0.0.1:{port}/').data.decode()") == "ok"
        thread.join(5)
        for connection in kept:
            connection.close()


def _of_snapshot(bench: Bench) -> int:
    host = bench.laboratory.host
    found = [e for e in host._environments.values() if e.start.way == "snapshot"]
    assert len(found) == 1
    return int(found[0].life.pid)


async def _until_dead(environment: Any) -> None:
    await asyncio.wait([environment.life.over])
    while environment.state is not State.DEAD:
        await asyncio.sleep(0)
