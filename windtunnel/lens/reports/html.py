"""The report for people: one HTML file that needs nothing else, readable on a phone and on paper."""

from __future__ import annotations

from html import escape

from windtunnel.lens.checkup import Checkup
from windtunnel.lens.reports.score import Score, scores
from windtunnel.lens.rule import SEVERITIES, Judgement

WORDS = {
    "E0": "the template says so",
    "E1": "the source says so",
    "E2": "it was seen happening",
    "E3": "an experiment brought it about",
}
STYLE = """
:root { --ink: #1c2430; --soft: #5b6675; --line: #e2e6ec; --paper: #fff; --ground: #f5f7fa; --good: #1a7f4b; --fair: #b7791f;
  --bad: #c0362c; --info: #2b6cb0; --mark: #eef2f7; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6eaf0; --soft: #98a4b5; --line: #2b3442; --paper: #182029; --ground: #10161d;
  --good: #4cc38a; --fair: #e0b252; --bad: #f2786d; --info: #76b0f1; --mark: #202a36; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--ground); color: var(--ink); font: 16px/1.55 system-ui, "Segoe UI", Roboto, sans-serif; }
main { max-width: 56rem; margin: 0 auto; padding: 2.5rem 1.25rem 4rem; }
h1 { font-size: 1.9rem; margin: 0; letter-spacing: -.01em; } h2 { font-size: 1.15rem; margin: 2.5rem 0 .75rem; }
.where, .soft { color: var(--soft); } .where { font-size: .9rem; margin: .25rem 0 0; }
.verdict { font-size: 1.05rem; margin: 1rem 0 0; }
.scores { display: grid; gap: .5rem; margin-top: 1.5rem; padding: 1.1rem 1.25rem; background: var(--paper); border: 1px solid var(--line);
  border-radius: .6rem; }
.score { display: grid; grid-template-columns: 8.5rem 1fr 3.5rem 13rem; gap: .9rem; align-items: center; }
.score b { font-weight: 600; } .score .n { text-align: right; font-variant-numeric: tabular-nums; }
.score small { color: var(--soft); }
.bar { height: .55rem; border-radius: .3rem; background: var(--mark); overflow: hidden; } .bar i { display: block; height: 100%; }
.finding { background: var(--paper); border: 1px solid var(--line); border-left: .3rem solid var(--c); border-radius: .6rem;
  padding: 1rem 1.25rem; margin: .8rem 0; break-inside: avoid; }
.finding h3 { margin: 0; font-size: 1.02rem; } .tag { display: inline-block; font-size: .72rem; font-weight: 700; color: #fff;
  background: var(--c); border-radius: .25rem; padding: .1rem .45rem; margin-right: .5rem; text-transform: uppercase; letter-spacing: .03em; }
.meta { font-size: .85rem; color: var(--soft); margin: .2rem 0 .5rem; } .finding p { margin: .4rem 0; }
ul.evidence { list-style: none; margin: .5rem 0; padding: 0; } ul.evidence li { background: var(--mark); border-radius: .35rem;
  padding: .4rem .7rem; margin: .3rem 0; font-size: .9rem; overflow-wrap: anywhere; }
code, .at { font-family: ui-monospace, "SFMono-Regular", Menlo, monospace; font-size: .86em; } .at { color: var(--info); }
.fix { color: var(--good); } .fix b { margin-right: .35rem; }
details { background: var(--paper); border: 1px solid var(--line); border-radius: .6rem; padding: .6rem 1.1rem; margin: .6rem 0; }
summary { cursor: pointer; font-weight: 600; } table { border-collapse: collapse; width: 100%; font-size: .88rem; margin: .6rem 0; }
td, th { text-align: left; padding: .35rem .5rem .35rem 0; border-top: 1px solid var(--line); vertical-align: top; }
a { color: var(--info); } footer { margin-top: 3rem; font-size: .85rem; color: var(--soft); }
@media (max-width: 40rem) { .score { grid-template-columns: 7rem 1fr 3rem; } .score small { display: none; } }
@media print { body { background: #fff; } details { display: none; } }
"""
COLOURS = {"critical": "var(--bad)", "error": "var(--bad)", "warning": "var(--fair)", "info": "var(--info)"}


