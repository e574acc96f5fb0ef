"""`windtunnel events`: what flowed where in a running cloud, live."""

from __future__ import annotations

import json

import click

from windtunnel.cli import flow_lines, remote


@click.command()
@click.option("--no-follow", is_flag=True, help="Print what is recorded, and stop.")
@click.option("--new", is_flag=True, help="Only what happens from now on.")
@click.option("--match", default="", metavar="TEXT", help="Only lines that have this text: a name, an id, an error.")
@click.option(
    "--kind", "kinds", multiple=True, help="Only facts of this kind, such as MessageDeadLettered; repeatable."
)
@click.option("--failed", is_flag=True, help="Only what failed, was throttled, lost or dead-lettered.")
@remote.endpoint_option
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line: the facts themselves.")
def command(
    no_follow: bool, new: bool, match: str, kinds: tuple[str, ...], failed: bool, endpoint: str, as_json: bool
) -> None:
    """Follow events through queues, topics, buses, schedules, streams and functions, until Ctrl-C."""
    if unknown := [kind for kind in kinds if kind not in flow_lines.FLOW]:
        known = ", ".join(sorted(flow_lines.FLOW))
        raise click.BadParameter(f"{unknown[0]} is not known. Known are: {known}", param_hint="--kind")
    query = "" if no_follow else "follow=true" if new else "follow=true&since=0"
    for entry in remote.facts(endpoint, query):
        if entry["kind"] not in (kinds or flow_lines.FLOW) or (failed and not flow_lines.went_wrong(entry)):
            continue
        text = json.dumps(entry) if as_json else flow_lines.line(entry)
        if match in text or match in json.dumps(entry):
            click.echo(text)
