"""`windtunnel replay`: events of an archive, or a delivery of lately, once more."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import click

from windtunnel.cli import remote
from windtunnel.cli.flow_lines import short
from windtunnel.cli.main import Problem


@click.group()
@click.pass_context
@remote.endpoint_option
def command(context: click.Context, endpoint: str) -> None:
    """Let things happen again in a running cloud.

    \b
    windtunnel replay archive Orders --since 2026-01-02T00:00:00   events of an archive of EventBridge
    windtunnel replay deliveries                                   lists what was delivered lately
    windtunnel replay delivery 7f3a…                               and makes one of them again
    """
    context.obj = endpoint


@command.command("archive")
@click.argument("archive")
@click.option("--since", type=click.DateTime(), help="Events from this time on, in UTC. Default: the archive's first.")
@click.option("--until", type=click.DateTime(), help="Events before this time, in UTC. Default: now.")
@click.option(
    "--rule", "rules", multiple=True, help="ARN of a rule that gets them; may be repeated. Default: all rules."
)
@click.pass_obj
def archive(
    endpoint: str, archive: str, since: datetime | None, until: datetime | None, rules: tuple[str, ...]
) -> None:
    """Replay the events of ARCHIVE to its bus, and wait until it is done."""
    events = remote.client("events", endpoint)
    with remote.problems(endpoint):
        known = events.describe_archive(ArchiveName=archive)
        now = datetime.fromtimestamp(remote.page(endpoint, "health")["now"], UTC)
        name = f"{archive[:50]}-{_earlier(events, archive[:50]) + 1}"
        destination: dict[str, Any] = {"Arn": known["EventSourceArn"]}
        if rules:
            destination["FilterArns"] = list(rules)
        events.start_replay(
            ReplayName=name, EventSourceArn=known["ArchiveArn"], Destination=destination,
            EventStartTime=since or datetime(2000, 1, 1, tzinfo=UTC), EventEndTime=until or now + timedelta(seconds=1),
        )  # fmt: skip
        for entry in remote.facts(endpoint, "kind=ReplayEnded&follow=true&since=0"):
            if entry["fact"]["replay"] == name:
                break
    fact = entry["fact"]
    if fact["state"] != "COMPLETED":
        raise Problem(f"The replay {name} ended as {fact['state']}, after {fact['events']} events.")
    click.echo(f"{fact['events']} events of {archive} replayed as {name}.")


@command.command("deliveries")
@click.option("--match", default="", metavar="TEXT", help="Only those whose target, service or id has this text.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object: over and waiting.")
@click.pass_obj
def deliveries(endpoint: str, match: str, as_json: bool) -> None:
    """List the deliveries of lately: of EventBridge, SNS, Scheduler, and asynchronous invocations."""
    found = remote.page(endpoint, "deliveries")
    chosen = {state: [each for each in found[state] if match in json.dumps(each)] for state in ("over", "waiting")}
    if as_json:
        click.echo(json.dumps(chosen))
        return
    for each in (*chosen["over"], *chosen["waiting"]):
        at = datetime.fromtimestamp(each["accepted_at"], UTC).strftime("%H:%M:%S.%f")[:-3]
        waits = f"  due {datetime.fromtimestamp(each['due_at'], UTC):%H:%M:%S}" if "due_at" in each else ""
        click.echo(f"{each['id']}  {at}  {each['service']} → {short(each['target'])}  {each['bytes']} bytes{waits}")


@command.command("delivery")
@click.argument("delivery")
@click.pass_obj
def delivery(endpoint: str, delivery: str) -> None:
    """Make DELIVERY, by its id, once more from its first attempt."""
    made = remote.page(endpoint, f"deliveries/{delivery}", "POST", {})
    click.echo(f"{made['id']}  → {made['target']}")


def _earlier(events: Any, prefix: str) -> int:
    """How many replays have a name that begins so."""
    count, token = 0, {}
    while True:
        answer = events.list_replays(NamePrefix=f"{prefix}-", **token)
        count += len(answer["Replays"])
        if "NextToken" not in answer:
            return count
        token = {"NextToken": answer["NextToken"]}