def report(checkup: Checkup) -> str:
    failed = [j for j in checkup.judgements if j.verdict == "fail"]
    parts = [
        "<!doctype html>",
        '<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">',
        f"<title>{escape(checkup.app)}: {len(failed)} to fix</title><style>{STYLE}</style></head><body><main>",
        f"<h1>{escape(checkup.app)}</h1><p class=where>{escape(checkup.template)}</p>",
        f"<p class=verdict>{_summary(checkup, failed)}</p>",
        "<div class=scores>",
        *(_score(score) for score in scores(checkup.judgements)),
        "</div>",
        *(["<h2>What to fix, the worst first</h2>"] if failed else ["<h2>Nothing to fix</h2>"]),
        *(_finding(each) for severity in SEVERITIES for each in failed if each.severity == severity),
        _folded("Not exercised", "What would have to run to judge these.", checkup, "not exercised"),
        _folded("Waived", "Accepted for a while, each with its reason.", checkup, "waived"),
        _folded("Well built", "Judged and found in order, with the evidence.", checkup, "pass"),
        _folded("Not applicable", "Practices that this application has no use for.", checkup, "not applicable"),
        _notes(checkup),
        f"<footer>{_ran(checkup)} Judged by windtunnel against the AWS Lambda best-practices guide.</footer>",
        "</main></body></html>",
    ]
    return "\n".join(part for part in parts if part) + "\n"


def _summary(checkup: Checkup, failed: list[Judgement]) -> str:
    counts = [(sum(1 for j in failed if j.severity == severity), severity) for severity in SEVERITIES]
    found = ", ".join(f"<b>{count}</b> {severity}" for count, severity in counts if count)
    well = sum(1 for j in checkup.judgements if j.verdict == "pass")
    return f"{found or 'Nothing'} to fix; {well} judgements in order."


def _ran(checkup: Checkup) -> str:
    if checkup.static:
        return f"Template and source were read in {checkup.seconds:.1f} s; nothing ran."
    tests = (
        f" {escape(checkup.tests.says[0].upper() + checkup.tests.says[1:])}."
        if checkup.tests and checkup.tests.ran
        else ""
    )
    return (
        f"The application ran on this machine for {checkup.seconds:.1f} s: {checkup.invocations} invocations, "
        f"{checkup.facts} facts recorded.{tests}"
    )


def _score(score: Score) -> str:
    if score.percent is None:
        return (
            f"<div class=score><b>{score.title}</b><span class=soft>not judged</span><span></span><small></small></div>"
        )
    colour = "good" if score.percent >= 90 else "fair" if score.percent >= 60 else "bad"
    rest = f"{score.passed} well, {score.failed} to fix" + (f", {score.open} not exercised" if score.open else "")
    bar = f'<div class=bar><i style="width:{score.percent}%;background:var(--{colour})"></i></div>'
    return (
        f"<div class=score><b>{score.title}</b>{bar}<span class=n>{score.percent} %</span><small>{rest}</small></div>"
    )


def _finding(judgement: Judgement) -> str:
    return "\n".join(
        [
            f'<section class=finding style="--c:{COLOURS[judgement.severity]}">',
            f"<h3><span class=tag>{judgement.severity}</span>{escape(judgement.title)}</h3>",
            f"<p class=meta><code>{escape(judgement.rule)}</code> · {escape(judgement.resource)} · "
            f"{judgement.grade}, {WORDS.get(judgement.grade, '')}</p>",
            f"<p>{escape(_sentence(judgement.says))}</p>",
            _evidence(judgement),
            f"<p class=fix><b>Fix</b>{escape(judgement.fix)} <a href={escape(judgement.source)!r}>Why</a></p>",
            "</section>",
        ]
    )


def _evidence(judgement: Judgement) -> str:
    lines = [f"<li><span class=at>{escape(each.where)}</span> {escape(each.says)}</li>" for each in judgement.evidence]
    return f"<ul class=evidence>{''.join(lines)}</ul>" if lines else ""


def _folded(title: str, explained: str, checkup: Checkup, verdict: str) -> str:
    own = [j for j in checkup.judgements if j.verdict == verdict]
    if not own:
        return ""
    rows = "".join(
        f"<tr><td><code>{escape(j.rule)}</code></td><td>{escape(j.resource)}</td><td>{escape(_sentence(j.says))}"
        f"{'<br><span class=soft>' + escape('; '.join(e.says for e in j.evidence)) + '</span>' if j.evidence else ''}</td></tr>"
        for j in own
    )
    return (
        f"<details><summary>{title} ({len(own)})</summary><p class=soft>{explained}</p><table>{rows}</table></details>"
    )


def _notes(checkup: Checkup) -> str:
    notes = [*checkup.notes, *(f"Left out: {each}" for each in checkup.left_out)]
    return "<h2>Notes</h2><ul>" + "".join(f"<li>{escape(note)}</li>" for note in notes) + "</ul>" if notes else ""


def _sentence(text: str) -> str:
    text = text.rstrip(".")
    return f"{text[:1].upper()}{text[1:]}."
