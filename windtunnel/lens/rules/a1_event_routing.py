"""A1: events are routed by hand, inside a function."""

import ast

from windtunnel.lens import evidence
from windtunnel.lens.rule import Finding, Rule
from windtunnel.lens.source import constant

KINDS = frozenset(["EventBridgeRule", "CloudWatchEvent", "SNS", "SQS"])
NAMES_OF_TYPES = frozenset(
    ["detail-type", "detailType", "detail_type", "type", "eventType", "event_type", "eventName", "event_name", "kind", "action"]
)  # fmt: skip
MANY = 3


class EventRouting(Rule):
    """
    A function that looks at the type of an event and then does one of several things is a router written by hand: every branch
    shares its memory, its permissions, its failures and its deployments. EventBridge routes by pattern, each kind of event to the
    function that is about it.
    """

    id = "A1-event-routing"
    severity = "warning"
    title = "A function routes events by hand"
    fix = "Give each type of event a rule of its own, with a pattern and a function that is about this type only."
    source = "https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-event-patterns.html"
    absent = "No function gets events of a bus, a topic or a queue."
    bad = """
Transform: AWS::Serverless-2016-10-31
Resources:
  Everything:
    Type: AWS::Serverless::Function
    Properties:
      Runtime: python3.13
      Handler: app.handler
      CodeUri: src/
      Events:
        Orders: {Type: EventBridgeRule, Properties: {Pattern: {source: [shop]}}}
"""
    good = bad.replace("{source: [shop]}", "{source: [shop], detail-type: [OrderPlaced]}")
    files = {
        "src/app.py": (
            "def handler(event, context):\n    kind = event['detail-type']\n    if kind == 'OrderPlaced':\n        return 1\n"
            "    elif kind == 'OrderPaid':\n        return 2\n    elif kind == 'OrderSent':\n        return 3\n",
            "def handler(event, context):\n    return event['detail']['order']\n",
        )
    }

    def subjects(self, estate):
        return [f for f in estate.functions if any(source.kind in KINDS for source in f.event_sources)]

    def check(self, estate):
        for function in self.subjects(estate):
            for module in function.source.modules:
                branches = _branches(module.tree)
                types = sorted({name for names in branches.values() for name in names})
                if len(types) < MANY:
                    continue
                where = module.where(min(branches, key=lambda node: node.lineno))
                yield Finding(
                    function,
                    f"{function.logical_id} decides between {len(types)} types of event: {', '.join(types[:4])}",
                    (evidence.source(where, "compares the type of the event"),),
                )
                break


def _branches(tree: ast.Module) -> dict[ast.expr, list[str]]:
    """Where the type of an event is compared, and with which names."""
    variables = {
        target.id
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign) and _is_type(node.value)
        for target in node.targets
        if isinstance(target, ast.Name)
    }

    def looks_at_type(node: ast.AST) -> bool:
        return _is_type(node) or (isinstance(node, ast.Name) and node.id in variables)

    found: dict[ast.expr, list[str]] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Compare) and looks_at_type(node.left):
            found[node] = [text for each in node.comparators for text in _texts(each)]
        elif isinstance(node, ast.Match) and looks_at_type(node.subject):
            values = [
                part for case in node.cases for part in ast.walk(case.pattern) if isinstance(part, ast.MatchValue)
            ]
            found[node.subject] = [text for part in values for text in _texts(part.value)]
    return found


def _is_type(node: ast.AST) -> bool:
    """`event["detail-type"]`, `body.get("type")`."""
    if isinstance(node, ast.Subscript):
        return constant(node.slice) in NAMES_OF_TYPES
    called = isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "get"
    return bool(called and node.args and constant(node.args[0]) in NAMES_OF_TYPES)  # type: ignore[attr-defined]


def _texts(node: ast.AST) -> list[str]:
    parts = node.elts if isinstance(node, (ast.Tuple, ast.List, ast.Set)) else [node]
    return [value for part in parts if isinstance(value := constant(part), str)]
