"""The trace header of an invocation, and in it how often a chain of requests has invoked a function already.

    Root=1-69263f80-0123456789abcdef01234567;Parent=0123456789abcdef;Sampled=0;Lineage=1:0a1b2c3d:2

`Lineage` names functions by a hash, each with the number of its earlier invocations. The SDK in a function passes the header on
with every call, queues and buckets pass it on with what they hand over, and so a loop is seen.
AWS: https://docs.aws.amazon.com/lambda/latest/dg/invocation-recursion.html
"""

from __future__ import annotations

import functools
import hashlib

from windtunnel.kernel.ids import Ids

MOST_INVOCATIONS = 16
_VERSION = "1"


def rooted(header: str, now: float, ids: Ids) -> str:
    """The header, or a new one where there is none."""
    return header if "Root=" in header else f"Root=1-{int(now):08x}-{ids.hex(24)}" + (f";{header}" if header else "")


def passed_on(header: str, arn: str, sampled: bool, now: float, ids: Ids) -> tuple[str, int]:
    """
    What the function `arn` gets, and how often the chain of requests invoked it before. `sampled` decides where the
    caller did not.
    """
    if not header:
        new = ids.hex(40)
        return f"Root=1-{int(now):08x}-{new[:24]};Parent={new[24:]}{_first(arn, sampled)}", 0
    given = _parts(rooted(header, now, ids))
    lineage = _lineage(given.get("Lineage", ""))
    mark = _mark(arn)
    before = lineage.get(mark, -1) + 1
    lineage[mark] = before
    chain = "|".join(f"{function}:{count}" for function, count in lineage.items())
    decided = given.get("Sampled", "")
    taken = decided if decided in ("0", "1") else str(int(sampled))
    return f"Root={given['Root']};Parent={ids.hex(16)};Sampled={taken};Lineage={_VERSION}:{chain}", before


def _parts(header: str) -> dict[str, str]:
    return dict(part.split("=", 1) for part in header.replace(" ", "").split(";") if "=" in part)


def _lineage(text: str) -> dict[str, int]:
    lineage: dict[str, int] = {}
    for number, entry in enumerate(text.split("|")):
        fields = entry.split(":")
        if number == 0 and len(fields) == 3:
            fields = fields[1:]
        if len(fields) == 2 and fields[1].isdigit():
            lineage[fields[0]] = int(fields[1])
    return lineage


@functools.cache
def _first(arn: str, sampled: bool) -> str:
    """The end of the header of a chain's first request."""
    return f";Sampled={int(sampled)};Lineage={_VERSION}:{_mark(arn)}:0"


@functools.cache
def _mark(arn: str) -> str:
    return hashlib.sha256(arn.encode()).hexdigest()[:8]
