"""Operations on schedules and their groups."""

import pytest
from botocore.exceptions import ClientError

from tests.services.scheduler.schedules import OFF, ROLE, logged, scheduled


def refusal(call, **wish):
    with pytest.raises(ClientError) as caught:
        call(**wish)
    error = caught.value.response["Error"]
    return error["Code"], error["Message"]


def create(cloud, expression="rate(1 hour)", **more):
    target = {"Arn": "arn:aws:sqs:us-east-1:000000000000:jobs", "RoleArn": ROLE}
    wish = {"Name": "tick", "FlexibleTimeWindow": OFF, "Target": target, "ScheduleExpression": expression, **more}
    return cloud.client("scheduler").create_schedule(**wish)["ScheduleArn"]


def test_a_schedule_is_shown_with_its_defaults(cloud):
    arn = create(cloud)

    shown = cloud.client("scheduler").get_schedule(Name="tick")

    assert arn == shown["Arn"] == "arn:aws:scheduler:us-east-1:000000000000:schedule/default/tick"
    assert (shown["GroupName"], shown["State"], shown["ActionAfterCompletion"]) == ("default", "ENABLED", "NONE")
    assert (shown["ScheduleExpressionTimezone"], shown["FlexibleTimeWindow"]) == ("UTC", {"Mode": "OFF"})
    assert shown["Target"]["RetryPolicy"] == {"MaximumEventAgeInSeconds": 86400, "MaximumRetryAttempts": 185}
    assert "StartDate" not in shown and "Description" not in shown


@pytest.mark.parametrize(
    "expression",
    [
        " rate(10 minutes)", "rate( 10 minutes )", "rate()", "rate(0 minutes)", "rate(-10 minutes)", "rate(10 seconds)", "rate(10)",
        "rate(foo minutes)", "at(2021-12-31)", "at(2021-12-31T23:59:59Z)", "at(2021-13-31T23:59:59)", "cron()", "cron(INVALID)",
        "cron(0 1 * * * *)", "cron(0 dummy ? * MON-FRI *)", "cron(71 8 1 * ? *)", "every day",
    ],
)  # fmt: skip
def test_an_expression_that_is_none_is_refused_in_awss_words(cloud, expression):
    code, message = refusal(create, cloud=cloud, expression=expression)

    assert (code, message) == ("ValidationException", f"Invalid Schedule Expression {expression}.")


@pytest.mark.parametrize(
    "expression", ["rate(1 minutes)", "rate(1 minute)", "at(2030-01-31T08:00:00)", "cron(0 8 ? * 2#1 *)"]
)
def test_an_expression_that_is_one_is_taken(cloud, expression):
    assert create(cloud, expression)


@pytest.mark.parametrize(
    ("wish", "words"),
    [
        ({"ScheduleExpressionTimezone": "Mars/Olympus"}, "Invalid Schedule Expression Timezone Mars/Olympus."),
        ({"Target": {"Arn": "jobs", "RoleArn": ROLE}}, "Provided Arn is not in correct format."),
        ({"FlexibleTimeWindow": {"Mode": "FLEXIBLE"}}, "MaximumWindowInMinutes is required"),
        ({"StartDate": 2e9, "EndDate": 1e9}, "EndDate must be after StartDate."),
        (
            {"Target": {"Arn": "arn:aws:events:us-east-1:000000000000:event-bus/default", "RoleArn": ROLE}},
            "EventBridgeParameters must be specified",
        ),
        (
            {"Target": {"Arn": "arn:aws:lambda:us-east-1:000000000000:function:f", "RoleArn": ROLE, "Input": "no json"}},
            "well-formed JSON",
        ),
        (
            {"Target": {"Arn": "arn:aws:scheduler:::aws-sdk:sqs:getQueueUrl", "RoleArn": ROLE, "Input": "{}"}},
            "only read",
        ),
        ({"Target": {"Arn": "arn:aws:scheduler:::aws-sdk:sqs:fly", "RoleArn": ROLE, "Input": "{}"}}, "not a supported API"),
    ],
)  # fmt: skip
def test_a_schedule_that_cannot_work_is_refused(cloud, wish, words):
    code, message = refusal(create, cloud=cloud, **wish)

    assert code == "ValidationException" and words in message


def test_a_target_that_is_not_built_is_refused_by_name(cloud):
    target = {"Arn": "arn:aws:ecs:us-east-1:000000000000:cluster/c", "RoleArn": ROLE}

    code, message = refusal(create, cloud=cloud, Target=target)

    assert code == "NotImplemented" and "cluster/c" in message


def test_a_name_is_taken_once_in_a_group(cloud):
    scheduler = cloud.client("scheduler")
    scheduler.create_schedule_group(Name="night")
    create(cloud)

    assert create(cloud, GroupName="night").endswith("schedule/night/tick")
    assert refusal(create, cloud=cloud) == ("ConflictException", "Schedule tick already exists.")


def test_the_same_token_makes_one_schedule(cloud):
    assert create(cloud, ClientToken="once") == create(cloud, ClientToken="once")


def test_what_is_not_there_is_said(cloud):
    scheduler = cloud.client("scheduler")

    assert refusal(scheduler.get_schedule, Name="x") == ("ResourceNotFoundException", "Schedule x does not exist.")
    assert refusal(scheduler.delete_schedule, Name="x") == ("ResourceNotFoundException", "Schedule x does not exist.")
    assert refusal(create, cloud=cloud, GroupName="g") == (
        "ResourceNotFoundException",
        "Schedule group g does not exist.",
    )


