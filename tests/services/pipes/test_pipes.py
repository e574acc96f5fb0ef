"""Operations on pipes."""

import pytest
from botocore.exceptions import ClientError

from tests.services.pipes.piping import ROLE, came, filters, piped, send, to_queue
from tests.services.sns.topics import queue


def refusal(call, **wish):
    with pytest.raises(ClientError) as caught:
        call(**wish)
    error = caught.value.response["Error"]
    return error["Code"], error["Message"]


def both(cloud):
    return queue(cloud, "in")[1], queue(cloud, "out")[1]


def test_a_pipe_is_made_shown_and_listed(cloud):
    pipes = cloud.client("pipes")
    source, target = both(cloud)

    made = pipes.create_pipe(Name="p", Source=source, Target=target, RoleArn=ROLE, Description="d", Tags={"a": "b"})
    shown = pipes.describe_pipe(Name="p")

    assert (made["CurrentState"], made["DesiredState"]) == ("CREATING", "RUNNING")
    assert made["Arn"] == shown["Arn"] == "arn:aws:pipes:us-east-1:000000000000:pipe/p"
    assert (shown["CurrentState"], shown["Description"], shown["Tags"]) == ("RUNNING", "d", {"a": "b"})
    assert shown["SourceParameters"] == {"SqsQueueParameters": {"BatchSize": 10, "MaximumBatchingWindowInSeconds": 0}}
    [listed] = pipes.list_pipes(SourcePrefix="arn:aws:sqs", CurrentState="RUNNING")["Pipes"]
    assert (listed["Name"], listed["Target"]) == ("p", target)
    assert pipes.list_pipes(NamePrefix="x")["Pipes"] == []


def test_a_name_is_taken_once(cloud):
    source, target = both(cloud)
    piped(cloud, source, target)

    assert refusal(piped, cloud=cloud, source=source, target=target)[0] == "ConflictException"


def test_what_is_not_there_is_said(cloud):
    pipes = cloud.client("pipes")

    for call in (pipes.describe_pipe, pipes.delete_pipe, pipes.start_pipe, pipes.stop_pipe):
        assert refusal(call, Name="x") == ("NotFoundException", "Pipe x does not exist.")


def test_a_pipe_whose_source_is_missing_has_failed(cloud):
    piped(cloud, "arn:aws:sqs:us-east-1:000000000000:gone", queue(cloud, "out")[1])

    shown = cloud.client("pipes").describe_pipe(Name="p")

    assert shown["CurrentState"] == "CREATE_FAILED" and "does not exist" in shown["StateReason"]


@pytest.mark.parametrize(
    ("members", "words"),
    [
        ({"SourceParameters": {"KinesisStreamParameters": {"StartingPosition": "LATEST"}}}, "do not fit the source"),
        (
            {"SourceParameters": {"SqsQueueParameters": {"BatchSize": 100}}},
            "MaximumBatchingWindowInSeconds must be at least 1",
        ),
        ({"SourceParameters": {"FilterCriteria": {"Filters": [{"Pattern": "no"}]}}}, "Invalid filter pattern"),
        ({"TargetParameters": {"KinesisStreamParameters": {"PartitionKey": "k"}}}, "do not fit the target"),
        ({"target": "arn:aws:kinesis:us-east-1:000000000000:stream/s"}, "PartitionKey is required"),
        ({"target": "arn:aws:sqs:us-east-1:000000000000:q.fifo"}, "MessageGroupId is required"),
        ({"source": "arn:aws:kinesis:us-east-1:000000000000:stream/s"}, "StartingPosition is required"),
    ],
)
def test_a_pipe_that_cannot_work_is_refused(cloud, members, words):
    source, target = both(cloud)

    code, message = refusal(piped, **{"cloud": cloud, "source": source, "target": target, **members})

    assert code == "ValidationException" and words in message


