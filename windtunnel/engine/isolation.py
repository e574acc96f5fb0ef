"""
What of AWS's execution environment this machine enforces, in words, for `doctor` and for rules that need a limit.

It holds for environments restored from a snapshot too, but for memory: pages that such a one still shares with its
snapshot are not counted until it writes to them. While a snapshot is being made, the function's code has capabilities in a
user namespace that owns nothing of the machine (`runtimes/python/isolate.py`).
"""

from __future__ import annotations

from windtunnel.engine.cgroups import ControlGroups
from windtunnel.engine.host import Enforcement, Limit


def enforcement(why_not_isolated: str, groups: ControlGroups, cpu_share: bool, freeze: bool) -> Enforcement:
    """`why_not_isolated` is the fork server's word: empty when namespaces and a root of its own work."""
    if why_not_isolated:
        processes = Limit("absent", f"no namespaces: {why_not_isolated}")
        files = Limit("absent", f"the function sees this machine's files: {why_not_isolated}")
        storage = Limit("absent", "/tmp is this machine's")
    else:
        processes = Limit(
            "enforced", "a PID namespace of its own, system calls filtered; its end ends everything in it"
        )
        files = Limit("enforced", "a root of its own, read-only but for /tmp; no capabilities")
        storage = Limit("enforced", "a tmpfs of the configured size")
    if "memory" in groups.controllers:
        memory = Limit("enforced", f"control groups, version {groups.version}")
    else:
        reason = groups.absent.get("memory", "no control groups")
        memory = Limit("sampled", f"looked at after each invocation: {reason}")
    if "pids" in groups.controllers:
        pids = Limit("enforced", f"control groups, version {groups.version}: 1,024 processes and threads")
    else:
        pids = Limit("absent", groups.absent.get("pids", "no control groups"))
    return Enforcement(
        processes=processes,
        files=files,
        ephemeral_storage=storage,
        memory=memory,
        cpu=_cpu(groups, cpu_share),
        pids=pids,
        freezing=_freezing(freeze),
        network=Limit("absent", "functions use this machine's network"),
    )


def _freezing(freeze: bool) -> Limit:
    if not freeze:
        return Limit("absent", "switched off by WINDTUNNEL_FREEZE=false: what a function leaves running goes on")
    return Limit("enforced", "between invocations its processes are stopped, 20 ms after the last one ended")


def _cpu(groups: ControlGroups, cpu_share: bool) -> Limit:
    if not cpu_share:
        return Limit(
            "absent",
            "off, so that nothing waits: functions get a whole processor. `windtunnel check` has it on; "
            "WINDTUNNEL_CPU_SHARE=true switches it on everywhere",
        )
    if "cpu" in groups.controllers:
        return Limit("enforced", f"control groups, version {groups.version}: memory / 1,769 MB of a processor")
    reason = groups.absent.get("cpu", "no control groups")
    return Limit("sampled", f"processes are stopped for part of each tenth of a second: {reason}")
