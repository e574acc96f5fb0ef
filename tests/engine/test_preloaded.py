"""Modules that a fork server has imported before: there at once, and nobody notices but by the time."""

from tests.engine.bench import Bench
from windtunnel.engine import facts


def imported(bench: Bench) -> dict[str, float]:
    [started] = bench.recorder.records(facts.InitFinished)
    return {each.module: each.own_ms for each in started.fact.imports}


def test_what_a_function_asks_for_is_reported_with_what_it_uses(bench: Bench) -> None:
    bench.answer(bench.spec("import uuid\ndef handler(event, context):\n    return str(uuid.uuid4())\n"))

    assert {"uuid", "platform"} <= imported(bench).keys()
    assert imported(bench)["platform"] > 0.1


def test_what_nobody_asks_for_is_not_reported(bench: Bench) -> None:
    bench.answer(bench.spec("def handler(event, context):\n    return 1\n"))

    assert imported(bench).keys() == {"index"}


def test_a_module_of_the_package_comes_before_the_standard_library(bench: Bench) -> None:
    spec = bench.spec(
        "import random, uuid\ndef handler(event, context):\n    return [random.mine, len(uuid.uuid4().hex)]\n",
        files={"random.py": "mine = True\n"},
    )

    assert bench.answer(spec) == [True, 32]


def test_a_package_has_only_the_submodules_that_were_asked_for(bench: Bench) -> None:
    spec = bench.spec(
        """
        import urllib
        before = hasattr(urllib, "parse")
        import urllib.parse
        def handler(event, context):
            return [before, urllib.parse.quote("a b")]
        """
    )

    assert bench.answer(spec) == [False, "a%20b"]


def test_a_module_that_is_removed_and_imported_again_is_a_new_one(bench: Bench) -> None:
    spec = bench.spec(
        """
        import sys
        import decimal as first
        del sys.modules["decimal"]
        import decimal as second
        def handler(event, context):
            return [first is second, first.__spec__.name, second.__spec__.name, hasattr(first, "decimal")]
        """
    )

    assert bench.answer(spec) == [False, "decimal", "decimal", False]


def test_modules_of_one_family_are_the_same_objects_however_they_are_reached(bench: Bench) -> None:
    spec = bench.spec(
        """
        import datetime
        import _datetime
        def handler(event, context):
            return datetime.datetime is _datetime.datetime
        """
    )

    assert bench.answer(spec) is True


def test_the_sdk_comes_as_a_whole(bench: Bench) -> None:
    spec = bench.spec(
        """
        import boto3
        def handler(event, context):
            import botocore
            return [botocore.session is not None, boto3.session.Session is not None, hasattr(boto3, "boto3")]
        """,
        memory_mb=256,
        timeout_s=20,
    )

    assert bench.answer(spec) == [True, True, False]
