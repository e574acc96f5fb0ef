"""What the environments of a host have in common: the platform's parts that they use, and how the host treats them."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import msgspec

from windtunnel.engine.log import Sink
from windtunnel.kernel.clock import Clock
from windtunnel.kernel.ids import Ids
from windtunnel.kernel.recorder import Recorder

if TYPE_CHECKING:
    from windtunnel.engine.environment import ProcessEnvironment
    from windtunnel.engine.life import Life


class Surroundings(msgspec.Struct, frozen=True):
    """What the environments of a host have in common."""

    clock: Clock
    ids: Ids
    recorder: Recorder
    sink: Sink
    init_timeout_s: float
    begin: Callable[[ProcessEnvironment], Life]
    """A new process for an environment."""
    let_go: Callable[[ProcessEnvironment], None]
    """The environment is over."""
    freeze: bool
    """Whether they stand still between invocations."""
    cpu_share: bool
    """Whether they get processor time in proportion to their memory."""
