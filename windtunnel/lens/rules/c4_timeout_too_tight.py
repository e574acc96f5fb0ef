"""C4: the function comes close to its timeout."""

from windtunnel.lens import evidence
from windtunnel.lens.rule import Finding, Open, Proof, Rule

NEAR = 0.8


class TimeoutTooTight(Rule):
    """
    A function whose slowest invocation already takes four fifths of its timeout fails as soon as a dependency answers a little
    later. Judged from the duration of every recorded invocation; this machine is not AWS, so take the number as a hint.
    """

    id = "C4-timeout-too-tight"
    severity = "error"
    title = "Invocations come close to the timeout"
    fix = "Raise Timeout to a few times the slowest invocation, or make the slow part faster."
    source = "https://docs.aws.amazon.com/lambda/latest/dg/configuration-timeout.html"
    existing = ("ES1006", "L4dfs2Q3C3")
    watches = True
    bad = """
Resources:
  Slow:
    Type: AWS::Lambda::Function
    Properties: {Runtime: python3.13, Handler: app.handler, Code: src/, Timeout: 1, Role: arn:aws:iam::000000000000:role/slow}
"""
    good = bad.replace("Timeout: 1", "Timeout: 10")
    files = {
        "src/app.py": ("import time\n\ndef handler(event, context):\n    time.sleep(0.85)\n    return 1\n",) * 2,
        "events/slow.json": ("{}", "{}"),
    }

    def check(self, estate):
        for function in estate.functions:
            seen = estate.invocations(function)
            if not seen:
                yield Open(function, f"Put a sample event for {function.logical_id} into events/.")
                continue
            slowest = max(seen, key=lambda e: e.fact.duration_ms)
            limit = function.timeout_s * 1000
            text = f"{slowest.fact.duration_ms:.0f} of {limit:.0f} ms, the slowest of {len(seen)}"
            proof = evidence.observed(f"Invoked #{slowest.seq}", text)
            if slowest.fact.duration_ms > NEAR * limit:
                share = 100 * slowest.fact.duration_ms / limit
                yield Finding(function, f"{function.logical_id} needed {share:.0f} % of its timeout", (proof,))
            else:
                yield Proof(function, "There is time to spare.", (proof,))
