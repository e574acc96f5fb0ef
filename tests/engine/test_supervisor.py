"""What a supervisor does: wrapper scripts, runtimes of the function's own, extensions; and how it tells their ends."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.engine.bench import Bench
from windtunnel.engine.spec import Spec
from windtunnel.kernel.clock import VirtualClock

HANDLER = """
    import logging, os
    def handler(event, context):
        print("printed")
        logging.getLogger().warning("logged\\nin two lines")
        return {name: os.environ.get(name) for name in event}
"""
SERVER = """#!/usr/bin/env python3
import os, sys, urllib.request as r
api = 'http://' + os.environ['AWS_LAMBDA_RUNTIME_API'] + '/2018-06-01/runtime/invocation/'
while True:
    with r.urlopen(api + 'next') as event:
        id, body = event.headers['Lambda-Runtime-Aws-Request-Id'], event.read()
    if body == b'"leave"':
        sys.exit(4)
    if body == b'"die"':
        os.kill(os.getpid(), 9)
    r.urlopen(r.Request(api + id + '/response', body[::-1])).close()
"""


@pytest.fixture(params=["isolated", "not isolated"])
def either(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Bench]:
    with Bench(tmp_path / "functions", isolate=request.param == "isolated") as made:
        yield made


def script(folder: str | Path, name: str, text: str, mode: int = 0o755) -> Path:
    file = Path(folder) / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)
    file.chmod(mode)
    return file


def wrapped(bench: Bench, text: str, **changes: object) -> Spec:
    """A Python function that is started by a wrapper script."""
    environment = {"AWS_LAMBDA_EXEC_WRAPPER": "/var/task/wrapper"}
    spec = bench.spec(HANDLER, environment=environment, timeout_s=10, **changes)
    script(spec.code, "wrapper", text)
    return spec


def test_what_a_wrapper_exports_reaches_the_function(either: Bench) -> None:
    spec = wrapped(either, '#!/bin/bash\nexport WRAPPED=yes\nexec "$@"\n')

    seen = either.answer(spec, ["WRAPPED", "AWS_LAMBDA_FUNCTION_NAME"])

    assert seen == {"WRAPPED": "yes", "AWS_LAMBDA_FUNCTION_NAME": spec.name}


def test_a_wrapper_gets_the_command_line_of_the_runtime(bench: Bench) -> None:
    spec = wrapped(bench, '#!/bin/bash\nexport COMMAND="$*"\nexec "$@"\n')

    command = bench.answer(spec, ["COMMAND"])["COMMAND"].split()

    assert command[0].startswith("/var/lang/bin/python3.")
    assert command[1:] == ["/var/runtime/bootstrap.py"]


def test_a_wrapped_function_sees_no_variables_of_ours_and_its_records_are_single_events(bench: Bench) -> None:
    source = HANDLER.replace("return {name: os.environ.get(name) for name in event}", "return sorted(os.environ)")
    spec = bench.spec(source, environment={"AWS_LAMBDA_EXEC_WRAPPER": "/opt/run"}, layers=(str(bench.folder / "l"),))
    script(bench.folder / "l", "run", '#!/bin/sh\nexec "$@"\n')

    names = bench.answer(spec, [], tail=True)

    plain = set(bench.answer(bench.spec(source), [])) | {"AWS_LAMBDA_EXEC_WRAPPER"}
    assert set(names) - {"OLDPWD", "_", "LC_CTYPE"} == plain - {"LC_CTYPE"}
    assert "printed\n" in bench.laboratory.log
    assert [text for text in bench.laboratory.log if text.endswith("logged\nin two lines\n")]


def test_a_wrapper_that_hands_on_no_descriptors_costs_nothing_but_single_events(either: Bench) -> None:
    spec = wrapped(either, '#!/bin/bash\nexec 62>&-\nexec "$@"\n')

    assert either.answer(spec, ["_HANDLER"], tail=True) == {"_HANDLER": "index.handler"}
    assert [text for text in either.laboratory.log if text.endswith("logged\n")]
    assert "in two lines\n" in either.laboratory.log


def test_an_exception_under_a_wrapper_has_the_frames_of_the_function_alone(bench: Bench) -> None:
    spec = wrapped(bench, '#!/bin/sh\nexec "$@"\n')

    error = bench.error(spec, 5)

    assert error["errorType"] == "TypeError"
    assert [frame.split(",")[0] for frame in error["stackTrace"]] == ['  File "/var/task/index.py"']


def test_a_wrapper_that_is_not_there_ends_the_runtime_with_127(either: Bench) -> None:
    spec = either.spec(HANDLER, environment={"AWS_LAMBDA_EXEC_WRAPPER": "/var/task/absent"})
    invocation = either.laboratory.invocation([])

    outcome = either.run(either.engine.invoke(spec, invocation))

    assert json.loads(outcome.payload) == {
        "errorType": "Runtime.ExitError",
        "errorMessage": f"RequestId: {invocation.request_id} Error: Runtime exited with error: exit status 127",
    }
    assert "absent: does not exist\n" in either.laboratory.text()


def test_a_wrapper_that_may_not_be_run_ends_the_runtime_with_126(bench: Bench) -> None:
    spec = bench.spec(HANDLER, environment={"AWS_LAMBDA_EXEC_WRAPPER": "/var/task/wrapper"})
    script(spec.code, "wrapper", "#!/bin/sh\n", mode=0o644)

    assert bench.error(spec, [])["errorMessage"].endswith("exit status 126")


def test_a_runtime_in_a_layer_is_found(either: Bench, tmp_path: Path) -> None:
    script(tmp_path / "layer", "bootstrap", SERVER)
    spec = either.spec("", runtime="provided.al2023", layers=(str(tmp_path / "layer"),), timeout_s=10)

    assert either.invoke(spec, "ab").payload == b'"ba"'
    assert [entry.fact.succeeded for entry in either.recorder.records("InitFinished")] == [True]


def test_a_missing_runtime_is_named(bench: Bench) -> None:
    spec = bench.spec("", runtime="provided.al2023")
    invocation = bench.laboratory.invocation([])

    outcome = bench.run(bench.engine.invoke(spec, invocation))

    assert json.loads(outcome.payload) == {
        "errorType": "Runtime.InvalidEntrypoint",
        "errorMessage": f"RequestId: {invocation.request_id} Error: "
        "Couldn't find valid bootstrap(s): [/var/task/bootstrap /opt/bootstrap]",
    }
    assert "Phase: init\tStatus: error\tError Type: Runtime.InvalidEntrypoint\n" in bench.laboratory.text()


def test_a_runtime_that_may_not_be_run_is_named(bench: Bench) -> None:
    spec = bench.spec("", runtime="provided.al2023")
    script(spec.code, "bootstrap", SERVER, mode=0o644)

    error = bench.error(spec)

    assert error["errorType"] == "Runtime.InvalidEntrypoint"
    assert error["errorMessage"].endswith("Error: fork/exec /var/task/bootstrap: permission denied")


@pytest.mark.parametrize(("event", "how"), [("leave", "exit status 4"), ("die", "signal: killed")])
def test_the_end_of_a_runtime_is_told_and_the_next_invocation_starts_anew(either: Bench, event: str, how: str) -> None:
    spec = either.spec("", runtime="provided.al2023", timeout_s=10)
    script(spec.code, "bootstrap", SERVER)

    error = either.error(spec, event)

    assert error["errorMessage"].endswith(f"Error: Runtime exited with error: {how}")
    assert either.invoke(spec, "ab").payload == b'"ba"'


def test_a_deadline_is_told_in_the_time_of_the_machine(tmp_path: Path) -> None:
    """A runtime that is not ours compares it with its own clock, whatever time the cloud has."""
    with Bench(tmp_path / "functions", clock=VirtualClock(start=1_000_000.0)) as bench:
        spec = bench.spec("", runtime="provided.al2023", timeout_s=10)
        left = "str(int(event.headers['Lambda-Runtime-Deadline-Ms']) / 1000 - time.time()).encode()"
        script(spec.code, "bootstrap", SERVER.replace("import os,", "import os, time,").replace("body[::-1]", left))

        assert 5 < bench.answer(spec) <= 10


def test_the_memory_of_a_runtime_of_its_own_is_all_that_it_has_in_memory(bench: Bench) -> None:
    """Also the pages of its program and its libraries, which no control group charges to it."""
    spec = bench.spec("", runtime="provided.al2023", memory_mb=256, timeout_s=10)
    resident = "open('/proc/self/statm').read().split()[1].encode()"
    script(spec.code, "bootstrap", SERVER.replace("body[::-1]", resident))

    outcome = bench.invoke(spec, "ab")

    assert outcome.memory_mb >= int(outcome.payload) * os.sysconf("SC_PAGE_SIZE") // 2**20
