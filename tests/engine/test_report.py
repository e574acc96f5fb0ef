"""The platform's lines in the log, and what is billed."""

import json

import msgspec
import pytest

from windtunnel.engine import report
from windtunnel.engine.spec import Outcome, Spec

SPEC = Spec(
    function_arn="arn:aws:lambda:us-east-1:000000000000:function:f",
    name="f",
    version="$LATEST",
    runtime="python3.13",
    handler="index.handler",
    code="/code",
)
OUTCOME = Outcome(status="success", payload=b"{}", duration_ms=12.341, billed_ms=13, memory_mb=18)


def test_started_milliseconds_are_billed_and_the_initialisation_too() -> None:
    assert report.billed_ms(12.0, None) == 12
    assert report.billed_ms(12.01, None) == 13
    assert report.billed_ms(12.5, 100.2) == 113


def test_the_report_of_a_warm_invocation() -> None:
    line = report.report_text(SPEC, "id", OUTCOME, "", "")

    assert line == (
        "REPORT RequestId: id\tDuration: 12.34 ms\tBilled Duration: 13 ms\t"
        "Memory Size: 128 MB\tMax Memory Used: 18 MB\t\n"
    )


def test_the_report_of_a_crash_names_the_error() -> None:
    crash = msgspec.structs.replace(OUTCOME, status="crash", init_ms=101.5)

    line = report.report_text(SPEC, "id", crash, "Runtime.ExitError", "")

    assert line.endswith("\tInit Duration: 101.50 ms\tStatus: error\tError Type: Runtime.ExitError\t\n")


def test_the_report_of_a_traced_invocation_names_the_trace() -> None:
    traced = msgspec.structs.replace(SPEC, tracing=True)

    line = report.report_text(traced, "id", OUTCOME, "", "Root=1-2-3;Parent=abc;Sampled=1")

    assert line.endswith("\t\nXRAY TraceId: 1-2-3\tSegmentId: abc\tSampled: true\t\n")


def test_the_report_in_json() -> None:
    in_json = msgspec.structs.replace(SPEC, log_format="JSON")

    event = json.loads(report.line(in_json, 1_767_225_600.5, report.report(in_json, "id", OUTCOME, "", "")))

    assert event == {
        "time": "2026-01-01T00:00:00.500Z",
        "type": "platform.report",
        "record": {
            "requestId": "id",
            "metrics": {"durationMs": 12.341, "billedDurationMs": 13, "memorySizeMB": 128, "maxMemoryUsedMB": 18},
            "status": "success",
        },
    }


@pytest.mark.parametrize(
    ("runtime", "version"),
    [
        ("python3.13", "python:3.13.v1"),
        ("nodejs22.x", "nodejs:22.v1"),
        ("ruby3.3", "ruby:3.3.v1"),
        ("provided.al2023", "provided:al2023.v1"),
    ],
)
def test_the_version_of_the_runtime_is_written_as_aws_does(runtime: str, version: str) -> None:
    line = report.init_start(msgspec.structs.replace(SPEC, runtime=runtime), "on-demand").text

    assert line.startswith(f"INIT_START Runtime Version: {version}\t")
