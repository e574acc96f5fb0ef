"""`windtunnel serve`: an empty cloud behind a port, for any AWS client."""

from __future__ import annotations

import click

from windtunnel.cli.main import run


@click.command()
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
def command(port: int, host: str, data: str, https: bool) -> None:
    """Serve an empty cloud for any AWS client.

    Point a client at it with AWS_ENDPOINT_URL=http://localhost:4566 and any credentials; a 12-digit access key is the account id.
    """
    run(_serve(port, host, data, https))


async def _serve(port: int, host: str, data: str, https: bool) -> None:
    from windtunnel.cli import listening

    cloud = await listening.opened(data)
    try:
        taken = await listening.listen(cloud, port, host, https)
        kept = f", state in {data}" if data else ", state in memory"
        click.echo(f"windtunnel answers at {cloud.endpoint or f'port {taken}'}{kept}. Ctrl-C stops it.")
        await listening.until_interrupted()
    finally:
        await cloud.close()
