"""Patterns, against a second way to tell whether they fit."""

from fnmatch import fnmatchcase

from hypothesis import given
from hypothesis import strategies as some

from windtunnel.policy.wildcards import Pattern

LETTERS = some.text("ab:/", max_size=8)
SIGNS = some.text("ab:/*?", max_size=8)


@given(SIGNS, LETTERS)
def test_stars_and_question_marks_fit_what_a_shell_would_say(pattern, text):
    assert Pattern(pattern, True).fits(text, {}) == fnmatchcase(text, pattern)


@given(some.lists(some.text("ab*?/", max_size=4), min_size=6, max_size=6), some.lists(some.text("ab/", max_size=4), min_size=6, max_size=6))  # fmt: skip
def test_an_arn_fits_field_by_field(pattern, fields):
    expected = all(fnmatchcase(field, part) for part, field in zip(pattern, fields, strict=True))

    assert Pattern(":".join(pattern), True, arn=True).fits(":".join(fields), {}) == expected


@given(some.text(max_size=12), some.text(max_size=12))
def test_a_value_put_in_is_taken_as_it_stands(value, text):
    fits = Pattern("x/${some:key}/*", True).fits

    assert fits(f"x/{value}/{text}", {"some:key": value})
    assert fits(f"x/{text}/", {"some:key": value}) == (text == value or f"{text}/".startswith(f"{value}/"))


@given(some.text(max_size=12), some.text(max_size=12))
def test_text_without_signs_fits_itself_alone(pattern, text):
    plain = pattern.replace("$", "").replace("*", "").replace("?", "")

    assert Pattern(plain, True).fits(text, {}) == (text == plain)
