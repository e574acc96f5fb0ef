"""`windtunnel invoke`: one event to one function of a running cloud; its answer, its log, its exit code."""

from __future__ import annotations

import base64
import json
import sys

import click

from windtunnel.cli import named, remote
from windtunnel.cli.main import Problem


@click.command()
@click.argument("function")
@click.option(
    "--event",
    "event_file",
    type=click.File("rb"),
    help="File with the event as JSON; - reads standard input. Default: {}.",
)
@remote.endpoint_option
@click.option("--json", "as_json", is_flag=True, help="Answer, error and log as one JSON object.")
def command(function: str, event_file: click.utils.LazyFile | None, endpoint: str, as_json: bool) -> None:
    """Invoke FUNCTION, by its name or its logical id in the template, and print its answer.

    The log goes to standard error. A function that waits for a debugger (`windtunnel up --debug`) answers when it is let go. Exit code 0: it answered; 1: it failed; 3: it could not be invoked.
    """
    payload = event_file.read() if event_file else b"{}"
    try:
        json.loads(payload)
    except ValueError as error:
        raise Problem(f"The event is not JSON: {error}.") from None
    with remote.problems(endpoint):
        name = named.function(function, endpoint)
        answer = remote.client("lambda", endpoint).invoke(FunctionName=name, Payload=payload, LogType="Tail")
    content = answer["Payload"].read().decode()
    log = base64.b64decode(answer.get("LogResult", "")).decode(errors="replace")
    error = answer.get("FunctionError")
    if as_json:
        click.echo(json.dumps({"function": name, "answer": json.loads(content or "null"), "error": error, "log": log}))
    else:
        click.echo(log, err=True, nl=False)
        click.echo(content)
    sys.exit(1 if error else 0)
