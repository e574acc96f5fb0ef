"""JUnit XML, for CI: a test case for each judgement, grouped by section of the guide."""

from __future__ import annotations

from xml.sax.saxutils import escape, quoteattr

from windtunnel.lens.checkup import Checkup
from windtunnel.lens.reports.score import SECTIONS
from windtunnel.lens.rule import Judgement

SKIPPED = ("not exercised", "not applicable", "waived")


def report(checkup: Checkup) -> str:
    lines = ['<?xml version="1.0" encoding="UTF-8"?>']
    failures = sum(1 for j in checkup.judgements if j.verdict == "fail")
    name, tests = quoteattr(checkup.app), len(checkup.judgements)
    lines.append(f'<testsuites name={name} tests="{tests}" failures="{failures}" time="{checkup.seconds:.3f}">')
    for letter, title in SECTIONS.items():
        own = [j for j in checkup.judgements if j.practice.startswith(letter)]
        if own:
            lines += _suite(title, own)
    lines.append("</testsuites>")
    return "\n".join(lines) + "\n"


def _suite(title: str, judgements: list[Judgement]) -> list[str]:
    failures = sum(1 for j in judgements if j.verdict == "fail")
    skipped = sum(1 for j in judgements if j.verdict in SKIPPED)
    lines = [
        f'  <testsuite name={quoteattr(title)} tests="{len(judgements)}" failures="{failures}" skipped="{skipped}">'
    ]
    for judgement in judgements:
        name = f"{judgement.resource}: {judgement.title}" if judgement.resource else judgement.title
        lines.append(f"    <testcase classname={quoteattr(judgement.rule)} name={quoteattr(name)}>")
        if judgement.verdict == "fail":
            evidence = "\n".join(f"{each.grade} {each.where}: {each.says}" for each in judgement.evidence)
            lines.append(f"      <failure type={quoteattr(judgement.severity)} message={quoteattr(judgement.says)}>")
            lines.append(escape(f"{evidence}\nFix: {judgement.fix}"))
            lines.append("      </failure>")
        elif judgement.verdict in SKIPPED:
            lines.append(f"      <skipped message={quoteattr(f'{judgement.verdict}: {judgement.says}')}/>")
        lines.append("    </testcase>")
    lines.append("  </testsuite>")
    return lines
