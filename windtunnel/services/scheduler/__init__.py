"""Amazon EventBridge Scheduler: schedules in groups, and the calls that they make when they are due."""

from windtunnel.aws.operations import Declaration

declaration = Declaration(
    api="scheduler",
    nouns=(
        "groups.ScheduleGroups",
        "tags.Tags",
        "schedules.Schedules",
        "firing.Firing",
        "invocations.Invocations",
    ),
    types={
        "AWS::Scheduler::Schedule": "resources.ScheduleType",
        "AWS::Scheduler::ScheduleGroup": "resources.ScheduleGroupType",
    },
)
