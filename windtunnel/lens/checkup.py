"""The check: deploy, exercise, experiment, judge. What `windtunnel check` does between its arguments and its report.

template ─► deployment ─► sample events, own tests ─► experiments ─► estate ─► judgements
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import msgspec

from windtunnel.aws.home import Home
from windtunnel.deploy.application import Application, Deployment
from windtunnel.deploy.artifacts import nested
from windtunnel.deploy.template import Template
from windtunnel.kernel.clock import VirtualClock
from windtunnel.kernel.stopwatch import ticks
from windtunnel.lens import exercise
from windtunnel.lens.estate import Estate
from windtunnel.lens.experiments.bench import Bench
from windtunnel.lens.judge import judge
from windtunnel.lens.rule import Judgement
from windtunnel.lens.waivers import Waiver

Say = Callable[[str], None]
SAMPLE_REPEATS = 3
"""How often each sample event is sent, so that warm invocations are seen as well as cold ones."""


class Checkup(msgspec.Struct, frozen=True, kw_only=True):
    """All that a report needs."""

    app: str
    template: str
    static: bool
    judgements: list[Judgement]
    seconds: float
    notes: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()
    tests: exercise.TestsRun | None = None
    facts: int = 0
    invocations: int = 0


def check_static(template: Template, today: date, waivers: tuple[Waiver, ...]) -> Checkup:
    """Template and source alone; nothing runs."""
    started = ticks()
    judgements = judge(Estate(template, today), waivers)
    return Checkup(
        app=template.folder().resolve().name,
        template=template.place,
        static=True,
        judgements=judgements,
        seconds=ticks() - started,
        notes=tuple(_not_judged(template)),
    )


async def check(
    home: Home, clock: VirtualClock, application: Application, waivers: tuple[Waiver, ...], say: Say
) -> Checkup:
    """Raises TemplateError and DeployFailed; a fault of the application itself is a judgement, never an exception."""
    started = ticks()
    cloud: Any = home.cloud
    today = datetime.fromtimestamp(clock.now(), UTC).date()
    deployment = await application.deploy(home, say)
    planned = Estate(application.template, today, [], deployment.physical)
    events = exercise.sample_events(application.folder, planned.functions)
    await _send_samples(home, deployment, planned, events, say)
    say("running the application's own tests")
    tests = await clock.run_along(
        exercise.own_tests(application.folder, cloud.endpoint, home.region, deployment.stack, deployment.outputs)
    )
    await clock.settle()
    facts = cloud.recorder.records()
    bench = Bench(home, clock, deployment, planned, events)
    results = {}
    for name, run in experiments().items():
        say(f"experiment: {name}")
        results[name] = await run(bench)
    say("judging")
    packages = {
        f.logical_id: Path(bench.spec(f).code) for f in planned.functions if f.logical_id in deployment.physical
    }
    estate = Estate(application.template, today, facts, deployment.physical, results, packages)
    notes = [f"{f.logical_id}: no sample event in events/ and not reached by the tests" for f in estate.functions
             if not estate.invocations(f)]  # fmt: skip
    notes += _not_judged(application.template)
    notes += sorted({e.fact.notice for e in facts if e.kind == "EnvironmentStarted" and e.fact.notice})
    return Checkup(
        app=application.folder.name,
        template=application.template.place,
        static=False,
        judgements=judge(estate, waivers),
        seconds=ticks() - started,
        notes=(*notes, *([tests.says] if not tests.ran else [])),
        left_out=deployment.left_out,
        tests=tests,
        facts=len(facts),
        invocations=len(estate.facts("Invoked")),
    )


def _not_judged(template: Template) -> list[str]:
    return [
        f"{name} is a stack of its own, which is not judged with this one: windtunnel check {path}"
        for name, path in nested(template, all_there=False).items()
    ]


def experiments() -> dict[str, Callable[[Bench], Any]]:
    """Every experiment by its name, found by its file."""
    from windtunnel.lens import experiments as folder

    found = {}
    for module in pkgutil.iter_modules(folder.__path__):
        loaded = importlib.import_module(f"windtunnel.lens.experiments.{module.name}")
        if hasattr(loaded, "NAME"):
            found[loaded.NAME] = loaded.run
    return found


async def _send_samples(
    home: Home, deployment: Deployment, estate: Estate, events: dict[str, list[Any]], say: Say
) -> None:
    """Each sample event to its function, a few times: the first one cold."""
    for function in estate.functions:
        for event in events.get(function.logical_id, []):
            say(f"sending a sample event to {function.logical_id}")
            for _ in range(SAMPLE_REPEATS):
                wish = {"FunctionName": deployment.physical[function.logical_id], "Payload": msgspec.json.encode(event)}
                await home.call("lambda", "Invoke", wish)
