"""What a rule of the lens is written as: one file, one class; its name is practice and fault.

subjects  which resources the practice is about; none: not applicable, and `absent` says why
check     yields a Finding for each fault, a Proof where something was shown to be well, an Open where it could not be seen
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, ClassVar

import msgspec

from windtunnel.lens.evidence import Evidence, strongest

if TYPE_CHECKING:
    from windtunnel.lens.estate import Estate
    from windtunnel.lens.resources import Resource

SEVERITIES = ("critical", "error", "warning", "info")
VERDICTS = ("fail", "not exercised", "pass", "not applicable", "waived")


class Finding(msgspec.Struct, frozen=True):
    """A fault of a resource. Without evidence there is none: making one raises ValueError."""

    resource: Resource
    says: str
    evidence: tuple[Evidence, ...]
    severity: str = ""
    """Overrides the rule's where the circumstances make it better or worse."""

    def __post_init__(self) -> None:
        if not self.evidence:
            raise ValueError(f"A finding about {self.resource.logical_id} without evidence: {self.says}")


class Proof(msgspec.Struct, frozen=True):
    """The practice is followed here, and this shows it."""

    resource: Resource
    says: str
    evidence: tuple[Evidence, ...]


class Open(msgspec.Struct, frozen=True):
    """Could not be judged here; `run` says what would show it."""

    resource: Resource
    run: str


class Judgement(msgspec.Struct, frozen=True, kw_only=True):
    """One resource under one rule: a line of the report."""

    rule: str
    practice: str
    title: str
    verdict: str
    severity: str
    resource: str
    says: str
    evidence: tuple[Evidence, ...] = ()
    fix: str = ""
    source: str = ""

    @property
    def grade(self) -> str:
        return strongest(self.evidence)


class Rule:
    """Rules are found by their files in `lens/rules/`; tests and pages are made from the class."""

    id: ClassVar[str]
    severity: ClassVar[str]
    title: ClassVar[str]
    fix: ClassVar[str]
    source: ClassVar[str]
    """The page that the practice rests on."""
    existing: ClassVar[tuple[str, ...]] = ()
    """Ids of other tools' rules for the same fault; their suppressions count here."""
    absent: ClassVar[str] = "The template has nothing that this practice is about."
    watches: ClassVar[bool] = False
    """Needs the flight record: not exercised in a static check."""
    experiment: ClassVar[str] = ""
    """The name of the experiment that it reads, in `lens/experiments/`."""
    bad: ClassVar[str] = ""
    """A template (or source, see `files`) with exactly this fault."""
    good: ClassVar[str] = ""
    files: ClassVar[dict[str, tuple[str, str]]] = {}
    """Source files of the example: name → (bad, good)."""

    @property
    def practice(self) -> str:
        return self.id.split("-", 1)[0]

    def subjects(self, estate: Estate) -> Iterable[Resource]:
        return estate.functions

    def check(self, estate: Estate) -> Iterator[Finding | Proof | Open]:
        raise NotImplementedError
