"""`windtunnel send`: a message, notification, event or record into a running cloud, or a sample event to a function."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from importlib import resources
from typing import Any

import click

from windtunnel.cli import named, remote
from windtunnel.cli.main import Problem


@click.group()
@click.pass_context
@remote.endpoint_option
def command(context: click.Context, endpoint: str) -> None:
    """Send something to a running cloud. The content is TEXT, or a file (--file; - reads standard input).

    \b
    windtunnel send message Orders '{"order": 7}'
    windtunnel send event --source shop --type OrderPlaced --file order.json
    windtunnel send samples                      lists sample events of every source
    windtunnel send sample s3-put MakeThumbnail  and sends one
    """
    context.obj = endpoint


def content(function: Callable[..., Any]) -> Callable[..., Any]:
    """The argument TEXT or the option --file."""
    function = click.argument("text", required=False)(function)
    return click.option("--file", "file", type=click.File("r"), help="Read the content from here.")(function)


@command.command("message")
@click.argument("queue")
@content
@click.option("--attribute", multiple=True, metavar="NAME=VALUE", help="A message attribute; may be repeated.")
@click.option("--group", help="Message group, for a FIFO queue.")
@click.option("--deduplication", help="Deduplication id, for a FIFO queue.")
@click.option("--delay", type=int, help="Seconds until it is visible.")
@click.pass_obj
def message(
    endpoint: str, queue: str, text: str | None, file: Any, attribute: tuple[str, ...], group: str | None,
    deduplication: str | None, delay: int | None,
) -> None:  # fmt: skip
    """Send a message to QUEUE (name, ARN or logical id)."""
    wish = {"MessageGroupId": group, "MessageDeduplicationId": deduplication, "DelaySeconds": delay}
    with remote.problems(endpoint):
        sent = remote.client("sqs", endpoint).send_message(
            QueueUrl=named.queue(queue, endpoint), MessageBody=_content(text, file), MessageAttributes=_attributes(attribute),
            **{name: value for name, value in wish.items() if value is not None},
        )  # fmt: skip
    click.echo(sent["MessageId"])


@command.command("notification")
@click.argument("topic")
@content
@click.option("--attribute", multiple=True, metavar="NAME=VALUE", help="A message attribute; may be repeated.")
@click.option("--subject", help="Subject line.")
@click.option("--group", help="Message group, for a FIFO topic.")
@click.option("--deduplication", help="Deduplication id, for a FIFO topic.")
@click.pass_obj
def notification(
    endpoint: str, topic: str, text: str | None, file: Any, attribute: tuple[str, ...], subject: str | None,
    group: str | None, deduplication: str | None,
) -> None:  # fmt: skip
    """Publish to TOPIC (name, ARN or logical id)."""
    wish = {"Subject": subject, "MessageGroupId": group, "MessageDeduplicationId": deduplication}
    with remote.problems(endpoint):
        sent = remote.client("sns", endpoint).publish(
            TopicArn=named.topic(topic, endpoint), Message=_content(text, file), MessageAttributes=_attributes(attribute),
            **{name: value for name, value in wish.items() if value is not None},
        )  # fmt: skip
    click.echo(sent["MessageId"])


@command.command("event")
@content
@click.option("--source", help="Source of the event, such as shop. Default: that of the file, if it is a whole event.")
@click.option("--type", "detail_type", help="Its detail type, such as OrderPlaced.")
@click.option("--bus", default="default", show_default=True, help="Name or ARN of the bus.")
@click.pass_obj
def event(endpoint: str, text: str | None, file: Any, source: str | None, detail_type: str | None, bus: str) -> None:
    """Put an event on a bus: its detail, or a whole event with source, detail-type and detail."""
    given = _json(_content(text, file))
    whole = given if isinstance(given, dict) and {"source", "detail-type", "detail"} <= given.keys() else {}
    entry = {
        "Source": source or whole.get("source"),
        "DetailType": detail_type or whole.get("detail-type"),
        "Detail": json.dumps(whole["detail"] if whole else given),
        "Resources": whole.get("resources", []),
        "EventBusName": bus,
    }
    if not (entry["Source"] and entry["DetailType"]):
        raise Problem(
            "An event needs --source and --type, unless the content is a whole event with source, detail-type and detail."
        )
    with remote.problems(endpoint):
        [answer] = remote.client("events", endpoint).put_events(Entries=[entry])["Entries"]
    if "ErrorCode" in answer:
        raise Problem(f"{answer['ErrorCode']}: {answer['ErrorMessage']}")
    click.echo(answer["EventId"])


@command.command("record")
@click.argument("stream")
@content
@click.option("--key", default="key", show_default=True, help="Partition key.")
@click.pass_obj
def record(endpoint: str, stream: str, text: str | None, file: Any, key: str) -> None:
    """Put a record into the Kinesis STREAM (name, ARN or logical id)."""
    with remote.problems(endpoint):
        sent = remote.client("kinesis", endpoint).put_record(
            StreamName=named.stream(stream, endpoint), Data=_content(text, file).encode(), PartitionKey=key
        )
    click.echo(sent["SequenceNumber"])


@command.command("sample")
@click.argument("name")
@click.argument("function", required=False)
@click.pass_obj
def sample(endpoint: str, name: str, function: str | None) -> None:
    """Invoke FUNCTION with the sample event NAME, and print its answer; without FUNCTION, print the event.

    Exit code 1 when the function failed.
    """
    chosen = samples().get(name)
    if chosen is None:
        raise Problem(f"There is no sample {name}. There are: {', '.join(samples())}.")
    if function is None:
        click.echo(json.dumps(chosen["event"], indent=2))
        return
    with remote.problems(endpoint):
        answer = remote.client("lambda", endpoint).invoke(
            FunctionName=named.function(function, endpoint), Payload=json.dumps(chosen["event"])
        )
    click.echo(answer["Payload"].read().decode())
    sys.exit(1 if answer.get("FunctionError") else 0)


@command.command("samples")
@click.option("--json", "as_json", is_flag=True, help="One JSON object: name and what it is.")
def listed(as_json: bool) -> None:
    """List the sample events."""
    titles = {name: each["title"] for name, each in samples().items()}
    click.echo(json.dumps(titles) if as_json else "\n".join(f"{name:<26} {title}" for name, title in titles.items()))


def samples() -> dict[str, Any]:
    """The library: name → title and event."""
    folder = resources.files("windtunnel.cli") / "samples"
    files = sorted(folder.iterdir(), key=lambda file: file.name)
    return {file.name.removesuffix(".json"): json.loads(file.read_text(encoding="utf-8")) for file in files}


def _content(text: str | None, file: Any) -> str:
    if (text is None) == (file is None):
        raise Problem("Give the content as TEXT or with --file, one of the two.")
    return text if text is not None else str(file.read())


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError as error:
        raise Problem(f"The content is not JSON: {error}.") from None


def _attributes(given: tuple[str, ...]) -> dict[str, dict[str, str]]:
    found = {}
    for each in given:
        name, equals, value = each.partition("=")
        if not equals:
            raise Problem(f"--attribute {each} is not of the form NAME=VALUE.")
        found[name] = {"DataType": "String", "StringValue": value}
    return found
