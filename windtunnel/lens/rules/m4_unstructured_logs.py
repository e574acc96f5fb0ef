"""M4: log lines that no machine can read."""

import json

from windtunnel.lens import evidence
from windtunnel.lens.rule import Finding, Open, Proof, Rule

STRUCTURED_SHARE = 0.95
PLATFORM = ("START RequestId", "END RequestId", "REPORT RequestId", "INIT_START", "INIT_REPORT")


class UnstructuredLogs(Rule):
    """
    A line that is a JSON object with a level and a message can be searched, counted and turned into metrics; free text cannot. Every
    line that the application really wrote is parsed.
    """

    id = "M4-unstructured-logs"
    severity = "warning"
    title = "Log lines are free text"
    fix = "Set LoggingConfig: {LogFormat: JSON} and log through the logging module, or use the Logger of Powertools for AWS Lambda."
    source = "https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-logformat.html"
    watches = True
    bad = """
Resources:
  Talker:
    Type: AWS::Lambda::Function
    Properties: {Runtime: python3.13, Handler: app.handler, Code: src/, Role: arn:aws:iam::000000000000:role/talker}
"""
    good = bad.replace("Handler:", "LoggingConfig: {LogFormat: JSON}, Handler:")
    files = {
        "src/app.py": (
            "import logging\n\nlogging.getLogger().setLevel('INFO')\n\ndef handler(event, context):\n"
            "    logging.info('order taken')\n    return 1\n",
        )
        * 2,
        "events/talker.json": ("{}", "{}"),
    }

    def check(self, estate):
        for function in estate.functions:
            lines = [
                (where, line) for where, line in estate.logs(function) if line.strip() and not line.startswith(PLATFORM)
            ]
            own = [(where, line) for where, line in lines if not _is_platform_event(line)]
            if not own:
                seen = bool(estate.invocations(function))
                yield (
                    Proof(
                        function,
                        "It logs nothing of its own.",
                        (evidence.observed("LogsWritten", "no line of the function"),),
                    )
                    if seen
                    else Open(function, f"Put a sample event for {function.logical_id} into events/.")
                )
                continue
            loose = [(where, line) for where, line in own if not _is_structured(line)]
            share = 1 - len(loose) / len(own)
            if share < STRUCTURED_SHARE:
                shown = tuple(evidence.observed(where, line.strip()[:120]) for where, line in loose[:3])
                yield Finding(
                    function, f"{len(loose)} of {len(own)} lines of {function.logical_id} are free text", shown
                )
            else:
                text = f"{len(own) - len(loose)} of {len(own)} lines are JSON with a level and a message"
                yield Proof(function, "Its log is structured.", (evidence.observed(own[-1][0], text),))


def _parsed(line: str) -> dict | None:
    try:
        value = json.loads(line)
    except ValueError:
        return None
    return value if isinstance(value, dict) else None


def _is_structured(line: str) -> bool:
    value = _parsed(line)
    return value is not None and ("level" in value or "_aws" in value) and ("message" in value or "_aws" in value)


def _is_platform_event(line: str) -> bool:
    value = _parsed(line)
    return value is not None and str(value.get("type", "")).startswith("platform.")
