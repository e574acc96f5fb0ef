"""`windtunnel up`: the application, running and served, its functions brought up to date when their source is saved."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from windtunnel.cli.log_lines import readable
from windtunnel.cli.main import run

if TYPE_CHECKING:
    import asyncio

    from windtunnel.cli.terminal import Terminal
    from windtunnel.cloud import Cloud
    from windtunnel.deploy.application import Application, Deployment


@click.command()
@click.argument("app", default=".", type=click.Path())
@click.option("--port", default=4566, show_default=True, help="Port to answer on; 0 takes a free one.")
@click.option(
    "--host",
    default="127.0.0.1",
    show_default=True,
    help="Address to listen on. Functions run user code: keep it local.",
)
@click.option(
    "--data", default="", metavar="DIR", help="Folder in which state survives a restart. Default: memory only."
)
@click.option("--https", is_flag=True, help="Answer HTTPS with a certificate of this machine's own.")
@click.option(
    "--parameter", "-p", multiple=True, metavar="NAME=VALUE", help="A parameter of the template; may be repeated."
)
@click.option(
    "--allow-unsupported", is_flag=True, help="Leave out what windtunnel does not build, and say what that is."
)
@click.option("--debug", metavar="FUNCTION", help="Let this function (name or logical id) wait for a debugger.")
@click.option(
    "--debug-port", default=5678, show_default=True, help="Port of this machine that the debugger attaches to."
)
def command(
    app: str, port: int, host: str, data: str, https: bool, parameter: tuple[str, ...], allow_unsupported: bool,
    debug: str | None, debug_port: int,
) -> None:  # fmt: skip
    """Run the application at APP (a folder or a template file; default: here) and serve it.

    Prints the addresses of its APIs, follows the logs, and brings a function up to date when its source is saved. A saved template
    is deployed again. Ctrl-C stops everything.

    A function with --debug has one environment, which waits for an editor to attach before it imports the handler: by debugpy
    (Python; install it beside windtunnel) or the inspector (Node.js). Its time limits do not count then.
    """
    run(_up(app, port, host, data, https, parameter, allow_unsupported, (debug, debug_port) if debug else None))


async def _up(
    app: str, port: int, host: str, data: str, https: bool, parameter: tuple[str, ...], allow_unsupported: bool,
    debug: tuple[str, int] | None,
) -> None:  # fmt: skip
    import asyncio

    from windtunnel.cli import listening
    from windtunnel.cli.applications import application, faults_in, problems
    from windtunnel.cli.progress import progress
    from windtunnel.cli.reload import Reload
    from windtunnel.cli.terminal import Terminal

    with problems():
        chosen, settings = application(app, parameter)
        faults = faults_in(settings)
    cloud = await listening.opened(data)
    terminal = Terminal()
    try:
        cloud.deployer.allow_unsupported = allow_unsupported
        await listening.listen(cloud, port, host, https)
        home = cloud.home(cloud.settings.account, cloud.settings.region)
        with problems(), progress(quiet=False) as say:
            reload = Reload(home, chosen, terminal.say)
            await reload.begin()
            deployment = await chosen.deploy(home, say)
        for fault in faults:
            cloud.faults.add(fault)
        attach = ""
        if debug is not None:
            from windtunnel.cli import debugging

            attach = await debugging.begin(home, deployment, *debug)
        terminal.say(_what_stands(cloud, chosen, deployment))
        if faults:
            terminal.say(f"  faults of windtunnel.toml: {len(faults)} (windtunnel faults lists them)")
        for notice in await asyncio.to_thread(_notices, cloud, deployment):
            terminal.say(click.style("  notice: ", fg="yellow") + notice)
        if attach:
            terminal.say(attach)
        cloud.recorder.follow(lambda entry: _show_log(terminal, entry))
        watching = asyncio.create_task(reload.run(deployment))
        watching.add_done_callback(lambda task: _say_if_broken(terminal, task))
        await listening.until_interrupted()
        watching.cancel()
        terminal.say("\nstopping")
    finally:
        await cloud.close()
        terminal.close()


def _what_stands(cloud: Cloud, application: Application, deployment: Deployment) -> str:
    lines = [f"{application.stack} is up at {cloud.endpoint}. Ctrl-C stops it."]
    for name, kind in deployment.types.items():
        if kind in ("AWS::ApiGateway::RestApi", "AWS::ApiGatewayV2::Api"):
            lines.append(f"  API {name}: {cloud.endpoint}/_api/{deployment.physical[name]}/")
    lines += [f"  {key}: {value}" for key, value in deployment.outputs.items()]
    lines += [f"  left out: {text}" for text in deployment.left_out]
    return "\n".join(lines)


def _notices(cloud: Cloud, deployment: Deployment) -> list[str]:
    """What runs here on another interpreter than on AWS, or on none."""
    from windtunnel.deploy.artifacts import sources

    said = set()
    for runtime in {
        each.runtime for each in sources(deployment.template).values() if not each.type.endswith("LayerVersion")
    }:
        if runtime and not runtime.startswith("provided"):
            try:
                said.add(cloud.interpreters.choose(runtime).notice)
            except LookupError as missing:
                said.add(str(missing))
    return sorted(said - {""})


def _show_log(terminal: Terminal, entry: Any) -> None:
    if entry.kind == "LogsWritten":
        name = entry.fact.group.rsplit("/", 1)[-1]
        for _, message in entry.fact.events:
            terminal.show(lambda message=message: _line(name, message))


def _line(name: str, message: str) -> str:
    text = readable(message)
    return f"{click.style(name, fg='cyan')}  {text}" if text else ""


def _say_if_broken(terminal: Terminal, task: asyncio.Task[None]) -> None:
    if not task.cancelled() and (problem := task.exception()) is not None:
        terminal.say(f"Saved files are no longer noticed, for a defect of windtunnel: {problem!r}. Start it again.")
