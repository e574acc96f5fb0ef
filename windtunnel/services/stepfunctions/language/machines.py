"""A definition compiled into a machine."""

from __future__ import annotations

from functools import partial
from typing import Any

from windtunnel.services.stepfunctions.language.forks import Map, Parallel
from windtunnel.services.stepfunctions.language.states import Choice, Fail, Flow, Pass, State, Succeed, Wait
from windtunnel.services.stepfunctions.language.tasks import Task

_KINDS: dict[str, type[State]] = {kind.kind: kind for kind in (Choice, Fail, Pass, Succeed, Task, Wait)}


def compiled(definition: dict[str, Any]) -> Flow:
    """Of a definition that was found right (`definitions.py`)."""
    return Flow(definition, state)


def state(name: str, fields: dict[str, Any], speaks_jsonata: bool) -> State:
    forks = {"Map": Map, "Parallel": Parallel}
    kind = fields["Type"]
    if kind in forks:
        return partial(forks[kind], kinds=state)(name, fields, speaks_jsonata)
    return _KINDS[kind](name, fields, speaks_jsonata)


def flow_at(machine: Flow, place: tuple[str | int, ...]) -> Flow:
    """The flow inside: `place` names the states on the way in, each followed by the number of a branch."""
    for at in range(0, len(place), 2):
        machine = machine.states[str(place[at])].flows()[int(place[at + 1])]
    return machine
