"""Amazon EventBridge: buses, rules, targets, schedules, archives, and events on their way."""

from windtunnel.aws.operations import Declaration

declaration = Declaration(
    api="events",
    nouns=(
        "buses.Buses",
        "rules.Rules",
        "targets.Targets",
        "entries.Entries",
        "deliveries.Deliveries",
        "schedule.Schedule",
        "tags.Tags",
        "archives.Archives",
        "replays.Replays",
    ),
    types={
        "AWS::Events::Archive": "resources.ArchiveType",
        "AWS::Events::EventBus": "resources.EventBusType",
        "AWS::Events::EventBusPolicy": "resources.EventBusPolicyType",
        "AWS::Events::Rule": "resources.RuleType",
    },
)
