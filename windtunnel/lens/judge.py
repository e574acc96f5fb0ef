"""From rules and an estate to judgements: every rule says something about every application, if only why it does not apply."""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache

import msgspec

from windtunnel.lens.estate import Estate
from windtunnel.lens.rule import SEVERITIES, VERDICTS, Finding, Judgement, Open, Proof, Rule
from windtunnel.lens.waivers import Waiver, waiver_for


@cache
def every_rule() -> tuple[Rule, ...]:
    """One of each rule class in `lens/rules/`, by id."""
    from windtunnel.lens import rules

    found = []
    for module in pkgutil.iter_modules(rules.__path__):
        loaded = importlib.import_module(f"windtunnel.lens.rules.{module.name}")
        found += [
            each()
            for each in vars(loaded).values()
            if isinstance(each, type) and issubclass(each, Rule) and each.__module__ == loaded.__name__
        ]
    return tuple(sorted(found, key=lambda rule: rule.id))


def judge(estate: Estate, waivers: tuple[Waiver, ...] = (), rules: tuple[Rule, ...] | None = None) -> list[Judgement]:
    """Worst first; inside one severity by practice."""
    judged = [each for rule in (every_rule() if rules is None else rules) for each in _judged(rule, estate)]
    waived = [_with_waiver(each, waivers, estate) for each in judged]
    return sorted(waived, key=lambda j: (VERDICTS.index(j.verdict), SEVERITIES.index(j.severity), j.rule, j.resource))


def _judged(rule: Rule, estate: Estate) -> list[Judgement]:
    subjects = list(rule.subjects(estate))
    if not subjects:
        return [_judgement(rule, "not applicable", "", rule.absent)]
    if estate.static and (rule.experiment or rule.watches):
        doing = "runs the experiment" if rule.experiment else "watches the application run"
        seen = rule.check(estate) if rule.experiment else ()
        said: list[Finding | Proof | Open] = [each for each in seen if isinstance(each, Finding)]
        said += [Open(each, f"windtunnel check, without --static, {doing}.") for each in subjects]
        return _from_outcomes(rule, [], said)
    said = list(rule.check(estate))
    return _from_outcomes(rule, [each.logical_id for each in subjects], said)


def _from_outcomes(rule: Rule, subjects: list[str], said: list[Finding | Proof | Open]) -> list[Judgement]:
    judged = _merged([_failed(rule, each) for each in said if isinstance(each, Finding)])
    failed = {each.resource for each in judged}
    for each in said:
        name = each.resource.logical_id
        if name in failed or isinstance(each, Finding):
            continue
        if isinstance(each, Proof):
            judged.append(_judgement(rule, "pass", name, each.says, each.evidence))
        else:
            judged.append(_judgement(rule, "not exercised", name, each.run))
    told = {each.resource for each in judged}
    return judged + [_judgement(rule, "pass", name, "Follows the practice.") for name in subjects if name not in told]


def _merged(judged: list[Judgement]) -> list[Judgement]:
    """One judgement for what is said of a resource at one severity: the strongest words, all of the evidence."""
    found: dict[tuple[str, str], Judgement] = {}
    for each in judged:
        place = (each.resource, each.severity)
        known = found.get(place)
        if known is None:
            found[place] = each
            continue
        first, second = sorted((known, each), key=lambda j: j.grade, reverse=True)
        evidence = (*first.evidence, *second.evidence)
        found[place] = msgspec.structs.replace(first, evidence=evidence)
    return list(found.values())


def _failed(rule: Rule, finding: Finding) -> Judgement:
    judgement = _judgement(rule, "fail", finding.resource.logical_id, finding.says, finding.evidence)
    return msgspec.structs.replace(judgement, fix=rule.fix, severity=finding.severity or rule.severity)


def _judgement(rule: Rule, verdict: str, resource: str, says: str, evidence: tuple[object, ...] = ()) -> Judgement:
    return Judgement(
        rule=rule.id,
        practice=rule.practice,
        title=rule.title,
        verdict=verdict,
        severity=rule.severity,
        resource=resource,
        says=says,
        evidence=tuple(evidence),  # type: ignore[arg-type]
        source=rule.source,
    )


def _with_waiver(judgement: Judgement, waivers: tuple[Waiver, ...], estate: Estate) -> Judgement:
    if judgement.verdict != "fail":
        return judgement
    waiver = waiver_for(judgement.rule, judgement.resource, waivers, estate.today)
    if waiver is None:
        return judgement
    says = f"{judgement.says} (waived until {waiver.until}: {waiver.reason})"
    return msgspec.structs.replace(judgement, verdict="waived", says=says)
