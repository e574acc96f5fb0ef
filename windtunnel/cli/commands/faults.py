"""`windtunnel faults`: bad days on purpose for a running cloud."""

from __future__ import annotations

import json
from typing import Any

import click

from windtunnel.cli import remote

KINDS = ("refuse", "throttle", "error", "delay", "drop-after-accept", "lost-answer", "duplicate", "reorder")
_PLAIN: dict[str, Any] = {
    "resource": "*", "caller": "*", "probability": 1.0, "count": 0, "seconds": 0.0, "code": "", "status": 0, "seed": 0,
}  # fmt: skip


@click.group(invoke_without_command=True)
@click.pass_context
@remote.endpoint_option
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
def command(context: click.Context, endpoint: str, as_json: bool) -> None:
    """List the faults of a running cloud, add some, end them.

    \b
    windtunnel faults add throttle --service dynamodb --caller '*/TakeOrder' --probability 0.2
    windtunnel faults add lost-answer --service sqs --operation SendMessage --count 1
    windtunnel faults end
    """
    context.obj = endpoint
    if context.invoked_subcommand is None:
        found = remote.page(endpoint, "faults")["faults"]
        click.echo(json.dumps(found) if as_json else "\n".join(map(_line, found)) or "There are no faults.")


@command.command("add")
@click.argument("kind", type=click.Choice(KINDS))
@click.option(
    "--service",
    default="*",
    show_default=True,
    help="AWS's name for it in clients: sqs, lambda …; http: requests to the outside.",
)
@click.option("--operation", default="*", show_default=True, help="Such as SendMessage or 'Put*'.")
@click.option("--resource", default="*", show_default=True, help="Name or ARN of what is asked for, or a host.")
@click.option("--caller", default="*", show_default=True, help="ARN of who asks; a function's ends with its name.")
@click.option("--probability", default=1.0, show_default=True, help="How many of these calls, from 0 to 1.")
@click.option("--count", default=0, help="End after so many; 0: never.")
@click.option("--seconds", default=0.0, help="How long a delay is.")
@click.option("--code", default="", help="AWS's code of an error.")
@click.option("--status", default=0, help="HTTP status of an error.")
@click.option("--seed", default=0, help="Another seed strikes other calls.")
@click.pass_obj
def add(endpoint: str, **wish: Any) -> None:
    """Add a fault of this KIND. Patterns take * as a wild card.

    \b
    refuse             503, nothing is done
    throttle           AWS's answer to too many requests
    error              an error of your choice, nothing is done
    delay              the call begins --seconds later
    drop-after-accept  acknowledged, and lost
    lost-answer        done, and answered with 503
    duplicate          done twice
    reorder            messages of a standard queue come out of order
    """
    click.echo(_line({**remote.page(endpoint, "faults", "POST", wish), "struck": 0}))


@command.command("end")
@click.argument("fault", required=False)
@click.pass_obj
def end(endpoint: str, fault: str | None) -> None:
    """End FAULT, by its id, or all of them."""
    remote.page(endpoint, f"faults/{fault}" if fault else "faults", "DELETE")


def _line(fault: dict[str, Any]) -> str:
    told = [f"{name}={fault[name]}" for name, plain in _PLAIN.items() if fault[name] != plain]
    where = f"{fault['service']}:{fault['operation']}"
    return "  ".join([fault["id"], fault["kind"], where, *told, f"struck {fault['struck']} times"])
