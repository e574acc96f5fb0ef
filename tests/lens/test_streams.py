"""What rules about streams say when the application has run."""

import pytest

from tests.lens import applications
from windtunnel.deploy.template import read
from windtunnel.fabric.facts import BatchDiscarded, BatchProcessed
from windtunnel.kernel.recorder import Entry
from windtunnel.lens.estate import Estate
from windtunnel.lens.judge import judge
from windtunnel.lens.rules.a2_stream_record_lost import StreamRecordLost
from windtunnel.lens.rules.p12_shard_blocked import ShardBlocked

FUNCTION = "arn:aws:lambda:us-east-1:000000000000:function:worker"


def judged(tmp_path, rule, *facts):
    template = read(applications.written(tmp_path, rule, good=False) / "template.yaml")
    entries = [Entry(number, 0.0, "", "", fact) for number, fact in enumerate(facts, 1)]
    [judgement] = judge(Estate(template, applications.TODAY, entries, {"Worker": "worker"}), rules=(rule,))
    return judgement


def test_a_batch_that_was_seen_to_fail_is_evidence(tmp_path):
    failed = BatchProcessed("m", "s", FUNCTION, 5, ("1",), "FunctionError", False, "shardId-000000000000")
    other = BatchProcessed("m", "s", FUNCTION + "s", 5, ("1",), "FunctionError", False, "shardId-000000000000")

    judgement = judged(tmp_path, ShardBlocked(), failed, other)

    assert judgement.grade == "E2"
    assert [each.where for each in judgement.evidence if each.grade == "E2"] == ["BatchProcessed #1"]


def test_records_that_were_seen_to_get_lost_are_evidence(tmp_path):
    lost = BatchDiscarded("m", "s", FUNCTION, "shardId-000000000000", "1", "2", 2, "RetryAttemptsExhausted", "")

    judgement = judged(tmp_path, StreamRecordLost(), lost)

    assert judgement.grade == "E2"
    assert "2 records of shardId-000000000000: RetryAttemptsExhausted" in [each.says for each in judgement.evidence]


def test_an_application_that_reads_a_stream_is_checked_to_the_end(tmp_path):
    judgements = applications.run(applications.written(tmp_path, StreamRecordLost(), good=True))

    assert {j.verdict for j in judgements if j.rule in ("A2-stream-record-lost", "P12-shard-blocked")} == {"pass"}


@pytest.mark.parametrize(
    ("settings", "verdict", "words"),
    [
        ("MaximumRetryAttempts: 3", "fail", "tried 4 times and then dropped"),
        ("MaximumRetryAttempts: -1", "fail", "still holds up its shard"),
        (
            "MaximumRetryAttempts: 3, DestinationConfig: {OnFailure: {Type: SQS, Destination: !GetAtt Failed.Arn}}",
            "pass",
            "was told",
        ),
    ],
)
def test_a_poison_record_is_followed_to_its_end(tmp_path, settings, verdict, words):
    folder = applications.written(tmp_path, StreamRecordLost(), good=False)
    path = folder / "template.yaml"
    own = f"{{Stream: !GetAtt Orders.Arn, StartingPosition: LATEST, {settings}}}"
    head, _, _ = path.read_text().partition("          Properties:\n            Stream")
    path.write_text(f"{head}          Properties: {own}\n")

    judgements = applications.run(folder, [StreamRecordLost])

    [found] = [j for j in judgements if j.grade == "E3"]
    assert (found.verdict, words in found.says) == (verdict, True), found.says
