"""Rules are found by what they name, and found are exactly those that match."""

import json

from hypothesis import given, settings
from hypothesis import strategies as st

from windtunnel.fabric.patterns import compiled
from windtunnel.services.events.matching import Matcher
from windtunnel.services.events.records import Rule


def rules(patterns):
    return [
        Rule(
            place=f"b/r{number}", bus="b", name=f"r{number}", arn=f"arn:{number}", owner="", pattern=json.dumps(pattern)
        )
        for number, pattern in enumerate(patterns)
    ]


def asked(matcher, event):
    return len(list(matcher._index.candidates(event)))


def test_a_hundred_rules_of_one_source_are_told_apart_by_their_types():
    matcher = Matcher(rules([{"source": ["app"], "detail-type": [f"t{n}"]} for n in range(100)]))

    event = {"source": "app", "detail-type": "t77", "detail": {}}
    assert [rule.name for rule in matcher.matching(event)] == ["r77"]
    assert asked(matcher, event) == 1


def test_a_hundred_rules_of_one_source_and_type_are_told_apart_by_a_field_of_the_detail():
    patterns = [
        {"source": ["app"], "detail-type": ["t"], "detail": {"order": {"state": [f"s{n}"]}}} for n in range(100)
    ]
    matcher = Matcher(rules(patterns))

    event = {"source": "app", "detail-type": "t", "detail": {"order": {"state": "s3"}}}
    assert [rule.name for rule in matcher.matching(event)] == ["r3"]
    assert asked(matcher, event) == 1


def test_rules_that_name_nothing_exactly_are_asked_every_time():
    patterns = [{"detail": {"n": [{"numeric": [">", n]}]}} for n in range(10)] + [{"source": ["app"]}] * 10
    matcher = Matcher(rules(patterns))

    assert [rule.name for rule in matcher.matching({"source": "other", "detail": {"n": 2}})] == ["r0", "r1"]


def test_a_rule_whose_list_names_two_values_of_one_event_matches_once():
    patterns = [{"resources": ["a", "b"]}] + [{"resources": [f"x{n}"]} for n in range(10)]
    matcher = Matcher(rules(patterns))

    assert [rule.name for rule in matcher.matching({"source": "s", "resources": ["a", "b"]})] == ["r0"]


TEXTS = st.sampled_from(["a", "b", "c", ""])
VALUES = st.one_of(TEXTS, st.integers(0, 2), st.booleans(), st.none())
WANTED = st.lists(st.one_of(VALUES, st.just({"prefix": "a"}), st.just({"exists": False})), min_size=1, max_size=3)
PATTERNS = st.dictionaries(
    st.sampled_from(["source", "detail-type", "resources", "detail"]),
    st.one_of(WANTED, st.dictionaries(st.sampled_from(["p", "q"]), WANTED, min_size=1)),
    min_size=1,
)
LEAVES = st.one_of(VALUES, st.lists(VALUES, max_size=2))
INSIDE = st.dictionaries(st.sampled_from(["p", "q"]), LEAVES)
EVENTS = st.dictionaries(
    st.sampled_from(["source", "detail-type", "resources", "detail"]),
    st.one_of(LEAVES, INSIDE, st.lists(INSIDE, max_size=2)),
)


@settings(max_examples=300, deadline=None)
@given(st.lists(PATTERNS, min_size=1, max_size=12), EVENTS)
def test_the_index_finds_what_asking_every_rule_would_find(patterns, event):
    everywhere = [f"r{number}" for number, pattern in enumerate(patterns) if compiled(pattern)(event)]

    assert sorted(rule.name for rule in Matcher(rules(patterns)).matching(event)) == sorted(everywhere)
