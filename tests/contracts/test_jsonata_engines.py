"""What a state may rely on of JSONata, whichever library evaluates it."""

import pytest

from windtunnel.services.stepfunctions.language import jsonata
from windtunnel.services.stepfunctions.language.jsonata_python import PythonEngine


class Home:
    class clock:
        @staticmethod
        def now():
            return 1_767_225_600.0

    class ids:
        @staticmethod
        def uuid():
            return "u" * 36

        @staticmethod
        def fraction():
            return 0.5


@pytest.fixture(params=["jsonatapy", "jsonata-python"])
def evaluated(request):
    def evaluate(text, **bindings):
        seen = jsonata.Seen()
        seen.home = Home
        functions = jsonata._functions(seen)
        made = jsonata.engine if request.param == "jsonatapy" else PythonEngine
        return made(text, functions).value(bindings)

    return evaluate


@pytest.mark.parametrize(
    "text, bindings, found",
    [
        ("$x", {"x": None}, None),
        ("$x", {"x": []}, []),
        ("$states.input.a", {"states": {"input": {"a": None}}}, None),
        ("$states.input", {"states": {"input": {"a": [None, {"b": None}]}}}, {"a": [None, {"b": None}]}),
        ("$x.y", {"x": [{"y": 1}]}, 1),
        ("$sum($x)", {"x": [1, 2.5]}, 3.5),
        ("4 / 2", {}, 2),
        ("{'a': null}", {}, {"a": None}),
        ("'E' & 1", {}, "E1"),
        ("$partition([1,2,3], 2)", {}, [[1, 2], [3]]),
        ("$range(0, 10, 5)", {}, [0, 5, 10]),
        ("$hash('input', 'MD5')", {}, "a43c1b0aa53a0c908810c06ab1ff3967"),
        ("$parse('{\"a\": [1]}').a", {}, [1]),
        ("$length($uuid())", {}, 36),
        ("$random(7) = $random(7)", {}, True),
        ("$random()", {}, 0.5),
        ("$now()", {}, "2026-01-01T00:00:00.000Z"),
        ("$millis()", {}, 1_767_225_600_000),
    ],
)
def test_values(evaluated, text, bindings, found):
    assert evaluated(text, **bindings) == found


def test_undefined_is_not_null(evaluated):
    assert evaluated("$nope") is jsonata.UNDEFINED
    assert evaluated("null") is None


@pytest.mark.parametrize("text", ["$missing(1)", "$eval('1')"])
def test_what_is_no_function_is_told_in_aws_words(evaluated, text):
    with pytest.raises(jsonata.Failed) as caught:
        evaluated(text)

    assert str(caught.value) == "T1006: Attempted to invoke a non-function"


def test_an_endless_expression_ends(evaluated):
    with pytest.raises(jsonata.Failed):
        evaluated("($f := function($x) { $f($x + 1) }; $f(1))")


def test_a_fault_in_an_expression_is_told_before_it_is_evaluated(evaluated):
    with pytest.raises(jsonata.InvalidJsonata):
        evaluated("1 +")
