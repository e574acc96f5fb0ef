"""`windtunnel docs FOLDER`: writes the generated pages; for those who work on windtunnel itself."""

from __future__ import annotations

from pathlib import Path

import click


@click.command(hidden=True)
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
def command(folder: Path) -> None:
    """Write the generated pages of the documentation into FOLDER."""
    from windtunnel.cli.pages import write

    for name in write(folder) or ["nothing"]:
        click.echo(f"changed: {name}")
