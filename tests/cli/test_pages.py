"""The generated documentation is what the code says now."""

import re
from pathlib import Path

import pytest

from windtunnel.cli.pages import pages
from windtunnel.lens.guide import GUIDE, SAME_AS
from windtunnel.lens.judge import every_rule

DOCS = Path(__file__).parents[2] / "docs"


@pytest.mark.parametrize("name", sorted(pages()))
def test_a_page_is_as_the_code_makes_it(name):
    page = (DOCS / name).read_text(encoding="utf-8")

    assert _of_any_botocore(page) == _of_any_botocore(pages()[name]), "run `make docs`"


def _of_any_botocore(page):
    """How many operations a service has in all grows with botocore's releases; a fresh clone gets the newest one."""
    return re.sub(r"of \d+ operations", "of all operations", page)


def test_every_rule_judges_a_line_of_the_guide():
    lines = {practice.id for practice in GUIDE}

    assert {rule.practice for rule in every_rule()} <= lines
    assert all(set(others) <= lines for others in SAME_AS.values())


def test_a_practice_without_a_rule_says_what_is_missing():
    judged = {rule.practice for rule in every_rule()}
    for practice in GUIDE:
        if practice.state != "works":
            assert practice.missing, practice.id
        assert practice.runs or practice.missing, practice.id
    assert judged
