"""P10: SDK clients are made anew for each event."""

import ast

from windtunnel.lens import evidence
from windtunnel.lens.rule import Finding, Rule
from windtunnel.lens.source import dotted

MAKERS = frozenset(["boto3.client", "boto3.resource", "boto3.Session", "boto3.session.Session"])
CACHES = frozenset(["cache", "lru_cache", "functools.cache", "functools.lru_cache"])


class ClientInHandler(Rule):
    """
    Making an SDK client reads models and opens connections: tens of milliseconds, paid by every event when it happens in the
    handler, and once by the environment when it happens outside.
    """

    id = "P10-client-in-handler"
    severity = "warning"
    title = "SDK clients are made inside of the handler"
    fix = "Make the client at the top of the module, or in a function under functools.cache."
    source = "https://docs.aws.amazon.com/lambda/latest/dg/best-practices.html#function-code"
    absent = "No Python source of a function was found."
    bad = """
Resources:
  Saver:
    Type: AWS::Lambda::Function
    Properties: {Runtime: python3.13, Handler: app.handler, Code: src/, Role: arn:aws:iam::000000000000:role/saver}
"""
    good = bad
    files = {
        "src/app.py": (
            "import boto3\n\ndef handler(event, context):\n    return boto3.client('s3').meta.region_name\n",
            "import boto3\n\ns3 = boto3.client('s3')\n\ndef handler(event, context):\n    return s3.meta.region_name\n",
        )
    }

    def subjects(self, estate):
        return [f for f in estate.functions if f.source.modules]

    def check(self, estate):
        for function in self.subjects(estate):
            found = [
                evidence.source(module.where(call), f"{dotted(call.func)} runs whenever its function does")
                for module in function.source.modules
                for call in _made_in_functions(module.tree)
            ]
            if not found:
                continue
            warm = {e.fact.request_id for e in estate.invocations(function) if not e.fact.cold}
            made = [e for e in estate.facts("ClientConstructed") if e.fact.request_id in warm]
            if made:
                total = sum(e.fact.took_ms for e in made)
                text = f"{len(made)} clients made in {len(warm)} warm invocations, {total:.0f} ms"
                found.append(evidence.observed(f"ClientConstructed #{made[-1].seq}", text))
            yield Finding(function, f"{function.logical_id} makes SDK clients for each event", tuple(found))


def _made_in_functions(tree: ast.Module) -> list[ast.Call]:
    """Clients made in the body of a function that is not cached; a function that only runs at import time is not looked into."""
    found = []
    for node in ast.walk(tree):
        if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) or _is_cached(node):
            continue
        guarded = {
            id(call)
            for test in ast.walk(node)
            if isinstance(test, ast.If) and _is_guard(test)
            for call in ast.walk(test)
        }
        found += [
            each
            for each in ast.walk(node)
            if isinstance(each, ast.Call) and dotted(each.func) in MAKERS and id(each) not in guarded
        ]
    return found


def _is_cached(node: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    names = [dotted(d.func) if isinstance(d, ast.Call) else dotted(d) for d in node.decorator_list]
    return any(name in CACHES for name in names) or node.name == "__init__"


def _is_guard(test: ast.If) -> bool:
    """`if client is None:` and `if not client:` make it once."""
    expression = test.test
    if isinstance(expression, ast.UnaryOp) and isinstance(expression.op, ast.Not):
        return isinstance(expression.operand, (ast.Name, ast.Attribute))
    return isinstance(expression, ast.Compare) and any(isinstance(op, ast.Is) for op in expression.ops)
