"""What hostile code tries: each attempt fails, and the platform and its other functions go on."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.engine.bench import Bench

ATTEMPT = """
    import ctypes, errno, os, signal, socket, subprocess, sys, time
    libc = ctypes.CDLL(None, use_errno=True)
    def call(number, *arguments):
        result = libc.syscall(number, *arguments)
        return "done" if result >= 0 else errno.errorcode[ctypes.get_errno()]
    def handler(event, context):
        names = dict(globals())
        exec(event, names)
        return names.get("seen")
"""
X86 = os.uname().machine == "x86_64"
NUMBERS = {"ptrace": (101, 117), "unshare": (272, 97), "keyctl": (250, 219), "bpf": (321, 280), "io_uring": (425, 425)}


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    with Bench(tmp_path / "functions") as made:
        if made.run(made.engine.enforcement()).files.grade != "enforced":
            pytest.skip("this machine does not isolate functions")
        yield made


def attempt(bench: Bench, code: str, **changes: object) -> object:
    """What the code left in `seen`; or how the function ended."""
    outcome = bench.invoke(bench.spec(ATTEMPT, **{"timeout_s": 10, **changes}), code)
    bystander = bench.answer(bench.spec("def handler(event, context):\n    return event\n"), "still here")
    assert bystander == "still here"
    return outcome.payload.decode()


@pytest.mark.parametrize("name", NUMBERS)
def test_a_system_call_that_reaches_further_is_not_permitted(bench: Bench, name: str) -> None:
    number = NUMBERS[name][0 if X86 else 1]
    arguments = {"unshare": "0x10000000", "ptrace": "16, 2, 0, 0"}.get(name, "0, 0, 0, 0, 0")

    assert attempt(bench, f"seen = call({number}, {arguments})") in ('"EPERM"', '"ENOSYS"')


def test_a_namespace_of_its_own_cannot_be_made_by_clone(bench: Bench) -> None:
    number = 56 if X86 else 220

    assert attempt(bench, f"seen = call({number}, 0x10000000 | 17, 0, 0, 0, 0)") == '"EPERM"'


def test_threads_and_subprocesses_still_work(bench: Bench) -> None:
    code = (
        "import threading\nthread = threading.Thread(target=lambda: globals().__setitem__('ran', True))\n"
        "thread.start(); thread.join()\nseen = [ran, subprocess.run(['echo', 'hi'], capture_output=True).stdout.decode()]"
    )

    assert attempt(bench, code) == '[true, "hi\\n"]'


def test_the_platform_cannot_be_killed(bench: Bench) -> None:
    code = f"""
seen = []
for pid in ({os.getpid()}, {os.getppid()}):
    try:
        os.kill(pid, signal.SIGKILL)
        seen.append("killed")
    except (ProcessLookupError, PermissionError) as error:
        seen.append(type(error).__name__)
"""

    assert "killed" not in str(attempt(bench, code))


def test_killing_everything_kills_only_itself(bench: Bench) -> None:
    code = """
subprocess.Popen(["sleep", "60"])
os.kill(-1, signal.SIGKILL)
os.kill(1, signal.SIGKILL)
time.sleep(5)
"""

    assert "signal: killed" in str(attempt(bench, code))


def test_a_fork_bomb_stays_in_its_environment(bench: Bench) -> None:
    if bench.run(bench.engine.enforcement()).pids.grade != "enforced":
        pytest.skip("this machine does not limit processes")
    code = """
made = 0
try:
    for _ in range(3000):
        if os.fork() == 0:
            time.sleep(60)
            os._exit(0)
        made += 1
except OSError as error:
    seen = [type(error).__name__, made < 1024]
"""

    assert attempt(bench, code, memory_mb=3008, timeout_s=15) == '["BlockingIOError", true]'


def test_the_disk_cannot_be_filled(bench: Bench) -> None:
    code = """
try:
    with open("/tmp/fill", "wb") as file:
        for _ in range(2000):
            file.write(bytes(1 << 20))
except OSError as error:
    seen = [errno.errorcode[error.errno], os.path.getsize("/tmp/fill") <= 512 << 20]
"""

    assert attempt(bench, code) == '["ENOSPC", true]'


def test_memory_cannot_be_exhausted(bench: Bench) -> None:
    if bench.run(bench.engine.enforcement()).memory.grade != "enforced":
        pytest.skip("this machine does not limit memory")

    seen = attempt(bench, "held = [bytearray(b'x' * (1 << 20)) for _ in range(4000)]")

    assert "signal: killed" in str(seen)


def test_a_port_of_the_platform_cannot_be_taken(bench: Bench) -> None:
    code = """
host, port = os.environ["AWS_LAMBDA_RUNTIME_API"].split(":")
seen = []
for option in (None, socket.SO_REUSEADDR, socket.SO_REUSEPORT):
    thief = socket.socket()
    if option is not None:
        thief.setsockopt(socket.SOL_SOCKET, option, 1)
    try:
        thief.bind((host, int(port)))
        thief.listen()
        seen.append("taken")
    except OSError as error:
        seen.append(errno.errorcode[error.errno])
"""

    assert attempt(bench, code) == '["EADDRINUSE", "EADDRINUSE", "EADDRINUSE"]'


def test_the_runtime_api_of_another_environment_does_not_answer(bench: Bench) -> None:
    if bench.run(bench.engine.enforcement()).pids.grade != "enforced":
        pytest.skip("without control groups the processes of a function are not known")
    victim = bench.spec("import os\ndef handler(event, context):\n    return os.environ['AWS_LAMBDA_RUNTIME_API']\n")
    address = bench.answer(victim)
    code = f"""
host, port = "{address}".split(":")
thief = socket.create_connection((host, int(port)), timeout=5)
thief.sendall(b"GET /2018-06-01/runtime/invocation/next HTTP/1.1\\r\\nHost: x\\r\\n\\r\\n")
try:
    seen = thief.recv(1000).decode()
except ConnectionResetError:
    seen = ""
"""

    assert attempt(bench, code) == '""'
    assert bench.answer(victim) == address


def test_what_another_environment_is_told_cannot_be_read(bench: Bench) -> None:
    secret = bench.spec("def handler(event, context):\n    return 1\n", environment={"SECRET": "hush-hush"})
    bench.answer(secret)
    code = """
seen = []
for pid in os.listdir("/proc"):
    if pid.isdigit():
        with open("/proc/%s/environ" % pid) as file:
            seen.append("hush-hush" in file.read())
"""

    assert attempt(bench, code) == "[false]"