def test_an_update_sets_what_it_does_not_name_back(cloud):
    scheduler = cloud.client("scheduler")
    create(cloud, Description="hourly", State="DISABLED")
    target = scheduler.get_schedule(Name="tick")["Target"]

    scheduler.update_schedule(Name="tick", ScheduleExpression="rate(2 hours)", FlexibleTimeWindow=OFF, Target=target)

    shown = scheduler.get_schedule(Name="tick")
    assert (shown["ScheduleExpression"], shown["State"]) == ("rate(2 hours)", "ENABLED")
    assert "Description" not in shown


def test_schedules_are_listed_by_group_state_and_prefix_in_pages(cloud):
    scheduler = cloud.client("scheduler")
    scheduler.create_schedule_group(Name="night")
    for name in ("a1", "a2", "b1"):
        create(cloud, Name=name)
    create(cloud, Name="a3", GroupName="night", State="DISABLED")

    def names(**wish):
        return [each["Name"] for each in scheduler.list_schedules(**wish)["Schedules"]]

    assert names() == ["a1", "a2", "b1", "a3"]
    assert names(NamePrefix="a", GroupName="default") == ["a1", "a2"]
    assert names(State="DISABLED") == ["a3"]
    pages = scheduler.get_paginator("list_schedules").paginate(PaginationConfig={"PageSize": 3})
    assert [len(page["Schedules"]) for page in pages] == [3, 1]
    first = scheduler.list_schedules(MaxResults=1)["Schedules"][0]
    assert set(first) == {"Arn", "CreationDate", "GroupName", "LastModificationDate", "Name", "State", "Target"}
    assert set(first["Target"]) == {"Arn"}


def test_groups_are_made_listed_tagged_and_deleted_with_their_schedules(cloud):
    scheduler = cloud.client("scheduler")
    arn = scheduler.create_schedule_group(Name="night", Tags=[{"Key": "team", "Value": "a"}])["ScheduleGroupArn"]
    url = scheduled(cloud, "rate(1 minute)", GroupName="night")
    assert refusal(scheduler.create_schedule_group, Name="night")[0] == "ConflictException"
    assert [group["Name"] for group in scheduler.list_schedule_groups()["ScheduleGroups"]] == ["default", "night"]
    assert scheduler.get_schedule_group(Name="night")["State"] == "ACTIVE"

    scheduler.tag_resource(ResourceArn=arn, Tags=[{"Key": "cost", "Value": "7"}])
    scheduler.untag_resource(ResourceArn=arn, TagKeys=["team"])
    assert scheduler.list_tags_for_resource(ResourceArn=arn)["Tags"] == [{"Key": "cost", "Value": "7"}]

    scheduler.delete_schedule_group(Name="night")
    cloud.client("sqs").purge_queue(QueueUrl=url)
    cloud.advance(minutes=5)
    assert refusal(scheduler.get_schedule_group, Name="night")[0] == "ResourceNotFoundException"
    assert scheduler.list_schedules()["Schedules"] == []
    assert cloud.client("sqs").receive_message(QueueUrl=url).get("Messages") is None


def test_the_default_group_stays(cloud):
    assert refusal(cloud.client("scheduler").delete_schedule_group, Name="default")[0] == "ValidationException"


TEMPLATE = """
Transform: AWS::Serverless-2016-10-31
Resources:
  Night: {Type: AWS::Scheduler::ScheduleGroup}
  Tick:
    Type: AWS::Scheduler::Schedule
    Properties:
      Name: tock
      GroupName: !Ref Night
      ScheduleExpression: rate(5 minutes)
      FlexibleTimeWindow: {Mode: FLEXIBLE, MaximumWindowInMinutes: "5"}
      State: DISABLED
      Target: {Arn: !GetAtt Fn.Arn, RoleArn: !GetAtt FnRole.Arn, RetryPolicy: {MaximumRetryAttempts: "3"}}
  Fn:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: .
      Handler: app.handler
      Runtime: python3.13
      FunctionName: listener
      Events:
        Hourly: {Type: ScheduleV2, Properties: {ScheduleExpression: rate(1 hour), Input: '{"said": "hello"}'}}
Outputs:
  Group: {Value: !Ref Night}
"""


def test_schedules_and_groups_come_from_templates(cloud, tmp_path):
    (tmp_path / "app.py").write_text("def handler(event, context):\n    print('GOT ' + event['said'])\n")
    (tmp_path / "template.yaml").write_text(TEMPLATE)
    group = cloud.deploy(tmp_path).outputs["Group"]
    cloud.settle()
    assert "GOT hello" in logged(cloud, "listener")
    scheduler = cloud.client("scheduler")
    [listed] = scheduler.list_schedules(GroupName=group)["Schedules"]
    assert listed["Arn"].endswith(f"schedule/{group}/tock")

    (tmp_path / "template.yaml").write_text(TEMPLATE.replace("5 minutes", "6 minutes"))
    cloud.deploy(tmp_path)
    shown = scheduler.get_schedule(Name="tock", GroupName=group)
    assert (shown["ScheduleExpression"], shown["State"]) == ("rate(6 minutes)", "DISABLED")
    assert shown["Target"]["RetryPolicy"]["MaximumRetryAttempts"] == 3

    [stack] = cloud.client("cloudformation").describe_stacks()["Stacks"]
    cloud.client("cloudformation").delete_stack(StackName=stack["StackName"])
    cloud.settle()
    assert scheduler.list_schedules()["Schedules"] == []
