"""From what an experiment found out to what a rule says: the same for every rule that rests on one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from windtunnel.lens.estate import Estate
from windtunnel.lens.resources import Resource
from windtunnel.lens.rule import Finding, Open, Proof


def by_experiment(estate: Estate, name: str, subjects: Iterable[Resource]) -> Iterator[Finding | Proof | Open]:
    """A finding where the experiment went wrong, a proof where it went well, open where it could not tell. Nothing when static."""
    if estate.static:
        return
    for subject in subjects:
        result = estate.result(name, subject)
        if result is None:
            yield Open(subject, f"The experiment {name} did not reach it.")
        elif result.held is None:
            yield Open(subject, result.says)
        elif result.held:
            yield Proof(subject, result.says, result.evidence)
        else:
            yield Finding(subject, result.says, result.evidence)
