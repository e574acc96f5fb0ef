"""What a function sees of the machine, and what it is kept from."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.engine.bench import Bench

RUN = """
    import os, subprocess, sys
    def handler(event, context):
        try:
            return eval(event)
        except OSError as error:
            return type(error).__name__
"""


@pytest.fixture
def isolated(bench: Bench) -> Bench:
    if bench.run(bench.engine.enforcement()).files.grade != "enforced":
        pytest.skip("this machine does not isolate functions")
    return bench


def test_the_home_of_the_user_cannot_be_seen(isolated: Bench) -> None:
    home = str(Path.home())

    seen = isolated.answer(isolated.spec(RUN), f"os.listdir({home!r})")

    assert seen == "FileNotFoundError" or set(seen) <= {".pyenv", ".local"}


def test_the_folder_of_the_code_on_this_machine_cannot_be_seen(isolated: Bench) -> None:
    spec = isolated.spec(RUN)

    assert isolated.answer(spec, f"os.path.exists({spec.code!r})") is False


def test_the_code_cannot_be_changed(isolated: Bench) -> None:
    assert isolated.answer(isolated.spec(RUN), "open('/var/task/index.py', 'a')") == "OSError"


def test_nothing_outside_tmp_can_be_written(isolated: Bench) -> None:
    places = ["/x", "/usr/x", "/etc/x", "/opt/x", "/var/x", "/dev/x", "/proc/sys/kernel/core_pattern"]
    spec = isolated.spec(RUN)

    seen = [isolated.answer(spec, f"open({place!r}, 'w')") for place in places]

    assert all(answer in ("OSError", "PermissionError") for answer in seen)


def test_other_processes_cannot_be_seen(isolated: Bench) -> None:
    seen = isolated.answer(isolated.spec(RUN), "[p for p in os.listdir('/proc') if p.isdigit()]")

    assert seen == ["1"]


def test_a_function_has_no_capabilities(isolated: Bench) -> None:
    lines = isolated.answer(isolated.spec(RUN), "open('/proc/self/status').read().splitlines()")

    assert [line.split()[1] for line in lines if line.startswith(("CapEff", "CapBnd"))] == ["0" * 16, "0" * 16]


def test_the_standard_devices_work(isolated: Bench) -> None:
    assert (
        isolated.answer(
            isolated.spec(RUN), "len(open('/dev/urandom', 'rb').read(8)) + open('/dev/null', 'w').write('x')"
        )
        == 9
    )


def test_programs_of_the_system_run(isolated: Bench) -> None:
    assert isolated.answer(isolated.spec(RUN), "subprocess.check_output(['echo', 'hello'], text=True)") == "hello\n"


def test_the_interpreter_is_where_aws_has_it(isolated: Bench) -> None:
    version = isolated.answer(isolated.spec(RUN), "subprocess.check_output([sys.executable, '-V'], text=True)")

    assert version.startswith("Python 3.")


def test_tmp_has_the_configured_size(isolated: Bench) -> None:
    spec = isolated.spec(RUN, ephemeral_mb=600)

    assert isolated.answer(spec, "os.statvfs('/tmp').f_blocks * os.statvfs('/tmp').f_frsize // 2**20") == 600


def test_tmp_is_not_shared_by_functions(isolated: Bench) -> None:
    isolated.answer(isolated.spec(RUN), "open('/tmp/mine', 'w').write('x')")

    assert isolated.answer(isolated.spec(RUN), "os.listdir('/tmp')") == []


def test_a_layer_is_at_opt(isolated: Bench, tmp_path: Path) -> None:
    (tmp_path / "layer" / "python").mkdir(parents=True)
    (tmp_path / "layer" / "python" / "shared_code.py").write_text("word = 'from the layer'\n")
    spec = isolated.spec(
        "import shared_code\ndef handler(event, context):\n    return shared_code.word, shared_code.__file__\n",
        layers=(str(tmp_path / "layer"),),
    )

    assert isolated.answer(spec) == ["from the layer", "/opt/python/shared_code.py"]


def test_a_later_layer_wins(isolated: Bench, tmp_path: Path) -> None:
    for name in ("first", "second"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "word").write_text(name)
    (tmp_path / "first" / "only").write_text("x")
    spec = isolated.spec(RUN, layers=(str(tmp_path / "first"), str(tmp_path / "second")))

    seen = isolated.answer(spec, "[open('/opt/word').read(), sorted(os.listdir('/opt'))]")

    assert seen == ["second", ["only", "word"]]


def test_nothing_of_a_function_outlives_its_environment(isolated: Bench) -> None:
    spec = isolated.spec(
        """
        import subprocess
        def handler(event, context):
            subprocess.Popen(["sleep", event], start_new_session=True)
        """
    )
    unmistakable = f"{os.getpid()}.25"
    isolated.answer(spec, unmistakable)

    isolated.run(isolated.engine.retire(spec.function_arn))

    assert unmistakable not in _command_lines()


def test_a_function_that_uses_too_much_memory_is_killed(isolated: Bench) -> None:
    if isolated.run(isolated.engine.enforcement()).memory.grade != "enforced":
        pytest.skip("this machine does not limit memory")
    spec = isolated.spec("def handler(event, context):\n    return len(bytearray(event << 20))\n", timeout_s=10)

    outcome = isolated.invoke(spec, 400)

    assert outcome.status == "crash"
    assert b"Runtime exited with error: signal: killed" in outcome.payload
    assert outcome.memory_mb == 128
    assert isolated.answer(spec, 20) == 20 << 20


def test_files_in_tmp_are_not_memory(isolated: Bench) -> None:
    spec = isolated.spec(
        """
        def handler(event, context):
            with open("/tmp/large", "wb") as file:
                for _ in range(300):
                    file.write(bytes(1 << 20))
            return "done"
        """,
        timeout_s=10,
    )

    outcome = isolated.invoke(spec)

    assert outcome.payload == b'"done"'
    assert outcome.memory_mb < 100


def test_the_end_of_the_platform_is_the_end_of_its_functions(tmp_path: Path) -> None:
    program = f'''
import asyncio, os, signal
from pathlib import Path
from tests.engine.laboratory import Laboratory
FUNCTION = """
import subprocess, time
def handler(event, context):
    subprocess.Popen(["sleep", "{os.getpid()}.5"])
    if event:
        time.sleep(60)
"""
async def main():
    laboratory = Laboratory(Path({str(tmp_path)!r}))
    spec = laboratory.spec(FUNCTION)
    await laboratory.invoke(spec)
    busy = asyncio.ensure_future(laboratory.invoke(spec, 1))
    await asyncio.sleep(0.1)
    print(laboratory.name, *laboratory.host.processes(), flush=True)
    os.kill(os.getpid(), signal.SIGKILL)
asyncio.run(main())
'''
    killed = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=30, check=False)
    name, *fork_servers = killed.stdout.split()

    for pid in fork_servers:
        _wait_for_end(int(pid))

    assert f"{os.getpid()}.5" not in _command_lines()
    assert not [folder for folder, names, _ in os.walk("/sys/fs/cgroup") if name in names]


def _wait_for_end(pid: int) -> None:
    import select

    try:
        descriptor = os.pidfd_open(pid)
    except ProcessLookupError:
        return
    try:
        assert select.select([descriptor], [], [], 10)[0], "the fork server is still there"
    finally:
        os.close(descriptor)


def _command_lines() -> str:
    lines = []
    for file in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            lines.append(file.read_bytes().decode("utf-8", "replace"))
        except OSError:
            continue
    return "\n".join(lines)
