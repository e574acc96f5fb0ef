"""Event patterns, operator by operator."""

import pytest

from windtunnel.fabric.patterns import InvalidPattern, compiled

EVENT = {
    "source": "shop",
    "ip": "10.0.1.7",
    "detail": {"total": 120, "state": "paid", "tags": ["red", "big"], "gone": None, "ok": True},
}


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ({"source": ["shop"]}, True),
        ({"source": ["other", "shop"]}, True),
        ({"source": ["other"]}, False),
        ({"detail": {"total": [120]}}, True),
        ({"detail": {"total": ["120"]}}, False),
        ({"detail": {"ok": [True]}}, True),
        ({"detail": {"ok": [1]}}, False),
        ({"detail": {"gone": [None]}}, True),
        ({"detail": {"tags": ["big"]}}, True),
        ({"detail": {"state": [{"prefix": "pa"}]}}, True),
        ({"detail": {"state": [{"suffix": "id"}]}}, True),
        ({"detail": {"state": [{"prefix": {"equals-ignore-case": "PA"}}]}}, True),
        ({"detail": {"state": [{"equals-ignore-case": "PAID"}]}}, True),
        ({"detail": {"state": [{"wildcard": "p*d"}]}}, True),
        ({"detail": {"state": [{"wildcard": "x*"}]}}, False),
        ({"detail": {"state": [{"anything-but": "paid"}]}}, False),
        ({"detail": {"state": [{"anything-but": ["open", "lost"]}]}}, True),
        ({"detail": {"state": [{"anything-but": {"prefix": "pa"}}]}}, False),
        ({"detail": {"total": [{"numeric": [">", 100, "<=", 120]}]}}, True),
        ({"detail": {"total": [{"numeric": ["<", 100]}]}}, False),
        ({"detail": {"missing": [{"exists": False}]}}, True),
        ({"detail": {"missing": [{"exists": True}]}}, False),
        ({"detail": {"gone": [{"exists": True}]}}, True),
        ({"missing": {"deeper": [{"exists": False}]}}, True),
        ({"ip": [{"cidr": "10.0.0.0/16"}]}, True),
        ({"ip": [{"cidr": "10.1.0.0/16"}]}, False),
        ({"$or": [{"source": ["x"]}, {"detail": {"total": [{"numeric": ["=", 120]}]}}]}, True),
        ({"source": ["shop"], "detail": {"state": ["open"]}}, False),
    ],
)
def test_a_pattern_matches_as_it_says(pattern, expected):
    assert compiled(pattern)(EVENT) is expected


@pytest.mark.parametrize(
    "pattern",
    [
        "",
        "{",
        "[]",
        "{}",
        '{"a": "b"}',
        '{"a": []}',
        '{"a": [{"like": "x"}]}',
        '{"a": [{"numeric": ["~", 1]}]}',
        '{"a": [{"exists": "no"}]}',
    ],
)
def test_what_is_no_pattern_is_refused(pattern):
    with pytest.raises(InvalidPattern):
        compiled(pattern)
