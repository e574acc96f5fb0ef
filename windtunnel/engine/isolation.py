"""What of AWS's execution environment this machine enforces, in words, for `doctor` and for rules that need a limit."""

from __future__ import annotations

from windtunnel.engine.cgroups import ControlGroups
from windtunnel.engine.host import Enforcement, Limit


def enforcement(why_not_isolated: str, groups: ControlGroups) -> Enforcement:
    """`why_not_isolated` is the fork server's word: empty when namespaces and a root of its own work."""
    if why_not_isolated:
        processes = Limit("absent", f"no namespaces: {why_not_isolated}")
        files = Limit("absent", f"the function sees this machine's files: {why_not_isolated}")
        storage = Limit("absent", "/tmp is this machine's")
    else:
        processes = Limit("enforced", "a PID namespace of its own; its end ends everything in it")
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
        cpu=Limit("absent", "functions get the whole processor, whatever their memory"),
        pids=pids,
        network=Limit("absent", "functions use this machine's network"),
    )
