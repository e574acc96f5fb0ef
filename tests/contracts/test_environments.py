"""What every host promises (`engine/host.py`), asked of each: one suite, all implementations."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.engine.bench import Bench
from tests.engine.laboratory import RUNTIME, Laboratory
from windtunnel.engine import facts
from windtunnel.engine.host import Environment, Host, State
from windtunnel.engine.inline import InlineHost
from windtunnel.engine.interpreters import of_this_machine
from windtunnel.engine.spec import Spec


class Words(NamedTuple):
    """What the functions of this suite do, in one language."""

    runtime: str
    file: str
    counter: str
    """Counts its invocations, and does what the event says."""
    failing: str
    raises: str
    told: tuple[str, str]
    exits: str
    sleeps: str


PYTHON = Words(
    RUNTIME,
    "index.py",
    """
    import sys, time
    count = 0
    def handler(event, context):
        global count
        count += 1
        exec(event or "")
        return count
    """,
    failing="import absent_module",
    raises="raise KeyError('order')",
    told=("KeyError", "'order'"),
    exits="sys.exit(7)",
    sleeps="time.sleep({})",
)
NODE = Words(
    "nodejs20.x",
    "index.js",
    """
    let count = 0;
    const sleep = (seconds) => new Promise((done) => setTimeout(done, seconds * 1000));
    exports.handler = async (event) => {
      count += 1;
      await eval(event ?? '');
      return count;
    };
    """,
    failing="require('absent-module');",
    raises="throw new RangeError('order')",
    told=("RangeError", "order"),
    exits="process.exit(7)",
    sleeps="sleep({})",
)


def inline(laboratory: Laboratory) -> Host:
    return InlineHost(laboratory.clock, laboratory.ids, laboratory.recorder, laboratory.keep)


HOSTS: dict[str, tuple[Words, dict[str, Callable[[Laboratory], Host] | bool | None]]] = {
    "process": (PYTHON, {"host": None}),
    "process without isolation": (PYTHON, {"host": None, "isolate": False}),
    "node": (NODE, {"host": None}),
    "node without isolation": (NODE, {"host": None, "isolate": False}),
    "inline": (PYTHON, {"host": inline}),
}


@pytest.fixture(params=HOSTS)
def words(request: pytest.FixtureRequest) -> Words:
    words, _ = HOSTS[request.param]
    if words is NODE and not of_this_machine().nodes:
        pytest.skip("no Node.js here")
    return words


@pytest.fixture
def bench(request: pytest.FixtureRequest, words: Words, tmp_path: Path) -> Iterator[Bench]:
    _, options = HOSTS[request.node.callspec.params["words"]]
    with Bench(tmp_path / "functions", **options) as made:
        yield made


def function(bench: Bench, words: Words, source: str) -> Spec:
    return bench.spec("", files={words.file: source}, runtime=words.runtime, timeout_s=1)


@pytest.fixture
def environment(bench: Bench, words: Words) -> Iterator[Environment]:
    started = bench.run(bench.engine.fresh(function(bench, words, words.counter)))
    yield started
    bench.run(started.stop("test"))


def test_a_new_environment_becomes_idle(bench: Bench, environment: Environment) -> None:
    assert bench.run(environment.ready()) is True

    assert environment.state is State.IDLE


def test_the_first_invocation_is_cold_and_the_next_is_not(bench: Bench, environment: Environment) -> None:
    first, second = bench.invoke_in(environment), bench.invoke_in(environment)

    assert (first.payload, first.cold, first.init_ms is None) == (b"1", True, False)
    assert (second.payload, second.cold, second.init_ms is None) == (b"2", False, True)
    assert environment.state is State.IDLE


def test_a_second_invocation_meanwhile_is_refused(bench: Bench, words: Words, environment: Environment) -> None:
    async def both() -> None:
        first = asyncio.ensure_future(environment.invoke(bench.laboratory.invocation(words.sleeps.format(0.2))))
        await asyncio.sleep(0)
        with pytest.raises(RuntimeError):
            await environment.invoke(bench.laboratory.invocation())
        assert (await first).payload == b"1"

    bench.run(both())


def test_an_exception_is_an_outcome(bench: Bench, words: Words, environment: Environment) -> None:
    outcome = bench.invoke_in(environment, words.raises)

    told = json.loads(outcome.payload)
    assert (outcome.status, outcome.error) == ("error", "Unhandled")
    assert (told["errorType"], told["errorMessage"]) == words.told
    assert bench.invoke_in(environment).payload == b"2"


def test_an_exit_is_a_crash_and_the_next_invocation_starts_anew(
    bench: Bench, words: Words, environment: Environment
) -> None:
    crashed = bench.invoke_in(environment, words.exits)

    assert crashed.status == "crash"
    assert json.loads(crashed.payload)["errorMessage"].endswith("Error: Runtime exited with error: exit status 7")
    assert bench.invoke_in(environment).payload == b"1"


def test_an_overrun_ends_in_time_and_the_next_invocation_starts_anew(
    bench: Bench, words: Words, environment: Environment
) -> None:
    overran = bench.invoke_in(environment, words.sleeps.format(3))

    assert (overran.status, overran.duration_ms) == ("timeout", 1000)
    assert json.loads(overran.payload)["errorMessage"].endswith("Error: Task timed out after 1.00 seconds")
    assert bench.invoke_in(environment).payload == b"1"


def test_a_failed_initialisation_is_told_and_repeated(bench: Bench, words: Words) -> None:
    environment = bench.run(bench.engine.fresh(function(bench, words, words.failing)))

    assert bench.run(environment.ready()) is False
    for _ in range(2):
        assert json.loads(bench.invoke_in(environment).payload)["errorType"] == "Runtime.ImportModuleError"
    bench.run(environment.stop("test"))


def test_after_the_end_an_invocation_is_refused_and_a_second_end_is_harmless(
    bench: Bench, environment: Environment
) -> None:
    bench.run(environment.stop("test"))
    bench.run(environment.stop("test"))

    assert environment.state is State.DEAD
    with pytest.raises(RuntimeError):
        bench.invoke_in(environment)


def test_an_end_during_an_invocation_makes_it_a_crash(bench: Bench, words: Words, environment: Environment) -> None:
    async def scenario() -> str:
        await environment.ready()
        invoking = asyncio.ensure_future(environment.invoke(bench.laboratory.invocation(words.sleeps.format(0.8))))
        await asyncio.sleep(0.05)
        await environment.stop("test")
        return (await invoking).status

    assert bench.run(scenario()) == "crash"


def test_the_log_has_the_platform_lines_in_order(bench: Bench, environment: Environment) -> None:
    bench.invoke_in(environment)
    bench.run(environment.stop("test"))

    words = [text.split()[0] for text in bench.laboratory.log]

    assert words == ["INIT_START", "START", "END", "REPORT"]


def test_the_tail_of_the_log_ends_with_the_report(bench: Bench, environment: Environment) -> None:
    outcome = bench.invoke_in(environment, tail=True)

    assert outcome.log_tail.startswith(b"START RequestId: ")
    assert outcome.log_tail.splitlines()[-1].startswith(b"REPORT RequestId: ")


def test_start_initialisation_and_end_are_recorded(bench: Bench, environment: Environment) -> None:
    bench.invoke_in(environment)
    bench.run(environment.stop("test"))

    kinds = [entry.kind for entry in bench.recorder.records() if not isinstance(entry.fact, facts.Did)]

    assert kinds == ["EnvironmentStarted", "InitFinished", "EnvironmentEnded"]


def test_what_is_enforced_is_graded(bench: Bench) -> None:
    enforced = bench.run(bench.engine.enforcement())

    assert {getattr(enforced, name).grade for name in enforced.__struct_fields__} <= {"enforced", "sampled", "absent"}


def test_a_runtime_that_nobody_has_is_refused(bench: Bench) -> None:
    with pytest.raises(LookupError):
        bench.run(bench.engine.fresh(bench.spec("", runtime="java21")))


def test_a_function_without_snapstart_needs_no_snapshot_and_has_none_to_retire(bench: Bench, words: Words) -> None:
    spec = function(bench, words, words.counter)

    assert bench.run(bench.engine.snapshot(spec)) == ""
    bench.run(bench.laboratory.host.retire(spec.function_arn, ""))

    assert bench.invoke(spec).payload == b"1"
