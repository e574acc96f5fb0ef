"""P8: each invocation opens its connections anew."""

from collections import Counter

from windtunnel.lens import evidence
from windtunnel.lens.rule import Finding, Open, Proof, Rule

NEW_PER_WARM_INVOCATION = 0.2
LEAST_WARM = 2


class NoConnectionReuse(Rule):
    """
    A connection opened outside of the handler serves every invocation of its environment; one opened inside costs a handshake each
    time and exhausts the other side under load. Counted from the connections that warm invocations really opened.
    """

    id = "P8-no-connection-reuse"
    severity = "warning"
    title = "Warm invocations open new connections"
    fix = "Make clients and connection pools outside of the handler and keep connections alive."
    source = "https://docs.aws.amazon.com/lambda/latest/dg/best-practices.html#function-code"
    watches = True
    bad = """
Resources:
  Caller:
    Type: AWS::Lambda::Function
    Properties: {Runtime: python3.13, Handler: app.handler, Code: src/, Role: arn:aws:iam::000000000000:role/caller}
"""
    good = bad
    files = {
        "src/app.py": (
            "import http.client\nimport os\nfrom urllib.parse import urlsplit\n\nHOST = urlsplit(os.environ['AWS_ENDPOINT_URL']).netloc\n\n"
            "def handler(event, context):\n    link = http.client.HTTPConnection(HOST)\n"
            "    link.request('GET', '/_windtunnel/health')\n    return link.getresponse().status\n",
            "import http.client\nimport os\nfrom urllib.parse import urlsplit\n\nHOST = urlsplit(os.environ['AWS_ENDPOINT_URL']).netloc\n"
            "link = http.client.HTTPConnection(HOST)\n\ndef handler(event, context):\n"
            "    link.request('GET', '/_windtunnel/health')\n    answer = link.getresponse()\n    answer.read()\n    return answer.status\n",
        ),
        "events/caller.json": ("{}", "{}"),
    }

    def check(self, estate):
        for function in estate.functions:
            warm = {e.fact.request_id for e in estate.invocations(function) if not e.fact.cold}
            if len(warm) < LEAST_WARM:
                yield Open(
                    function, f"Put a sample event for {function.logical_id} into events/, so that it runs warm."
                )
                continue
            opened = [e for e in estate.facts("ConnectionOpened") if e.fact.request_id in warm]
            hosts = Counter(f"{e.fact.host}:{e.fact.port}" for e in opened)
            chatty = {host: count for host, count in hosts.items() if count > NEW_PER_WARM_INVOCATION * len(warm)}
            if chatty:
                host, count = max(chatty.items(), key=lambda item: item[1])
                text = f"{count} new connections to {host} in {len(warm)} warm invocations"
                last = f"ConnectionOpened #{opened[-1].seq}"
                yield Finding(
                    function, f"{function.logical_id} does not reuse its connections", (evidence.observed(last, text),)
                )
            else:
                text = f"{sum(hosts.values())} new connections in {len(warm)} warm invocations"
                yield Proof(function, "Connections are reused.", (evidence.observed("ConnectionOpened", text),))
