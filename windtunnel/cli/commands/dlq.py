"""`windtunnel dlq`: what could not be delivered, and sending it again."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import click

from windtunnel.cli import named, remote
from windtunnel.cli.main import Problem

WIDTH = 100


@click.group()
@click.pass_context
@remote.endpoint_option
def command(context: click.Context, endpoint: str) -> None:
    """Look into the dead-letter queues of a running cloud: list, show, send again, empty."""
    context.obj = endpoint


@command.command("ls")
@click.option("--json", "as_json", is_flag=True, help="One JSON array.")
@click.pass_obj
def ls(endpoint: str, as_json: bool) -> None:
    """List the dead-letter queues, how many letters each has, and whose. Exit code 1 when there is any letter."""
    from windtunnel.cli import dead_letters

    found: dict[str, dict[str, Any]] = {}
    with remote.problems(endpoint):
        for source in dead_letters.sources(endpoint):
            if source.dead.split(":")[2] != "sqs":
                continue
            name = source.dead.rpartition(":")[2]
            entry = found.setdefault(name, {"queue": name, "letters": _count(endpoint, name), "of": []})
            entry["of"].append(f"{source.kind} {source.name}")
    entries = sorted(found.values(), key=lambda entry: entry["queue"])
    if as_json:
        click.echo(json.dumps(entries))
    elif not entries:
        click.echo("Nothing names a dead-letter queue.")
    for entry in entries if not as_json else ():
        letters = click.style(f"{entry['letters']:>6}", fg="red" if entry["letters"] else "green")
        click.echo(f"{letters}  {entry['queue']}  of {', '.join(entry['of'])}")
    raise SystemExit(1 if any(entry["letters"] for entry in entries) else 0)


@command.command("show")
@click.argument("queue")
@click.option(
    "--json", "as_json", is_flag=True, help="One JSON object a line: the messages as ReceiveMessage has them."
)
@click.pass_obj
def show(endpoint: str, queue: str, as_json: bool) -> None:
    """Show the letters in QUEUE (name, ARN or logical id) and why they are there. They stay."""
    from windtunnel.cli import dead_letters

    with remote.problems(endpoint), dead_letters.letters(endpoint, named.queue(queue, endpoint)) as letters:
        for message in letters:
            click.echo(json.dumps(message) if as_json else _told(message))


@command.command("redrive")
@click.argument("queue")
@click.option("--to", metavar="TARGET", help="Queue (name, ARN or logical id) or ARN of a function, topic or bus.")
@click.option("--id", "ids", multiple=True, help="Only this message; may be repeated.")
@click.pass_obj
def redrive(endpoint: str, queue: str, to: str | None, ids: tuple[str, ...]) -> None:
    """Send the letters in QUEUE again, each where it was meant to go; with --to, all to that target.

    A letter leaves the queue when its target has taken it.
    """
    from windtunnel.cli import dead_letters

    with remote.problems(endpoint):
        url = named.queue(queue, endpoint)
        sources = [s for s in dead_letters.sources(endpoint) if s.dead.rpartition(":")[2] == url.rpartition("/")[2]]
        target = _target(endpoint, to)
        with dead_letters.letters(endpoint, url) as letters:
            chosen = [message for message in letters if not ids or message["MessageId"] in ids]
            for message in chosen:
                arn = target or _meant_for(message, sources)
                dead_letters.hand_over(endpoint, arn, message)
                remote.client("sqs", endpoint).delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
                letters.remove(message)
                click.echo(f"{message['MessageId']}  → {arn}")
    if not chosen:
        click.echo("There is no such letter.", err=True)


@command.command("purge")
@click.argument("queue")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.pass_obj
def purge(endpoint: str, queue: str, yes: bool) -> None:
    """Delete every letter in QUEUE."""
    with remote.problems(endpoint):
        url = named.queue(queue, endpoint)
        count = _count(endpoint, url.rpartition("/")[2])
        if not yes:
            click.confirm(f"Delete {count} letters of {url.rpartition('/')[2]}?", abort=True)
        remote.client("sqs", endpoint).purge_queue(QueueUrl=url)


def _count(endpoint: str, name: str) -> int:
    sqs = remote.client("sqs", endpoint)
    url = sqs.get_queue_url(QueueName=name)["QueueUrl"]
    names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    return sum(
        int(value) for value in sqs.get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"].values()
    )


def _target(endpoint: str, to: str | None) -> str | None:
    if to is None or (to.startswith("arn:") and ":sqs:" not in to):
        return to
    url = named.queue(to, endpoint)
    wish = remote.client("sqs", endpoint).get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])
    return str(wish["Attributes"]["QueueArn"])


def _meant_for(message: dict[str, Any], sources: list[Any]) -> str:
    """Where a letter was to go: what it says itself, or the only source of its queue. Raises Problem when neither tells."""
    if said := message["Attributes"].get("DeadLetterQueueSourceArn"):
        return str(said)
    if said := message.get("MessageAttributes", {}).get("TARGET_ARN", {}).get("StringValue"):
        return str(said)
    meant = sorted({source.again for source in sources})
    if len(meant) != 1:
        raise Problem(
            f"Message {message['MessageId']} does not say where it was to go, and its queue serves "
            f"{', '.join(meant) or 'nothing'}. Name the target: --to"
        )
    return meant[0]


def _told(message: dict[str, Any]) -> str:
    attributes = message["Attributes"]
    sent = datetime.fromtimestamp(int(attributes["SentTimestamp"]) / 1000, UTC).strftime("%Y-%m-%d %H:%M:%S")
    source = attributes.get("DeadLetterQueueSourceArn", "").rpartition(":")[2]
    lines = [f"{message['MessageId']}  sent {sent}" + (f"  from {source}" if source else "")]
    for name, value in sorted(message.get("MessageAttributes", {}).items()):
        lines.append(f"    {click.style(name, fg='cyan')} {value.get('StringValue', '(binary)')}")
    body = message["Body"]
    lines.append("    " + (body if len(body) <= WIDTH else f"{body[:WIDTH]}… ({len(body)} characters)"))
    return "\n".join(lines)
