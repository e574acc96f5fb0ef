"""P4: far more memory is paid for than is used."""

from windtunnel.lens import evidence
from windtunnel.lens.rule import Finding, Open, Proof, Rule

USED_SHARE = 0.10
SMALLEST_MB = 512
BUSY_SHARE = 0.5


class MemoryOversized(Rule):
    """
    Memory is billed by what is set, not by what is used. A function that uses less than a tenth of its memory, and does not need
    the CPU that comes with it, pays for the rest. Judged from the peak of every recorded invocation.
    """

    id = "P4-memory-oversized"
    severity = "warning"
    title = "Far more memory is set than is used"
    fix = "Lower MemorySize to a few times the measured peak, and measure duration again: CPU shrinks with memory."
    source = "https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html"
    existing = ("COr6dfpM05",)
    watches = True
    bad = """
Resources:
  Tiny:
    Type: AWS::Lambda::Function
    Properties:
      {Runtime: python3.13, Handler: app.handler, Code: src/, MemorySize: 3008, Role: arn:aws:iam::000000000000:role/tiny}
"""
    good = bad.replace("3008", "128")
    files = {
        "src/app.py": ("def handler(event, context):\n    return 1\n",) * 2,
        "events/tiny.json": ("{}", "{}"),
    }

    def check(self, estate):
        for function in estate.functions:
            seen = estate.invocations(function)
            if not seen:
                yield Open(function, f"Put a sample event for {function.logical_id} into events/.")
                continue
            peak = max(seen, key=lambda e: e.fact.memory_mb)
            size = function.memory_mb
            text = f"at most {peak.fact.memory_mb} of {size} MB in {len(seen)} invocations"
            proof = evidence.observed(f"Invoked #{peak.seq}", text)
            if size >= SMALLEST_MB and peak.fact.memory_mb < USED_SHARE * size:
                share = 100 * peak.fact.memory_mb / size
                yield Finding(function, f"{function.logical_id} uses {share:.0f} % of its memory", (proof,))
            else:
                yield Proof(function, "The memory fits what was measured.", (proof,))
