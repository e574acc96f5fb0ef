"""AWS STS: who asks, and temporary credentials for roles and sessions."""

from windtunnel.aws.operations import Declaration

declaration = Declaration(
    api="sts",
    nouns=("identities.Identities", "assumed_roles.AssumedRoles", "sessions.Sessions"),
)
