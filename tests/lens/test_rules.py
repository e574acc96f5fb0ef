"""Every rule finds its fault in its bad example, and nothing in its good one."""

import pytest

from tests.lens import applications
from windtunnel.lens.judge import every_rule
from windtunnel.lens.rule import SEVERITIES

RULES = {rule.id: rule for rule in every_rule()}
RUNNING = sorted(name for name, rule in RULES.items() if rule.watches or rule.experiment)
READING = sorted(RULES.keys() - set(RUNNING))
SEEN_IN_THE_TEMPLATE = ("A2-failed-event-lost", "A2-stream-record-lost", "P12-batch-all-or-nothing")


def verdicts(judgements):
    return {judgement.verdict for judgement in judgements}


@pytest.mark.parametrize("name", [*READING, *SEEN_IN_THE_TEMPLATE])
def test_the_fault_is_found_without_running_anything(name, tmp_path):
    judgements = applications.static(applications.written(tmp_path, RULES[name], good=False), RULES[name])

    failed = [j for j in judgements if j.verdict == "fail"]
    assert failed, judgements
    assert all(j.evidence and j.grade in ("E0", "E1") and j.fix for j in failed)


@pytest.mark.parametrize("name", [*READING, *SEEN_IN_THE_TEMPLATE])
def test_the_mended_application_is_not_accused(name, tmp_path):
    judgements = applications.static(applications.written(tmp_path, RULES[name], good=True), RULES[name])

    assert "fail" not in verdicts(judgements), judgements
    assert verdicts(judgements) & {"pass", "not exercised"}


@pytest.mark.parametrize("name", [n for n in RUNNING if n not in SEEN_IN_THE_TEMPLATE])
def test_the_fault_is_found_by_running_the_application(name, tmp_path):
    judgements = applications.run(applications.written(tmp_path, RULES[name], good=False), [RULES[name]])

    failed = [j for j in judgements if j.verdict == "fail"]
    assert failed, judgements
    assert failed[0].grade in ("E2", "E3")


@pytest.mark.parametrize("name", [n for n in RUNNING if n not in SEEN_IN_THE_TEMPLATE])
def test_the_mended_application_passes_when_it_runs(name, tmp_path):
    judgements = applications.run(applications.written(tmp_path, RULES[name], good=True), [RULES[name]])

    assert verdicts(judgements) == {"pass"}, judgements
    assert all(j.evidence for j in judgements)


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
def test_a_rule_explains_itself(rule):
    assert rule.__doc__ and len(rule.__doc__.split()) > 15
    assert rule.severity in SEVERITIES
    assert rule.title and rule.fix and rule.source.startswith("https://docs.aws.amazon.com/")
    assert rule.bad and rule.good
    assert rule.bad != rule.good or any(bad != good for bad, good in rule.files.values())
    module = type(rule).__module__.rsplit(".", 1)[1]
    assert module == rule.id.lower().replace("-", "_")
