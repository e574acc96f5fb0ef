"""
How long each part of an environment's life may take, and how much memory it may use.

AWS: lambda/latest/dg/lambda-runtime-environment.html
"""

from __future__ import annotations

from windtunnel.engine.spec import Spec

INIT_TIMEOUT_S = 10.0
AHEAD_TIMEOUT_S = 130.0
"""For what is initialised ahead of need; the function's own timeout where that is longer."""

SHUTDOWN_S = 2.0
"""For environments with extensions; those without have no time at all."""

LAST_WORDS_S = 0.5
"""How long a process that is to end may take to finish writing what belongs to an invocation that it has answered."""

DEBUGGER_MB = 512
"""What a debugger may use on top of the function's memory."""


def init_limit_s(spec: Spec, initialization: str, on_demand_s: float) -> float:
    """How long an initialisation may take; `on_demand_s` is the limit of one that an invocation waits for."""
    ahead = initialization == "provisioned-concurrency"
    return max(AHEAD_TIMEOUT_S, spec.timeout_s) if ahead else on_demand_s


def memory_limit_mb(spec: Spec) -> int:
    return spec.memory_mb + (DEBUGGER_MB if spec.debug else 0)
