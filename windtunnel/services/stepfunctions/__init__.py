"""AWS Step Functions: state machines, their executions, activities, and the tasks that they call."""

from windtunnel.aws.operations import Declaration

declaration = Declaration(
    api="stepfunctions",
    nouns=(
        "machines.StateMachines",
        "executions.Executions",
        "histories.Histories",
        "running.Running",
        "tasks.Tasks",
        "activities.Activities",
        "tags.Tags",
    ),
    types={},
)
