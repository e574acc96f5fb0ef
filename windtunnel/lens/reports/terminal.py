"""The report for the terminal: scores first, then what to fix, the worst first, each with its evidence and its fix."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from windtunnel.lens.checkup import Checkup
from windtunnel.lens.reports.score import scores
from windtunnel.lens.rule import SEVERITIES, Judgement

if TYPE_CHECKING:
    from rich.console import Console

COLOURS = {"critical": "bold white on red", "error": "bold red", "warning": "yellow", "info": "cyan"}
BAR = 20
MOST_EVIDENCE = 3


def report(checkup: Checkup, width: int = 100, colour: bool = False) -> str:
    from rich.console import Console

    out = io.StringIO()
    console = Console(
        file=out, width=width, force_terminal=colour, no_color=not colour, highlight=False, soft_wrap=False
    )
    write(checkup, console)
    return "\n".join(line.rstrip() for line in out.getvalue().split("\n"))


def write(checkup: Checkup, console: Console) -> None:
    from rich.markup import escape

    console.print()
    console.print(f"[bold]{escape(checkup.app)}[/bold]  [dim]{escape(checkup.template)}[/dim]")
    console.print()
    for score in scores(checkup.judgements):
        _score_line(console, score.title, score.percent, score.passed, score.failed, score.open)
    failed = [j for j in checkup.judgements if j.verdict == "fail"]
    console.print()
    for severity in SEVERITIES:
        for judgement in [j for j in failed if j.severity == severity]:
            _finding(console, judgement)
    _open(checkup, console)
    _summary(checkup, console, failed)


def _score_line(console: Console, title: str, percent: int | None, passed: int, failed: int, unseen: int) -> None:
    if percent is None:
        console.print(f"  {title:<14}[dim]{'not judged':<{BAR + 6}}[/dim]")
        return
    filled = round(BAR * percent / 100)
    colour = "green" if percent >= 90 else "yellow" if percent >= 60 else "red"
    bar = f"[{colour}]{'█' * filled}[/{colour}][dim]{'░' * (BAR - filled)}[/dim]"
    rest = f"[dim]{passed} well, {failed} to fix" + (f", {unseen} not exercised" if unseen else "") + "[/dim]"
    console.print(f"  {title:<14}{bar} {percent:>3} %  {rest}")


def _finding(console: Console, judgement: Judgement) -> None:
    from rich.markup import escape
    from rich.padding import Padding

    style = COLOURS[judgement.severity]
    console.print(f"[{style}] {judgement.severity} [/{style}] [bold]{escape(judgement.title)}[/bold]")
    console.print(
        Padding(f"[dim]{judgement.rule} · {escape(judgement.resource)} · {judgement.grade}[/dim]", (0, 0, 0, 2))
    )
    console.print(Padding(escape(judgement.says), (0, 0, 0, 2)))
    for each in judgement.evidence[:MOST_EVIDENCE]:
        words = "" if each.says == judgement.says else f"  {escape(each.says)}"
        console.print(Padding(f"[blue]{escape(each.where)}[/blue]{words}", (0, 0, 0, 4)))
    if len(judgement.evidence) > MOST_EVIDENCE:
        console.print(Padding(f"[dim]and {len(judgement.evidence) - MOST_EVIDENCE} more[/dim]", (0, 0, 0, 4)))
    console.print(Padding(f"[green]fix[/green] {escape(judgement.fix)}", (0, 0, 1, 2)))


def _open(checkup: Checkup, console: Console) -> None:
    from rich.markup import escape
    from rich.padding import Padding

    unseen: dict[str, list[Judgement]] = {}
    for judgement in checkup.judgements:
        if judgement.verdict == "not exercised":
            unseen.setdefault(judgement.says, []).append(judgement)
    if unseen:
        console.print("[bold]Not exercised[/bold]")
    for says, judgements in unseen.items():
        names = ", ".join(dict.fromkeys(f"{j.rule}" for j in judgements))
        console.print(Padding(f"[dim]{escape(names)}[/dim]\n  {escape(says)}", (0, 0, 0, 2)))
    for text in (*checkup.notes, *(f"left out: {each}" for each in checkup.left_out)):
        console.print(Padding(f"[yellow]note[/yellow] {escape(text)}", (0, 0, 0, 2)))


def _summary(checkup: Checkup, console: Console, failed: list[Judgement]) -> None:
    counts = {severity: sum(1 for j in failed if j.severity == severity) for severity in SEVERITIES}
    found = ", ".join(f"{count} {severity}" for severity, count in counts.items() if count) or "nothing to fix"
    waived = sum(1 for j in checkup.judgements if j.verdict == "waived")
    ran = (
        "template and source read, nothing ran"
        if checkup.static
        else f"{checkup.invocations} invocations, {checkup.facts} facts recorded"
    )
    console.print()
    console.print(
        f"[bold]{found}[/bold]"
        + (f", {waived} waived" if waived else "")
        + f"  [dim]{checkup.seconds:.1f} s; {ran}[/dim]"
    )
    if checkup.tests is not None and checkup.tests.ran:
        console.print(f"[{'green' if checkup.tests.passed else 'red'}]{checkup.tests.says}[/]")
