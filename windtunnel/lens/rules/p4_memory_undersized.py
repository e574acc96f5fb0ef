"""P4: the memory is nearly used up."""

from windtunnel.lens import evidence
from windtunnel.lens.rule import Finding, Open, Proof, Rule

USED_SHARE = 0.9


class MemoryUndersized(Rule):
    """
    An environment that needs more memory than is set is killed in the middle of an invocation. A function that used more than nine
    tenths of it with sample events is one larger event away from that.
    """

    id = "P4-memory-undersized"
    severity = "error"
    title = "The memory is nearly used up"
    fix = "Raise MemorySize so that the measured peak is below 80 %, or hold less in memory: stream, page, process in parts."
    source = "https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html"
    existing = ("COr6dfpM06",)
    watches = True
    bad = """
Resources:
  Hungry:
    Type: AWS::Lambda::Function
    Properties:
      {Runtime: python3.13, Handler: app.handler, Code: src/, MemorySize: 128, Role: arn:aws:iam::000000000000:role/hungry}
"""
    good = bad.replace("128", "256")
    files = {
        "src/app.py": ("def handler(event, context):\n    return len(b'x' * 108_000_000) and 1\n",) * 2,
        "events/hungry.json": ("{}", "{}"),
    }

    def check(self, estate):
        for function in estate.functions:
            seen = estate.invocations(function)
            if not seen:
                yield Open(function, f"Put a sample event for {function.logical_id} into events/.")
                continue
            peak = max(seen, key=lambda e: e.fact.memory_mb)
            text = f"{peak.fact.memory_mb} of {function.memory_mb} MB, {peak.fact.status}"
            proof = evidence.observed(f"Invoked #{peak.seq}", text)
            if peak.fact.memory_mb > USED_SHARE * function.memory_mb:
                share = 100 * peak.fact.memory_mb / function.memory_mb
                yield Finding(function, f"{function.logical_id} used {share:.0f} % of its memory", (proof,))
            else:
                yield Proof(function, "There is room to spare.", (proof,))
