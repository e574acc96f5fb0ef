"""P12: errors are caught and forgotten."""

import ast

from windtunnel.lens import evidence
from windtunnel.lens.rule import Finding, Rule
from windtunnel.lens.source import dotted

BROAD = frozenset(["Exception", "BaseException"])
TELLING = frozenset(
    ["exception", "error", "critical", "warning", "warn", "fatal", "log", "append", "add", "put_annotation", "print"]
)


class SwallowedError(Rule):
    """
    A handler that catches every error and neither raises nor tells anybody makes a failure look like a success: Lambda does not
    retry, the message is deleted, no alarm sees it.
    """

    id = "P12-swallowed-error"
    severity = "error"
    title = "Errors are caught and forgotten"
    fix = "Catch what you can handle and let the rest fail; where you catch broadly, log the exception and report the failure."
    source = "https://docs.aws.amazon.com/lambda/latest/dg/python-exceptions.html"
    existing = ("BLE001", "S110")
    absent = "No Python source of a function was found."
    bad = """
Resources:
  Payer:
    Type: AWS::Lambda::Function
    Properties: {Runtime: python3.13, Handler: app.handler, Code: src/, Role: arn:aws:iam::000000000000:role/payer}
"""
    good = bad
    files = {
        "src/app.py": (
            "def handler(event, context):\n    try:\n        return pay(event)\n    except Exception:\n        return None\n\n"
            "def pay(event):\n    return event['amount']\n",
            "def handler(event, context):\n    try:\n        return pay(event)\n    except KeyError:\n        return None\n\n"
            "def pay(event):\n    return event['amount']\n",
        )
    }

    def subjects(self, estate):
        return [f for f in estate.functions if f.source.modules]

    def check(self, estate):
        for function in self.subjects(estate):
            found = [
                evidence.source(module.where(node), "catches every error and tells nobody")
                for module in function.source.modules
                for node in ast.walk(module.tree)
                if isinstance(node, ast.ExceptHandler) and _is_broad(node) and not _tells(node)
            ]
            if found:
                yield Finding(function, f"{function.logical_id} hides its failures", tuple(found))


def _is_broad(node: ast.ExceptHandler) -> bool:
    if node.type is None:
        return True
    kinds = node.type.elts if isinstance(node.type, ast.Tuple) else [node.type]
    return any(dotted(kind) in BROAD for kind in kinds)


def _tells(node: ast.ExceptHandler) -> bool:
    """It raises, logs, collects the failure, or uses the exception it caught."""
    for each in ast.walk(ast.Module(body=node.body, type_ignores=[])):
        if isinstance(each, ast.Raise):
            return True
        if isinstance(each, ast.Call) and dotted(each.func).rpartition(".")[2] in TELLING:
            return True
        if node.name and isinstance(each, ast.Name) and each.id == node.name:
            return True
    return False
