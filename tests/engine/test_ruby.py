"""Functions in Ruby, where this machine has one."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.engine.bench import Bench
from windtunnel.engine.interpreters import of_this_machine
from windtunnel.engine.spec import Spec

FOUND = of_this_machine().rubies
needs_ruby = pytest.mark.skipif(not FOUND, reason="no Ruby here")


@pytest.fixture(params=["isolated", "not isolated"])
def either(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Bench]:
    with Bench(tmp_path / "functions", isolate=request.param == "isolated") as made:
        yield made


def ruby(bench: Bench, source: str, **changes: Any) -> Spec:
    runtime = "ruby{}.{}".format(*FOUND[0].version)
    return bench.spec("", files={"index.rb": source}, **{"runtime": runtime, "timeout_s": 10, **changes})


@pytest.mark.skipif(bool(FOUND), reason="a Ruby is here")
def test_without_a_ruby_the_runtime_is_refused_by_name(bench: Bench) -> None:
    with pytest.raises(LookupError, match=r"^No interpreter for ruby3\.3 was found\. Install one"):
        bench.invoke(bench.spec("", runtime="ruby3.3"))


@needs_ruby
def test_a_method_answers(either: Bench) -> None:
    spec = ruby(
        either, "$n = 0\ndef handler(event:, context:)\n  $n += 1\n  { n: $n, name: context.function_name }\nend\n"
    )

    assert [either.answer(spec, {"a": 1}) for _ in range(2)] == [{"n": n, "name": spec.name} for n in (1, 2)]


@needs_ruby
def test_a_method_of_a_class_answers(bench: Bench) -> None:
    source = "module App\n  class Api\n    def self.get(event:, context:)\n      event\n    end\n  end\nend\n"

    assert bench.answer(ruby(bench, source, handler="index.App::Api.get"), {"a": "ü"}) == {"a": "ü"}


@needs_ruby
def test_an_exception_is_an_outcome(either: Bench) -> None:
    spec = ruby(either, "def handler(event:, context:)\n  puts 'before'\n  raise ArgumentError, 'no such order'\nend\n")

    error = either.error(spec)

    assert (error["errorType"], error["errorMessage"]) == ("Function<ArgumentError>", "no such order")
    assert error["stackTrace"][0].startswith(("/var/task/index.rb:3:in", f"{spec.code}/index.rb:3:in"))
    assert "before\n" in either.laboratory.log


@needs_ruby
def test_a_failed_initialisation_is_named(bench: Bench) -> None:
    error = bench.error(ruby(bench, "require 'absent'\n"))

    assert error["errorType"] == "Init<LoadError>"
    assert error["errorMessage"] == "cannot load such file -- absent"


@needs_ruby
def test_an_exit_is_a_crash(bench: Bench) -> None:
    outcome = bench.invoke(ruby(bench, "def handler(event:, context:)\n  exit 3\nend\n"))

    assert json.loads(outcome.payload)["errorMessage"].endswith("Runtime exited with error: exit status 3")


LOGS = """require 'logger'
LOG = Logger.new($stdout, progname: 'shop')
def handler(event:, context:)
  LOG.info("one\\ntwo")
  LOG.error(ArgumentError.new('no'))
  context.aws_request_id
end
"""


@needs_ruby
def test_a_message_of_a_logger_is_one_event_and_has_the_request(bench: Bench) -> None:
    request = bench.answer(ruby(bench, LOGS), {})

    assert f"  INFO {request} -- shop: one\ntwo\n" in bench.laboratory.text()


@needs_ruby
def test_a_logger_writes_json_where_the_function_logs_in_json(bench: Bench) -> None:
    request = bench.answer(ruby(bench, LOGS, log_format="JSON"), {})

    lines = bench.laboratory.text().splitlines()
    info, error = (json.loads(line) for line in lines if '"level"' in line)
    assert (info["level"], info["message"], info["requestId"], info["logger"]) == ("INFO", "one\ntwo", request, "shop")
    assert (error["errorType"], error["errorMessage"]) == ("ArgumentError", "no")
