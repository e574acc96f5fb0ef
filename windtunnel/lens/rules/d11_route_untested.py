"""D11: routes of the API that no test calls."""

import re

from windtunnel.lens import evidence
from windtunnel.lens.rule import Finding, Proof, Rule


class RouteUntested(Rule):
    """
    A route that no test calls breaks unseen. Every route of the template must be called by the application's own tests at least once
    with success and once with an error of the client's.
    """

    id = "D11-route-untested"
    severity = "warning"
    title = "A route of the API is not tested"
    fix = "Call the route in tests/: once as it is meant, and once with input that it must refuse with a 4xx."
    source = "https://docs.aws.amazon.com/lambda/latest/dg/testing-guide.html"
    absent = "No function serves a route of an API."
    watches = True
    bad = """
Transform: AWS::Serverless-2016-10-31
Resources:
  Orders:
    Type: AWS::Serverless::Function
    Properties:
      Runtime: python3.13
      Handler: index.handler
      InlineCode: |
        def handler(event, context):
            return {"statusCode": 200 if event.get("body") else 400}
      Events:
        Take: {Type: HttpApi, Properties: {Method: POST, Path: /orders}}
Outputs:
  Api: {Value: !Ref ServerlessHttpApi}
"""
    good = bad
    files = {
        "tests/test_orders.py": (
            "def test_nothing():\n    pass\n",
            "import json\nimport os\nimport urllib.error\nimport urllib.request\n\nAPI = json.loads(os.environ['WINDTUNNEL_OUTPUTS'])['Api']\n"
            "URL = f\"{os.environ['AWS_ENDPOINT_URL']}/_api/{API}/orders\"\n\n\ndef status(body):\n"
            "    try:\n        return urllib.request.urlopen(urllib.request.Request(URL, data=body, method='POST')).status\n"
            "    except urllib.error.HTTPError as error:\n        return error.code\n\n\n"
            "def test_an_order_is_taken():\n    assert status(b'{}') == 200\n\n\n"
            "def test_an_empty_order_is_refused():\n    assert status(b'') == 400\n",
        )
    }

    def subjects(self, estate):
        return [f for f in estate.functions if f.routes]

    def check(self, estate):
        calls = estate.facts("RouteRequested")
        for function in self.subjects(estate):
            missing, seen = [], []
            for route in function.routes:
                own = [e for e in calls if _is_of(e.fact, route)]
                statuses = sorted({e.fact.status for e in own})
                lacks = [
                    name
                    for name, low in (("2xx", 200), ("4xx", 400))
                    if not any(low <= s < low + 100 for s in statuses)
                ]
                text = f"{route}: {len(own)} calls" + (f", statuses {statuses}" if statuses else "")
                (missing if lacks else seen).append((route, lacks, text))
            if missing:
                found = tuple(
                    evidence.Evidence("E2", r.where, f"{text}; no {' and no '.join(lacks)}")
                    for r, lacks, text in missing
                )
                names = ", ".join(str(route) for route, _, _ in missing)
                yield Finding(function, f"not fully tested: {names}", found)
            else:
                proof = tuple(evidence.Evidence("E2", r.where, text) for r, _, text in seen)
                yield Proof(function, "Every route was called with success and with an error.", proof)


def _is_of(fact, route) -> bool:
    if route.method not in ("ANY", "*", fact.method):
        return False
    return _plain(fact.route) in (
        _plain(route.path),
        _plain(f"{route.method} {route.path}"),
        _plain(f"ANY {route.path}"),
    )


def _plain(path: str) -> str:
    return re.sub(r"\{[^}]*\}", "{}", path).rstrip("/")
