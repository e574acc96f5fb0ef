"""`windtunnel up`: the application, running and served, its functions brought up to date when their source is saved."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from windtunnel.cli.log_lines import readable
from windtunnel.cli.main import run

if TYPE_CHECKING:
    from windtunnel.aws.home import Home
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
def command(
    app: str, port: int, host: str, data: str, https: bool, parameter: tuple[str, ...], allow_unsupported: bool
) -> None:
    """Run the application at APP (a folder or a template file; default: here) and serve it.

    Prints the addresses of its APIs, follows the logs, and brings a function up to date when its source is saved. A saved template
    is deployed again. Ctrl-C stops everything.
    """
    run(_up(app, port, host, data, https, parameter, allow_unsupported))


async def _up(
    app: str, port: int, host: str, data: str, https: bool, parameter: tuple[str, ...], allow_unsupported: bool
) -> None:
    import asyncio

    from windtunnel.cli import listening
    from windtunnel.cli.applications import application, problems
    from windtunnel.cli.progress import progress

    with problems():
        chosen, _ = application(app, parameter)
    cloud = await listening.opened(data)
    try:
        cloud.deployer.allow_unsupported = allow_unsupported
        await listening.listen(cloud, port, host, https)
        home = cloud.home(cloud.settings.account, cloud.settings.region)
        with problems(), progress(quiet=False) as say:
            deployment = await chosen.deploy(home, say)
        _say_what_stands(cloud, chosen, deployment)
        cloud.recorder.follow(_show_log)
        watching = asyncio.create_task(_keep_up_to_date(home, chosen, deployment, parameter))
        await listening.until_interrupted()
        watching.cancel()
        click.echo("\nstopping")
    finally:
        await cloud.close()


def _say_what_stands(cloud: Cloud, application: Application, deployment: Deployment) -> None:
    click.echo(f"{application.stack} is up at {cloud.endpoint}. Ctrl-C stops it.")
    for name, kind in deployment.types.items():
        if kind in ("AWS::ApiGateway::RestApi", "AWS::ApiGatewayV2::Api"):
            click.echo(f"  API {name}: {cloud.endpoint}/_api/{deployment.physical[name]}/")
    for key, value in deployment.outputs.items():
        click.echo(f"  {key}: {value}")
    for text in deployment.left_out:
        click.echo(f"  left out: {text}")


def _show_log(entry: Any) -> None:
    if entry.kind == "LogsWritten":
        name = entry.fact.group.rsplit("/", 1)[-1]
        for _, message in entry.fact.events:
            if text := readable(message):
                click.echo(f"{click.style(name, fg='cyan')}  {text}")


async def _keep_up_to_date(
    home: Home, application: Application, deployment: Deployment, parameter: tuple[str, ...]
) -> None:
    """Changed source: that function's code, nothing else. Changed template: the whole stack."""
    from watchfiles import awatch

    from windtunnel.cli.applications import application as opened
    from windtunnel.deploy.application import DeployFailed
    from windtunnel.deploy.artifacts import sources
    from windtunnel.deploy.template import TemplateError
    from windtunnel.kernel.stopwatch import ticks

    template = Path(application.template.place).resolve()
    folders = {source.folder for source in sources(application.template).values()}
    async for changes in awatch(template.parent, *folders, step=20, debounce=60):
        started = ticks()
        paths = {Path(path) for _, path in changes}
        try:
            if template in paths:
                application, _ = opened(str(template), parameter, application.stack)
                deployment = await application.deploy(home)
                click.echo(f"deployed again in {1000 * (ticks() - started):.0f} ms")
                continue
            for logical_id, source in sources(application.template).items():
                if any(path.is_relative_to(source.folder) for path in paths) and logical_id in deployment.physical:
                    await application.update_code(home, deployment, logical_id)
                    click.echo(f"{logical_id} is up to date after {1000 * (ticks() - started):.0f} ms")
        except (TemplateError, DeployFailed, click.ClickException) as problem:
            click.echo(f"not deployed: {problem}", err=True)
