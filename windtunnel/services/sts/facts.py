"""What STS tells the recorder."""

from windtunnel.kernel.recorder import Fact


class RoleAssumed(Fact, frozen=True):
    """`by` asked for `role`, and got `session`, an assumed-role ARN, until `expires_at`."""

    role: str
    session: str
    by: str
    expires_at: float
