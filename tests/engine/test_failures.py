"""Functions that fail: what their callers get, what their log says, and that the next invocation works."""

import json
import re

from tests.engine.bench import Bench

COUNTER = """
    import os, sys, time
    count = 0
    def handler(event, context):
        global count
        count += 1
        exec(event.get("do", ""))
        return count
"""


def test_a_module_that_cannot_be_imported_is_named(bench: Bench) -> None:
    spec = bench.spec("import absent_module")

    error = bench.error(spec)

    assert error == {
        "errorMessage": "Unable to import module 'index': No module named 'absent_module'",
        "errorType": "Runtime.ImportModuleError",
        "requestId": "",
        "stackTrace": [],
    }


def test_a_missing_handler_is_named(bench: Bench) -> None:
    spec = bench.spec("x = 1")

    error = bench.error(spec)

    assert error["errorType"] == "Runtime.HandlerNotFound"
    assert error["errorMessage"] == "Handler 'handler' missing on module 'index'"


def test_a_handler_setting_without_a_dot_is_refused(bench: Bench) -> None:
    spec = bench.spec("x = 1", handler="index")

    error = bench.error(spec)

    assert error["errorType"] == "Runtime.MalformedHandlerName"
    assert error["errorMessage"] == "Bad handler 'index': not enough values to unpack (expected 2, got 1)"


def test_a_syntax_error_tells_file_and_line(bench: Bench) -> None:
    spec = bench.spec("def handler(:\n    pass\n")

    error = bench.error(spec)

    assert error["errorType"] == "Runtime.UserCodeSyntaxError"
    assert error["errorMessage"].startswith("Syntax error in module 'index': invalid syntax")
    assert error["stackTrace"][0].startswith('  File "/var/task/index.py" Line 1\n')


def test_an_exception_at_import_has_the_trace_of_the_import(bench: Bench) -> None:
    spec = bench.spec('raise Exception("Runtime startup fails")\n')

    error = bench.error(spec)

    assert error["errorMessage"] == "Runtime startup fails"
    assert error["errorType"] == "Exception"
    assert error["requestId"] == ""
    assert re.match(
        r'  File "/var/lang/lib/python3\.\d+/importlib/__init__.py", line \d+, in import_module', error["stackTrace"][0]
    )
    assert error["stackTrace"][-1].startswith('  File "/var/task/index.py", line 1, in <module>\n    raise Exception')
    assert len([frame for frame in error["stackTrace"] if "in exec_module" in frame]) == 1


def test_an_exception_of_the_handler_has_its_own_frames_alone(bench: Bench) -> None:
    spec = bench.spec('def handler(event, context):\n    raise ValueError("no such order")\n')
    invocation = bench.laboratory.invocation({})

    outcome = bench.run(bench.engine.invoke(spec, invocation))

    assert outcome.status == "error"
    assert json.loads(outcome.payload) == {
        "errorMessage": "no such order",
        "errorType": "ValueError",
        "requestId": invocation.request_id,
        "stackTrace": ['  File "/var/task/index.py", line 2, in handler\n    raise ValueError("no such order")\n'],
    }


def test_an_unhandled_exception_is_one_event_in_the_log(bench: Bench) -> None:
    spec = bench.spec('def handler(event, context):\n    raise ValueError("no such order")\n')

    bench.log(spec)

    logged = next(text for text in bench.laboratory.log if text.startswith("[ERROR]"))
    assert logged == (
        "[ERROR] ValueError: no such order\nTraceback (most recent call last):\n"
        '\u00a0\u00a0File "/var/task/index.py", line 2, in handler\n'
        '\u00a0\u00a0\u00a0\u00a0raise ValueError("no such order")'
    )


def test_an_answer_that_is_no_json_is_an_error_of_the_runtime(bench: Bench) -> None:
    spec = bench.spec("def handler(event, context):\n    return {1, 2}\n")

    error = bench.error(spec)

    assert error["errorType"] == "Runtime.MarshalError"
    assert error["errorMessage"] == "Unable to marshal response: Object of type set is not JSON serializable"


def test_an_answer_above_six_megabytes_is_refused(bench: Bench) -> None:
    spec = bench.spec('def handler(event, context):\n    return "x" * 6_400_000\n')

    assert bench.error(spec)["errorType"] == "Function.ResponseSizeTooLarge"


def test_an_exit_of_the_function_is_a_crash_with_its_status(bench: Bench) -> None:
    spec = bench.spec(COUNTER)
    invocation = bench.laboratory.invocation({"do": "sys.exit(3)"})

    outcome = bench.run(bench.engine.invoke(spec, invocation))

    assert outcome.status == "crash"
    assert json.loads(outcome.payload) == {
        "errorType": "Runtime.ExitError",
        "errorMessage": f"RequestId: {invocation.request_id} Error: Runtime exited with error: exit status 3",
    }


