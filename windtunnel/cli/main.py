"""`windtunnel`: finds a command by its file, and turns expected problems into one clear message and an exit code.

0  done, nothing wrong        1  judged and found wanting, or the function failed
2  used wrongly               3  could not be done: a template, a port, a folder, a machine
"""

from __future__ import annotations

import importlib
import pkgutil
import sys
from typing import Any

import click

CANNOT = 3


class Problem(click.ClickException):
    """What is wrong, where, and what to do next. Exit code 3."""

    exit_code = CANNOT


class Commands(click.Group):
    """Loads a command's module when it is asked for; `--help` loads them all, and they are light."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        from windtunnel.cli import commands

        return sorted(module.name for module in pkgutil.iter_modules(commands.__path__) if module.name != "docs")

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        try:
            module = importlib.import_module(f"windtunnel.cli.commands.{name}")
        except ModuleNotFoundError as missing:
            if missing.name == f"windtunnel.cli.commands.{name}":
                return None
            raise
        command: click.Command = module.command
        return command


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="windtunnel", message="windtunnel %(version)s")
def main() -> None:
    """Run an AWS Lambda application on this machine and judge it against the Lambda best-practices guide.

    Start with: windtunnel check path/to/app
    """


def run(work: Any) -> Any:
    """Run a coroutine on the fastest event loop there is; Ctrl-C ends it in order."""
    import asyncio

    try:
        import uvloop
    except ImportError:
        factory = None
    else:
        factory = uvloop.new_event_loop
    with asyncio.Runner(loop_factory=factory) as runner:
        try:
            return runner.run(work)
        except KeyboardInterrupt:
            sys.exit(130)


if __name__ == "__main__":
    main()
