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
        "connections.Connections",
        "api_destinations.ApiDestinations",
        "api_calls.ApiCalls",
        "visitors.Visitors",
        "service_events.ServiceEvents",
    ),
    types={
        "AWS::Events::ApiDestination": "connection_resources.ApiDestinationType",
        "AWS::Events::Archive": "resources.ArchiveType",
        "AWS::Events::Connection": "connection_resources.ConnectionType",
        "AWS::Events::EventBus": "resources.EventBusType",
        "AWS::Events::EventBusPolicy": "resources.EventBusPolicyType",
        "AWS::Events::Rule": "resources.RuleType",
    },
)
