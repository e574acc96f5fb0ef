"""What IAM tells the recorder."""

from __future__ import annotations

from windtunnel.kernel.recorder import Fact


class AccessDecided(Fact, frozen=True):
    """
    A request was judged. `kind`, `policy` and `statement` say by what; `unknown` lists policies of AWS's that bear on it and
    whose documents only AWS has: they allow nothing here.
    """

    principal: str
    action: str
    resource: str
    allowed: bool
    kind: str
    policy: str
    statement: str
    unknown: tuple[str, ...] = ()
