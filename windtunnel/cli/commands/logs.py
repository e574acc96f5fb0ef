"""`windtunnel logs`: what functions of a running cloud wrote."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import click

from windtunnel.cli import named, remote
from windtunnel.cli.log_lines import readable
from windtunnel.cli.main import Problem


@click.command()
@click.argument("function", required=False)
@click.option("--follow", "-f", is_flag=True, help="Go on with new lines until Ctrl-C.")
@remote.endpoint_option
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
def command(function: str | None, follow: bool, endpoint: str, as_json: bool) -> None:
    """Print the log of FUNCTION (its name or logical id; default: of all functions), oldest line first."""
    with remote.problems(endpoint):
        groups = _groups(function, endpoint)
        for event in _events(endpoint, groups):
            _show(event, as_json)
        if follow:
            for event in _followed(endpoint, groups if function else None):
                _show(event, as_json)


def _groups(function: str | None, endpoint: str) -> list[str]:
    logs = remote.client("logs", endpoint)
    if function is None:
        return [g["logGroupName"] for g in logs.describe_log_groups()["logGroups"]]
    name = named.function(function, endpoint)
    config = remote.client("lambda", endpoint).get_function_configuration(FunctionName=name)
    group = config["LoggingConfig"]["LogGroup"]
    if not logs.describe_log_groups(logGroupNamePrefix=group)["logGroups"]:
        raise Problem(f"{name} has written nothing yet: it was not invoked.")
    return [group]


def _events(endpoint: str, groups: list[str]) -> list[dict[str, Any]]:
    logs = remote.client("logs", endpoint)
    found = []
    for group in groups:
        pages = logs.get_paginator("filter_log_events").paginate(logGroupName=group)
        found += [{**event, "group": group} for page in pages for event in page["events"]]
    return sorted(found, key=lambda event: event["timestamp"])


def _followed(endpoint: str, groups: list[str] | None) -> Iterator[dict[str, Any]]:
    """New events as they are recorded, from the cloud's own stream of facts; of these groups, or of all."""
    for entry in remote.facts(endpoint, "kind=LogsWritten&follow=true"):
        fact = entry["fact"]
        if groups is None or fact["group"] in groups:
            for timestamp, message in fact["events"]:
                yield {"timestamp": timestamp, "message": message, "group": fact["group"]}


def _show(event: dict[str, Any], as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps({name: event[name] for name in ("timestamp", "group", "message")}))
        return
    at = datetime.fromtimestamp(event["timestamp"] / 1000, UTC).strftime("%H:%M:%S.%f")[:-3]
    name = event["group"].rsplit("/", 1)[-1]
    if text := readable(event["message"]):
        click.echo(f"{at}  {click.style(name, fg='cyan')}  {text}")
