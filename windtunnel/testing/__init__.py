"""For tests of applications: a cloud of one's own, time under control, real boto3 clients without a socket."""

from windtunnel.testing.running import RunningCloud

__all__ = ["RunningCloud"]
