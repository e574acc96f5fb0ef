"""The report for scripts: one entry a judgement."""

from __future__ import annotations

from typing import Any

import msgspec

from windtunnel.lens.checkup import Checkup
from windtunnel.lens.reports.score import scores


def report(checkup: Checkup) -> str:
    return msgspec.json.format(msgspec.json.encode(document(checkup)), indent=2).decode()


def document(checkup: Checkup) -> dict[str, Any]:
    return {
        "app": checkup.app,
        "template": checkup.template,
        "static": checkup.static,
        "seconds": round(checkup.seconds, 3),
        "scores": [msgspec.to_builtins(score) for score in scores(checkup.judgements)],
        "judgements": [
            {
                "rule": j.rule,
                "practice": j.practice,
                "verdict": j.verdict,
                "severity": j.severity,
                "resource": j.resource,
                "grade": j.grade,
                "title": j.title,
                "says": j.says,
                "evidence": [msgspec.to_builtins(each) for each in j.evidence],
                "fix": j.fix,
                "source": j.source,
            }
            for j in checkup.judgements
        ],
        "notes": list(checkup.notes),
        "left_out": list(checkup.left_out),
        "tests": None
        if checkup.tests is None
        else {"ran": checkup.tests.ran, "passed": checkup.tests.passed, "says": checkup.tests.says},
        "facts": checkup.facts,
        "invocations": checkup.invocations,
    }
