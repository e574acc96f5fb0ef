"""A7: a function waits for another function."""

from windtunnel.lens import evidence
from windtunnel.lens.rule import Finding, Rule
from windtunnel.lens.source import constant, keyword


class SyncChain(Rule):
    """
    A function that invokes another one and waits pays twice for the same time, fails when the other is throttled, and adds its
    timeout to the other's. Orchestration belongs into Step Functions, handing over into a queue or an event.
    """

    id = "A7-sync-chain"
    severity = "error"
    title = "This function invokes another one and waits for it"
    fix = 'Hand over with InvocationType="Event", a queue or an event; orchestrate steps that need each other with Step Functions.'
    source = "https://docs.aws.amazon.com/lambda/latest/dg/concepts-event-driven-architectures.html"
    absent = "No Python source of a function was found."
    bad = """
Resources:
  Front:
    Type: AWS::Lambda::Function
    Properties: {Runtime: python3.13, Handler: app.handler, Code: src/, Role: arn:aws:iam::000000000000:role/front}
"""
    good = bad
    files = {
        "src/app.py": (
            "import boto3\n\nfunctions = boto3.client('lambda')\n\ndef handler(event, context):\n"
            "    return functions.invoke(FunctionName='price', Payload=b'{}')['StatusCode']\n",
            "import boto3\n\nfunctions = boto3.client('lambda')\n\ndef handler(event, context):\n"
            "    return functions.invoke(FunctionName='price', InvocationType='Event', Payload=b'{}')['StatusCode']\n",
        )
    }

    def subjects(self, estate):
        return [f for f in estate.functions if f.source.modules]

    def check(self, estate):
        for function in self.subjects(estate):
            waiting = [
                evidence.source(module.where(call), "invoke without InvocationType=Event waits for the answer")
                for module, call in function.source.calls()
                if getattr(call.func, "attr", "") == "invoke"
                and keyword(call, "FunctionName") is not None
                and constant(keyword(call, "InvocationType")) in (None, "RequestResponse")
                and (keyword(call, "InvocationType") is None or constant(keyword(call, "InvocationType")))
            ]
            if waiting:
                yield Finding(function, f"{function.logical_id} waits for another function", tuple(waiting))
