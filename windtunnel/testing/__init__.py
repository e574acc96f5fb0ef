"""For tests of applications: a cloud of one's own, time under control, real boto3 clients without a socket.

`RunningCloud` is imported when it is asked for: pytest loads the plugin beside it at every start.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from windtunnel.testing.running import RunningCloud

__all__ = ["RunningCloud"]


def __getattr__(name: str) -> Any:
    if name == "RunningCloud":
        from windtunnel.testing.running import RunningCloud

        return RunningCloud
    raise AttributeError(name)
