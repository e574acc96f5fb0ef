"""Conditions: every operator, keys that are missing, keys with several values."""

import pytest

from tests.policy.asking import holds


@pytest.mark.parametrize(
    ("operator", "values", "found", "expected"),
    [
        ("StringEquals", "a", "a", True),
        ("StringEquals", ["a", "b"], "b", True),
        ("StringEquals", "a*", "ab", False),
        ("StringEquals", "a", "A", False),
        ("StringNotEquals", ["a", "b"], "b", False),
        ("StringNotEquals", ["a", "b"], "c", True),
        ("StringEqualsIgnoreCase", "aB", "Ab", True),
        ("StringNotEqualsIgnoreCase", "aB", "Ab", False),
        ("StringLike", "a*c?", "abbcd", True),
        ("StringLike", "a*", "ba", False),
        ("StringNotLike", "a*", "ba", True),
        ("NumericEquals", "10", "10.0", True),
        ("NumericNotEquals", 10, "10", False),
        ("NumericLessThan", "10", "9", True),
        ("NumericLessThan", "10", "10", False),
        ("NumericLessThanEquals", "10", "10", True),
        ("NumericGreaterThan", "10", "11", True),
        ("NumericGreaterThanEquals", "10", "9", False),
        ("NumericEquals", "10", "ten", False),
        ("DateEquals", "2026-01-01T00:00:00Z", "2026-01-01T01:00:00+01:00", True),
        ("DateLessThan", "2026-01-01", "2025-12-31T23:59:59Z", True),
        ("DateGreaterThan", "1767225600", "2026-01-01T00:00:01Z", True),
        ("DateNotEquals", "2026-01-01T00:00:00Z", "2026-01-01T00:00:00Z", False),
        ("DateGreaterThanEquals", "2026-01-01T00:00:00Z", "2025-01-01T00:00:00Z", False),
        ("Bool", "true", "true", True),
        ("Bool", True, "true", True),
        ("Bool", "false", "true", False),
        ("BinaryEquals", "aGVsbG8=", "aGVsbG8=", True),
        ("BinaryEquals", "aGVsbG8=", "aGVsbA==", False),
        ("IpAddress", "203.0.113.0/24", "203.0.113.7", True),
        ("IpAddress", "203.0.113.0/24", "198.51.100.7", False),
        ("IpAddress", "2001:db8::/32", "2001:db8::1", True),
        ("NotIpAddress", ["203.0.113.0/24", "10.0.0.1"], "10.0.0.1", False),
        ("NotIpAddress", "203.0.113.0/24", "10.0.0.1", True),
        ("ArnEquals", "arn:aws:sns:*:111122223333:t*", "arn:aws:sns:eu-west-1:111122223333:topic", True),
        ("ArnLike", "arn:aws:sns:*:*:t", "arn:aws:sns:eu-west-1:111122223333:x:t", False),
        ("ArnNotLike", "arn:aws:sns:*:*:t", "arn:aws:sns:eu-west-1:111122223333:u", True),
        ("ArnNotEquals", "arn:aws:sns:*:*:t", "arn:aws:sns:eu-west-1:111122223333:t", False),
        ("Null", "true", "x", False),
        ("Null", "false", "x", True),
    ],
)
def test_an_operator(operator, values, found, expected):
    assert holds(operator, "some:Key", values, {"some:key": found}) is expected


@pytest.mark.parametrize(
    ("operator", "expected"),
    [
        ("StringEquals", False), ("StringNotEquals", True), ("StringEqualsIfExists", True), ("StringNotLikeIfExists", True),
        ("ForAllValues:StringEquals", True), ("ForAnyValue:StringEquals", False), ("ForAnyValue:StringNotEquals", False),
        ("ForAnyValue:StringEqualsIfExists", True), ("ArnNotLike", True), ("ArnLike", False),
    ],
)  # fmt: skip
def test_a_key_that_is_not_there(operator, expected):
    assert holds(operator, "some:Key", "x", {}) is expected


def test_whether_a_key_is_there_can_be_asked():
    assert holds("Null", "some:Key", "true", {})
    assert not holds("Null", "some:Key", "false", {})


@pytest.mark.parametrize(
    ("operator", "values", "found", "expected"),
    [
        ("ForAllValues:StringEquals", ["a", "b"], ("a", "b"), True),
        ("ForAllValues:StringEquals", ["a", "b"], ("a", "c"), False),
        ("ForAllValues:StringLike", ["a*"], (), True),
        ("ForAnyValue:StringEquals", ["a", "b"], ("c", "b"), True),
        ("ForAnyValue:StringEquals", ["a", "b"], ("c", "d"), False),
        ("ForAnyValue:StringNotEquals", ["a"], ("a", "b"), True),
        ("ForAnyValue:StringNotEquals", ["a"], ("a",), False),
        ("ForAllValues:StringNotEquals", ["a"], ("b", "c"), True),
        ("ForAllValues:StringNotEquals", ["a"], ("b", "a"), False),
    ],
)
def test_keys_with_several_values(operator, values, found, expected):
    assert holds(operator, "aws:TagKeys", values, {"aws:TagKeys": found}) is expected


def test_all_conditions_must_hold():
    both = {"aws:SourceIp": "10.0.0.1", "aws:SecureTransport": True}

    assert holds("Bool", "aws:SecureTransport", "true", both)
    assert holds("StringEquals", "aws:username", "${aws:username}", {})
    assert not holds("StringEquals", "aws:username", "${aws:nothing}", {})
    assert holds("StringLike", "some:prefix", "${aws:username}/*", {"some:prefix": "ana/x"})
