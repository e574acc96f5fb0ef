"""A3: an invocation sees what an earlier one left behind."""

from windtunnel.lens.proven import by_experiment
from windtunnel.lens.rule import Rule


class HiddenState(Rule):
    """
    Lambda may serve two events from one environment or from two. A function that keeps state of one event in a global, an attribute
    or /tmp answers differently in the two cases. The same event is sent to fresh environments and to a reused one, and the answers
    are compared; what differs between two fresh ones is chance and is left out.
    """

    id = "A3-hidden-state"
    severity = "error"
    title = "The answer depends on what the environment served before"
    fix = "Keep what belongs to one event in local variables; keep shared state in a table, bucket or cache outside of the function."
    source = "https://docs.aws.amazon.com/lambda/latest/dg/best-practices.html#function-code"
    experiment = "fresh-and-reused"
    bad = """
Resources:
  Counter:
    Type: AWS::Lambda::Function
    Properties:
      Runtime: python3.13
      Handler: app.handler
      Code: src/
      Role: arn:aws:iam::000000000000:role/counter
"""
    good = bad
    files = {
        "src/app.py": (
            "seen = []\n\ndef handler(event, context):\n    seen.append(event['id'])\n    return {'orders': len(seen)}\n",
            "def handler(event, context):\n    seen = [event['id']]\n    return {'orders': len(seen)}\n",
        ),
        "events/counter.json": ('{"id": "a-1"}', '{"id": "a-1"}'),
    }

    def check(self, estate):
        yield from by_experiment(estate, self.experiment, estate.functions)