def test_an_exit_without_a_status_gives_no_reason(bench: Bench) -> None:
    spec = bench.spec(COUNTER)

    error = bench.error(spec, {"do": "os._exit(0)"})

    assert error["errorMessage"].endswith("Error: Runtime exited without providing a reason")


def test_a_function_that_kills_itself_is_said_to_be_killed(bench: Bench) -> None:
    spec = bench.spec(COUNTER)

    error = bench.error(spec, {"do": "os.kill(os.getpid(), 9)"})

    assert error["errorMessage"].endswith("Error: Runtime exited with error: signal: killed")


def test_a_function_that_aborts_is_said_to_have_aborted(bench: Bench) -> None:
    spec = bench.spec(COUNTER)

    error = bench.error(spec, {"do": "os.abort()"})

    assert "Runtime exited with error: signal: " in error["errorMessage"]


def test_after_a_crash_the_next_invocation_starts_anew(bench: Bench) -> None:
    spec = bench.spec(COUNTER)
    assert bench.answer(spec, {}) == 1
    bench.error(spec, {"do": "os._exit(1)"})

    answer = bench.answer(spec, {})

    assert answer == 1
    assert len(bench.engine.environments()) == 1


def test_an_exit_at_import_is_a_crash_of_the_invocation(bench: Bench) -> None:
    spec = bench.spec("import sys\nsys.exit(0)\n")

    error = bench.error(spec)

    assert error["errorType"] == "Runtime.ExitError"
    assert error["errorMessage"].endswith("Error: Runtime exited without providing a reason")


def test_a_function_that_takes_too_long_is_told_so(bench: Bench) -> None:
    spec = bench.spec(COUNTER, timeout_s=0.2)
    invocation = bench.laboratory.invocation({"do": "time.sleep(60)"})

    outcome = bench.run(bench.engine.invoke(spec, invocation))

    assert outcome.status == "timeout"
    assert outcome.duration_ms == 200
    assert json.loads(outcome.payload) == {
        "errorType": "Sandbox.Timedout",
        "errorMessage": f"RequestId: {invocation.request_id} Error: Task timed out after 0.20 seconds",
    }


def test_a_timeout_is_in_the_log_before_the_end(bench: Bench) -> None:
    spec = bench.spec(COUNTER, timeout_s=0.2)

    text = bench.log(spec, {"do": "time.sleep(60)"})

    request_id = re.search(r"START RequestId: (\S+)", text)[1]
    assert re.search(
        rf"^\d{{4}}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{{3}}Z {request_id} Task timed out after 0\.20 seconds$", text, re.M
    )
    assert text.index("Task timed out") < text.index("END RequestId")
    assert "\tStatus: timeout\t" in text


def test_after_a_timeout_memory_is_new_and_tmp_is_kept(bench: Bench) -> None:
    spec = bench.spec(COUNTER, timeout_s=0.5)
    bench.answer(spec, {"do": "open('/tmp/kept', 'w').write('x')"})
    bench.error(spec, {"do": "time.sleep(60)"})

    answer = bench.answer(spec, {"do": "assert os.path.exists('/tmp/kept')"})

    assert answer == 1


def test_a_failed_initialisation_is_tried_once_more_by_the_invocation(bench: Bench) -> None:
    spec = bench.spec(
        """
        import os
        if not os.path.exists("/tmp/second"):
            open("/tmp/second", "w").close()
            raise RuntimeError("not yet")
        def handler(event, context):
            return "up"
        """
    )

    assert bench.answer(spec) == "up"


def test_an_initialisation_that_overruns_is_repeated_under_the_function_timeout(tmp_path) -> None:
    with Bench(tmp_path / "functions", init_timeout_s=0.3) as bench:
        spec = bench.spec("import time\ntime.sleep(0.6)\ndef handler(event, context):\n    return 1\n", timeout_s=5)

        outcome = bench.invoke(spec)

        assert outcome.payload == b"1"
        assert outcome.init_ms is None
        assert outcome.duration_ms >= 600
        assert "INIT_REPORT Init Duration: 3" in bench.laboratory.text()


def test_an_initialisation_that_never_ends_times_out(tmp_path) -> None:
    with Bench(tmp_path / "functions", init_timeout_s=0.2) as bench:
        spec = bench.spec("import time\ntime.sleep(60)\n", timeout_s=0.3)

        assert bench.error(spec)["errorType"] == "Sandbox.Timedout"
