"""`windtunnel check`: the main job. Is this application built as it should be, and what is to be fixed first?"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from windtunnel.cli.main import run

if TYPE_CHECKING:
    from windtunnel.lens.checkup import Checkup

FORMATS = ("text", "json", "html", "sarif", "junit")
SEVERITIES = ("critical", "error", "warning", "info", "never")


@click.command()
@click.argument("app", default=".", type=click.Path())
@click.option("--static", is_flag=True, help="Read template and source only; nothing is built or run.")
@click.option("--format", "form", type=click.Choice(FORMATS), default="text", show_default=True, help="How to report.")
@click.option("--output", type=click.Path(dir_okay=False), help="Write the report to a file instead of the terminal.")
@click.option(
    "--fail-on", type=click.Choice(SEVERITIES), default="error", show_default=True,
    help="Exit with 1 when a finding is at least this severe.",
)  # fmt: skip
@click.option(
    "--parameter", "-p", multiple=True, metavar="NAME=VALUE", help="A parameter of the template; may be repeated."
)
@click.option(
    "--allow-unsupported", is_flag=True, help="Leave out what windtunnel does not build, and list it in the report."
)
@click.option("--quiet", "-q", is_flag=True, help="No progress.")
def command(
    app: str, static: bool, form: str, output: str | None, fail_on: str, parameter: tuple[str, ...],
    allow_unsupported: bool, quiet: bool,
) -> None:  # fmt: skip
    """Judge the application at APP (a folder or a template file; default: here) against the Lambda best-practices guide.

    The application is built, deployed into a fresh cloud on this machine, exercised with its sample events and its own tests,
    experimented on, and judged. Exit code 0: nothing as severe as --fail-on; 1: something is; 3: it could not be run.
    """
    checkup = _static(app, parameter) if static else run(_check(app, parameter, allow_unsupported, quiet))
    text = _report(checkup, form, to_file=output is not None)
    if output:
        Path(output).write_text(text, encoding="utf-8")
        click.echo(f"Report written to {output}", err=True)
    else:
        click.echo(text, nl=not text.endswith("\n"))
    sys.exit(1 if _too_bad(checkup, fail_on) else 0)


def _static(app: str, parameter: tuple[str, ...]) -> Checkup:
    from windtunnel.cli.applications import problems
    from windtunnel.deploy.template import find, read
    from windtunnel.kernel.clock import today
    from windtunnel.lens.checkup import check_static
    from windtunnel.lens.settings import app_settings
    from windtunnel.lens.waivers import waivers_in

    with problems():
        template = read(find(Path(app)))
        return check_static(template, today(), waivers_in(app_settings(template.folder())))


async def _check(app: str, parameter: tuple[str, ...], allow_unsupported: bool, quiet: bool) -> Checkup:
    from windtunnel.cli.applications import application, problems
    from windtunnel.cli.progress import progress
    from windtunnel.cloud import Cloud
    from windtunnel.kernel.clock import VirtualClock, wall_clock
    from windtunnel.kernel.settings import Settings
    from windtunnel.lens.checkup import check
    from windtunnel.lens.waivers import waivers_in

    with problems(), progress(quiet) as say:
        chosen, settings = application(app, parameter)
        waivers = waivers_in(settings)
        if settings.get("faults"):
            say("the faults of windtunnel.toml are for windtunnel up: this check runs without them")
        say("opening a fresh cloud")
        clock = VirtualClock(start=wall_clock())
        async with Cloud(Settings.from_environment(data="", cpu_share=True), clock) as cloud:
            cloud.deployer.allow_unsupported = allow_unsupported
            await cloud.listen(0)
            home = cloud.home(cloud.settings.account, cloud.settings.region)
            return await check(home, clock, chosen, waivers, say)


def _report(checkup: Checkup, form: str, to_file: bool) -> str:
    reports: dict[str, Any] = {"json": "as_json", "html": "html", "sarif": "sarif", "junit": "junit"}
    if form in reports:
        import importlib

        return str(importlib.import_module(f"windtunnel.lens.reports.{reports[form]}").report(checkup))
    import shutil

    from windtunnel.lens.reports import terminal

    colour = sys.stdout.isatty() and not to_file
    return terminal.report(checkup, min(shutil.get_terminal_size((100, 40)).columns, 120), colour)


def _too_bad(checkup: Checkup, fail_on: str) -> bool:
    bad = SEVERITIES[: SEVERITIES.index(fail_on) + 1] if fail_on != "never" else ()
    return any(j.verdict == "fail" and j.severity in bad for j in checkup.judgements)
