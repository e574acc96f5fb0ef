"""Event patterns, operator by operator."""

import pytest

from windtunnel.fabric.patterns import InvalidPattern, compiled

EVENT = {
    "source": "shop",
    "ip": "10.0.1.7",
    "detail": {"total": 120, "state": "paid", "tags": ["red", "big"], "gone": None, "ok": True,
        "place.town": "Ulm", "lines": [{"sku": "a", "count": 1}, {"sku": "b", "count": 2}], "none": [],
        "nested": [[1, 2], [3]], "star": "a*b"},
}  # fmt: skip


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
        ({"detail.total": [120]}, True),
        ({"detail": {"place.town": ["Ulm"]}}, True),
        ({"detail": {"place": {"town": ["Ulm"]}}}, True),
        ({"detail": {"place": {"town": ["Bonn"]}}}, False),
        ({"detail": [{"exists": True}]}, False),
        ({"detail": {"lines": [{"exists": False}]}}, True),
        ({"detail": {"lines": {"sku": ["a"], "count": [1]}}}, True),
        ({"detail": {"lines": {"sku": ["a"], "count": [2]}}}, False),
        ({"detail": {"none": [{"exists": False}]}}, True),
        ({"detail": {"none": {"deeper": [{"exists": False}]}}}, True),
        ({"detail": {"nested": [3]}}, True),
        ({"detail": {"gone": [{"anything-but": "x"}]}}, True),
        ({"detail": {"missing": [{"anything-but": "x"}]}}, False),
        ({"detail": {"state": [{"anything-but": {"prefix": ["pa", "x"]}}]}}, False),
        ({"detail": {"state": [{"anything-but": {"wildcard": ["*z", "p*d"]}}]}}, False),
        ({"detail": {"state": [{"anything-but": {"equals-ignore-case": ["PAID"]}}]}}, False),
        ({"detail": {"total": [{"anything-but": [119, 120.0]}]}}, False),
        ({"detail": {"star": [{"wildcard": "a\\*b"}]}}, True),
        ({"detail": {"star": [{"wildcard": "a\\*"}]}}, False),
        ({"detail": {"state": [{"exactly": "paid"}]}}, True),
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


@pytest.mark.parametrize(
    ("pattern", "says"),
    [
        ('["a"]', "Filter is not an object|2"),
        ('{"a": {}}', "Empty objects are not allowed|9"),
        ('{"a": "text"}', '"a" must be an object or an array|8'),
        ('{"a": 17}', '"a" must be an object or an array|9'),
        ('{"a": [[1]]}', "Match value must be String, number, true, false, or null|9"),
        ('{"a": [{}]}', "Match expression name not found|10"),
        ('{"a": [{"like": "x"}]}', "Unrecognized match type like|18"),
        ('{"a": [{"prefix": "x", "suffix": "y"}]}', "Only one key allowed in match expression|35"),
        ('{"a": [{"prefix": {"like": "x"}}]}', "Unsupported prefix pattern: like|29"),
        ('{"a": [{"exists": null}]}', "exists match pattern must be either true or false.|23"),
        ('{"a": [{"numeric": [">", 6000000000]}]}', "Value must be between -5.0E9 and 5.0E9, inclusive|37"),
        ('{"a": [{"numeric": ["=", 1, 2]}]}', "Too many elements in numeric expression|30"),
        ('{"a": [{"anything-but": ["x", 1]}]}',
         "Inside anything but list, either all values are number or string, mixed type is not supported|33"),
        ('{"a": [{"anything-but": {"numeric": 1}}]}', "Unsupported anything-but pattern: numeric|38"),
        ('{"a": [{"wildcard": "x**"}]}', "Consecutive wildcard characters at pos 2|26"),
        ('{"a": [{"wildcard": "\\\\x"}]}', "Invalid escape character at pos 1|26"),
        ('{"$or": {"a": [1]}}', "It must be an Array followed with $or.|10"),
        ('{"$or": [{"a": [1]}]}', "There must have at least 2 Objects in $or relationship.|21"),
        ('{"$or": [1, 2]}', "Only JSON object is allowed in array of $or relationship.|11"),
        ('{"$or": [{"prefix": ["x"]}, {"b": [1]}]}',
         "prefix is Ruler reserved fieldName which cannot be used inside $or.|22"),
        ('{"a" 1}', "Unexpected character ('1' (code 49)): was expecting a colon to separate field name and value|6"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_with_its_place(pattern, says):
    reason, _, column = says.rpartition("|")

    with pytest.raises(InvalidPattern) as wrong:
        compiled(pattern)

    assert str(wrong.value) == f'{reason}\n at [Source: (String)"{pattern}"; line: 1, column: {column}]'


def test_the_place_is_named_twice_for_an_element_of_a_list_that_is_refused():
    pattern = '{"a": [{"anything-but": [null]}]}'
    place = f'\n at [Source: (String)"{pattern}"; line: 1, column: 30]'

    with pytest.raises(InvalidPattern) as wrong:
        compiled(pattern)

    assert str(wrong.value) == "Inside anything but list, start|null|boolean is not supported." + place + place


def test_lines_are_counted_and_long_patterns_are_cut_in_messages():
    pattern = '{\n "a": [],\n "b": ["' + "x" * 600 + '"]}'

    with pytest.raises(InvalidPattern) as wrong:
        compiled(pattern)

    more = len(pattern) - 500
    assert str(wrong.value).endswith(f'x"[truncated {more} chars]; line: 2, column: 9]')


@pytest.mark.parametrize(
    ("cidr", "says"),
    [
        ("10.0.0.0", "Malformed CIDR, one '/' required"),
        ("10.0.0.0/x", "Malformed CIDR, mask bits must be an integer"),
        ("10.0.0.0/-1", "Malformed CIDR, mask bits must not be negative"),
        ("10.0.0.0/33", "IPv4 mask bits must be < 32"),
        ("ten.0.0.0/8", "Nonstandard IP address: ten.0.0.0"),
    ],
)
def test_ranges_of_addresses_are_refused_without_a_place(cidr, says):
    with pytest.raises(InvalidPattern) as wrong:
        compiled({"a": [{"cidr": cidr}]})

    assert str(wrong.value) == says


def test_a_wildcard_that_is_costly_to_match_is_refused():
    with pytest.raises(InvalidPattern, match="Rule is too complex"):
        compiled({"a": [{"wildcard": "*" + "a" * 150}]})

    assert compiled({"a": [{"wildcard": "*" + "".join(map(chr, range(300, 450)))}]})({"a": "b"}) is False
