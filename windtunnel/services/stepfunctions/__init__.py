"""AWS Step Functions: state machines, their executions, activities, and the tasks that they call."""

from windtunnel.aws.operations import Declaration

declaration = Declaration(
    api="stepfunctions",
    nouns=(
        "machines.StateMachines",
        "versions.Versions",
        "aliases.Aliases",
        "executions.Executions",
        "histories.Histories",
        "running.Running",
        "map_runs.MapRuns",
        "execution_logs.ExecutionLogs",
        "notices.Notices",
        "state_tests.StateTests",
        "tasks.Tasks",
        "activities.Activities",
        "tags.Tags",
    ),
    types={
        "AWS::StepFunctions::Activity": "resources.ActivityType",
        "AWS::StepFunctions::StateMachine": "resources.StateMachineType",
        "AWS::StepFunctions::StateMachineAlias": "resources.StateMachineAliasType",
        "AWS::StepFunctions::StateMachineVersion": "resources.StateMachineVersionType",
    },
)