@pytest.mark.parametrize(
    "members",
    [
        {"source": "arn:aws:mq:us-east-1:000000000000:broker:b:b-1"},
        {"target": "arn:aws:ecs:us-east-1:000000000000:cluster/c"},
        {"Enrichment": "arn:aws:sqs:us-east-1:000000000000:q"},
    ],
)
def test_what_is_not_built_is_refused_by_name(cloud, members):
    source, target = both(cloud)

    code, message = refusal(piped, **{"cloud": cloud, "source": source, "target": target, **members})

    assert code == "NotImplemented" and next(iter(members.values())) in message


def test_a_stopped_pipe_lets_nothing_through_until_it_is_started(cloud):
    pipes = cloud.client("pipes")
    source, target = to_queue(cloud)

    assert pipes.stop_pipe(Name="p")["CurrentState"] == "STOPPING"
    send(cloud, source, "a")
    assert came(cloud, target) == [] and pipes.describe_pipe(Name="p")["CurrentState"] == "STOPPED"
    assert refusal(pipes.stop_pipe, Name="p")[0] == "ConflictException"

    pipes.start_pipe(Name="p")
    cloud.settle()
    assert len(came(cloud, target)) == 1
    assert refusal(pipes.start_pipe, Name="p")[0] == "ConflictException"


def test_a_pipe_made_to_stand_still_does_not_run(cloud):
    source, target = to_queue(cloud, DesiredState="STOPPED")

    send(cloud, source, "a")

    assert came(cloud, target) == []


def test_an_update_keeps_what_it_does_not_name(cloud):
    pipes = cloud.client("pipes")
    source, target = to_queue(cloud, SourceParameters=filters({"body": ["a"]}), Description="d")

    pipes.update_pipe(Name="p", RoleArn=ROLE, TargetParameters={"InputTemplate": '{"said": <$.body>}'})
    send(cloud, source, "a", "b")

    assert came(cloud, target) == [{"said": "a"}]
    assert pipes.describe_pipe(Name="p")["Description"] == "d"


def test_a_deleted_pipe_is_gone_and_reads_no_more(cloud):
    pipes = cloud.client("pipes")
    source, target = to_queue(cloud)

    assert pipes.delete_pipe(Name="p")["CurrentState"] == "DELETING"
    send(cloud, source, "a")

    assert came(cloud, target) == [] and pipes.list_pipes()["Pipes"] == []


def test_tags_are_kept(cloud):
    pipes = cloud.client("pipes")
    source, target = both(cloud)
    arn = piped(cloud, source, target, Tags={"a": "1"})

    pipes.tag_resource(resourceArn=arn, tags={"b": "2"})
    pipes.untag_resource(resourceArn=arn, tagKeys=["a"])

    assert pipes.list_tags_for_resource(resourceArn=arn)["tags"] == {"b": "2"}


TEMPLATE = """
Resources:
  In: {Type: AWS::SQS::Queue}
  Out: {Type: AWS::SQS::Queue}
  Pipe:
    Type: AWS::Pipes::Pipe
    Properties:
      Source: !GetAtt In.Arn
      Target: !GetAtt Out.Arn
      RoleArn: arn:aws:iam::000000000000:role/pipes
      SourceParameters:
        SqsQueueParameters: {BatchSize: "1"}
        FilterCriteria: {Filters: [{Pattern: '{"body": ["a"]}'}]}
      TargetParameters: {InputTemplate: '{"said": <$.body>}'}
Outputs:
  In: {Value: !Ref In}
  Out: {Value: !Ref Out}
"""


def test_pipes_come_from_templates(cloud, tmp_path):
    (tmp_path / "template.yaml").write_text(TEMPLATE)
    outputs = cloud.deploy(tmp_path).outputs
    send(cloud, outputs["In"], "a", "b")
    assert came(cloud, outputs["Out"]) == [{"said": "a"}]

    (tmp_path / "template.yaml").write_text(TEMPLATE.replace("said", "told").replace('["a"]', '["c"]'))
    cloud.deploy(tmp_path)
    send(cloud, outputs["In"], "a", "c")
    assert came(cloud, outputs["Out"]) == [{"told": "c"}]

    [stack] = cloud.client("cloudformation").describe_stacks()["Stacks"]
    cloud.client("cloudformation").delete_stack(StackName=stack["StackName"])
    cloud.settle()
    assert cloud.client("pipes").list_pipes()["Pipes"] == []
