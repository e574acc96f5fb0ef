"""`windtunnel doctor`: what this machine offers, and what is therefore enforced."""

from __future__ import annotations

import json
from typing import Any

import click

from windtunnel.cli.main import run


@click.command()
@click.option("--json", "as_json", is_flag=True, help="As one JSON object.")
def command(as_json: bool) -> None:
    """Show the interpreters found, which runtimes they stand for, and which limits of Lambda this machine can enforce."""
    found = run(_examined())
    if as_json:
        click.echo(json.dumps(found, indent=2))
        return
    click.echo(f"windtunnel {found['version']}, Python {found['python']}, {found['system']}\n")
    click.echo("Interpreters")
    for each in found["interpreters"]:
        click.echo(f"  {each['label']:<14}{each['path']}")
    click.echo("\nRuntimes")
    for runtime, choice in found["runtimes"].items():
        mark = click.style("runs", fg="green") if choice["exact"] else click.style("instead", fg="yellow") if choice["path"] else click.style("missing", fg="red")  # fmt: skip
        click.echo(f"  {runtime:<14}{mark}  {' '.join(filter(None, (choice['notice'], choice['path'])))}")
    click.echo("\nAWS SDK")
    for name, sdk in found["sdk"].items():
        click.echo(f"  {name:<14}{click.style(_MARKS[sdk['there']][0], fg=_MARKS[sdk['there']][1])}  {sdk['notice']}")
    click.echo("\nLimits")
    for name, limit in found["enforced"].items():
        colour = {"enforced": "green", "sampled": "yellow"}.get(limit["grade"], "red")
        click.echo(f"  {name:<20}{click.style(limit['grade'], fg=colour)}  {limit['reason']}")


_MARKS = {True: ("there", "green"), False: ("missing", "yellow")}
_NO_SDK = (
    "AWS's runtimes bring @aws-sdk/* (version 3) along, this Node.js has none: put what a function uses into its package or a "
    "layer, or install it for all of them: npm install -g @aws-sdk/client-…"
)


def _sdk(interpreters: Any) -> dict[str, dict[str, Any]]:
    """Whether functions find the SDK that AWS's runtimes bring along."""
    from importlib import metadata

    from windtunnel.engine.programs import sdk_of_node

    found = {"python": {"there": True, "notice": f"boto3 {metadata.version('boto3')}"}}
    for node in interpreters.nodes:
        there = bool(sdk_of_node(node))
        found[node.label] = {"there": there, "notice": "" if there else _NO_SDK}
    return found


async def _examined() -> dict[str, Any]:
    import platform
    from importlib import metadata

    import msgspec

    from windtunnel.cli.listening import opened
    from windtunnel.engine.interpreters import of_this_machine

    interpreters = of_this_machine()
    cloud = await opened()
    try:
        enforced = msgspec.to_builtins(await cloud.engine.enforcement())
    finally:
        await cloud.close()
    found = [*interpreters.pythons, *interpreters.nodes, *interpreters.rubies]
    runtimes = {}
    for runtime in [
        *(f"python3.{minor}" for minor in range(9, 15)),
        *(f"nodejs{major}.x" for major in (18, 20, 22, 24)),
        *(f"ruby3.{minor}" for minor in (2, 3, 4)),
    ]:
        try:
            choice = interpreters.choose(runtime)
        except LookupError as missing:
            runtimes[runtime] = {"path": "", "exact": False, "notice": str(missing)}
            continue
        runtimes[runtime] = {
            "path": choice.interpreter.path,
            "exact": not choice.notice,
            "notice": choice.notice,
        }
    return {
        "version": metadata.version("windtunnel"),
        "python": platform.python_version(),
        "system": platform.platform(),
        "interpreters": [{"label": i.label, "path": i.path} for i in found],
        "runtimes": runtimes,
        "sdk": _sdk(interpreters),
        "enforced": enforced,
    }
