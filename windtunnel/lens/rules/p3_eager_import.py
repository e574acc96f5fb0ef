"""P3: every cold start pays for an import that few events need."""

import ast

from windtunnel.lens import evidence
from windtunnel.lens.rule import Finding, Proof, Rule
from windtunnel.lens.source import functions_of

SLOW_MS = 50.0


class EagerImport(Rule):
    """
    What a module imports at its top is paid for by every cold start. An import that takes long and is used on a side path only, or
    nowhere, belongs into the function that uses it. The milliseconds are measured in this application's own initialisation.
    """

    id = "P3-eager-import"
    severity = "warning"
    title = "A slow import that most events do not need is paid by every cold start"
    fix = "Move the import into the function that uses it, or drop it if nothing does."
    source = "https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html"
    absent = "No Python source of a function was found."
    watches = True
    bad = """
Resources:
  Report:
    Type: AWS::Lambda::Function
    Properties: {Runtime: python3.13, Handler: app.handler, Code: src/, Role: arn:aws:iam::000000000000:role/report}
"""
    good = bad
    files = {
        "src/slow.py": ("import time\n\ntime.sleep(0.1)\n\ndef render(event):\n    return 'page'\n",) * 2,
        "src/app.py": (
            "import slow\n\ndef handler(event, context):\n    if event.get('report'):\n        return slow.render(event)\n    return 1\n",
            "def handler(event, context):\n    if event.get('report'):\n        import slow\n\n        return slow.render(event)\n"
            "    return 1\n",
        ),
        "events/report.json": ("{}", "{}"),
    }

    def subjects(self, estate):
        return [f for f in estate.functions if f.source.modules]

    def check(self, estate):
        for function in self.subjects(estate):
            costs: dict[str, float] = {}
            entries = [e for e in estate.facts("InitFinished") if estate.is_of(e.fact.function_arn, function)]
            for entry in entries:
                for module in entry.fact.imports:
                    costs[module.module] = max(costs.get(module.module, 0.0), module.total_ms)
            found = [
                each
                for module in function.source.modules
                for each in _eager(module, costs, entries[-1].seq if entries else 0)
            ]
            if found:
                yield Finding(
                    function, f"cold starts of {function.logical_id} pay for imports on side paths", tuple(found)
                )
            elif entries:
                total = sum(m.own_ms for m in entries[-1].fact.imports)
                text = f"InitFinished #{entries[-1].seq}"
                yield Proof(
                    function,
                    "No slow import off the main path.",
                    (evidence.observed(text, f"{total:.0f} ms of imports"),),
                )


def _eager(module, costs, seq):
    """Slow imports at the top of a module whose name is used on conditional paths only, or nowhere."""
    for node in module.tree.body:
        if not isinstance(node, (ast.Import, ast.ImportFrom)):
            continue
        for alias in node.names:
            imported = alias.name if isinstance(node, ast.Import) else (node.module or "")
            cost = costs.get(imported, 0.0)
            name = alias.asname or alias.name.split(".")[0]
            if cost >= SLOW_MS and not _needed_always(module.tree, name):
                text = f"import of {imported} took {cost:.0f} ms (InitFinished #{seq}) and is not used on every path"
                yield evidence.Evidence("E2", module.where(node), text)


def _needed_always(tree: ast.Module, name: str) -> bool:
    """Whether the name is used at import time, or in a function outside of any condition."""
    top = [
        n for n in tree.body if not isinstance(n, (ast.Import, ast.ImportFrom, ast.FunctionDef, ast.AsyncFunctionDef))
    ]
    if any(_uses(n, name) for n in top):
        return True
    return any(_uses_always(function.body, name) for function in functions_of(tree).values())


def _uses_always(body, name: str) -> bool:
    for statement in body:
        if isinstance(statement, ast.If):
            if _uses(statement.test, name) or (
                statement.orelse and _uses_always(statement.body, name) and _uses_always(statement.orelse, name)
            ):
                return True
        elif isinstance(statement, ast.Try):
            if _uses_always(statement.body, name):
                return True
        elif isinstance(statement, (ast.For, ast.While, ast.With)):
            if _uses_always(statement.body, name) or any(
                _uses(n, name) for n in ast.iter_child_nodes(statement) if isinstance(n, ast.expr)
            ):
                return True
        elif _uses(statement, name):
            return True
    return False


def _uses(node: ast.AST, name: str) -> bool:
    return any(isinstance(n, ast.Name) and n.id == name for n in ast.walk(node))
