"""SARIF 2.1.0, for code scanning: each finding at the line that shows it.

https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
"""

from __future__ import annotations

import json
from importlib import metadata
from pathlib import Path
from typing import Any

from windtunnel.lens.checkup import Checkup
from windtunnel.lens.judge import every_rule
from windtunnel.lens.rule import Judgement

LEVELS = {"critical": "error", "error": "error", "warning": "warning", "info": "note"}


def report(checkup: Checkup) -> str:
    failed = [j for j in checkup.judgements if j.verdict in ("fail", "waived")]
    rules = [rule for rule in every_rule() if any(j.rule == rule.id for j in failed)]
    run = {
        "tool": {
            "driver": {
                "name": "windtunnel",
                "version": metadata.version("windtunnel"),
                "rules": [
                    {
                        "id": rule.id,
                        "shortDescription": {"text": rule.title},
                        "fullDescription": {"text": " ".join((rule.__doc__ or rule.title).split())},
                        "help": {"text": rule.fix},
                        "helpUri": rule.source,
                        "defaultConfiguration": {"level": LEVELS[rule.severity]},
                    }
                    for rule in rules
                ],
            }
        },
        "results": [_result(j, checkup) for j in failed],
    }
    document = {
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [run],
    }
    return json.dumps(document, indent=2)


def _result(judgement: Judgement, checkup: Checkup) -> dict[str, Any]:
    result: dict[str, Any] = {
        "ruleId": judgement.rule,
        "level": LEVELS[judgement.severity],
        "message": {"text": f"{judgement.resource}: {judgement.says}. {judgement.fix}"},
        "locations": [_location(judgement, checkup)],
        "properties": {"practice": judgement.practice, "grade": judgement.grade, "resource": judgement.resource},
    }
    if judgement.verdict == "waived":
        result["suppressions"] = [{"kind": "external", "justification": judgement.says}]
    return result


def _location(judgement: Judgement, checkup: Checkup) -> dict[str, Any]:
    """The first evidence with a file and line; the template where there is none."""
    for each in judgement.evidence:
        name, _, line = each.where.rpartition(":")
        if each.grade in ("E0", "E1") and line.isdigit():
            return _place(name, max(1, int(line)))
    return _place(Path(checkup.template).name, 1)


def _place(name: str, line: int) -> dict[str, Any]:
    return {"physicalLocation": {"artifactLocation": {"uri": name}, "region": {"startLine": line}}}
