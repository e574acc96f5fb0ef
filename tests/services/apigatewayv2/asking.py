"""Requests over the loopback interface, as a browser would make them."""

from __future__ import annotations

import http.client
import json
from typing import Any
from urllib.parse import urlsplit

from tests.services.lambda_.functions import create


class Answer:
    """`headers` has lower-case names and every value of each."""

    def __init__(self, response: http.client.HTTPResponse) -> None:
        self.status = response.status
        self.body = response.read()
        self.headers: dict[str, list[str]] = {}
        for name, value in response.getheaders():
            self.headers.setdefault(name.lower(), []).append(value)

    def __getitem__(self, name: str) -> str:
        return ", ".join(self.headers[name.lower()])

    def __contains__(self, name: str) -> bool:
        return name.lower() in self.headers

    @property
    def json(self) -> Any:
        return json.loads(self.body)


def ask(cloud, path: str, method: str = "GET", headers=(), body: bytes | None = None) -> Answer:
    """A request to the cloud, which listens from now on; `headers` are pairs or a map."""
    address = urlsplit(cloud.inside.endpoint or cloud.listen())
    connection = http.client.HTTPConnection("127.0.0.1", address.port, timeout=30)
    pairs = list(headers.items()) if isinstance(headers, dict) else list(headers)
    try:
        connection.putrequest(
            method, path, skip_host=any(n.lower() == "host" for n, _ in pairs), skip_accept_encoding=True
        )
        for name, value in pairs:
            connection.putheader(name, value)
        if body is not None:
            connection.putheader("Content-Length", str(len(body)))
        connection.endheaders(body)
        return Answer(connection.getresponse())
    finally:
        connection.close()


def function(cloud, source: str, name: str = "fn", **members: Any) -> str:
    """The ARN of a new function; `source` is its code, or the expression that its handler returns."""
    if "def handler" not in source:
        source = f"import json\n\n\ndef handler(event, context):\n    return {source}\n"
    return create(cloud, source, name, **members)["FunctionArn"]


ECHO = "{'statusCode': 200, 'headers': {'Content-Type': 'application/json'}, 'body': json.dumps(event)}"


def http_api(cloud, *keys: str, source: str = ECHO, version: str = "2.0", **api: Any) -> str:
    """The id of an HTTP API with these routes, all to one function, under `$default`."""
    gateway = cloud.client("apigatewayv2")
    arn = function(cloud, source)
    made = gateway.create_api(Name="shop", ProtocolType="HTTP", **api)["ApiId"]
    target = integration(cloud, made, arn, version)
    for key in keys:
        gateway.create_route(ApiId=made, RouteKey=key, Target=target)
    gateway.create_stage(ApiId=made, StageName="$default", AutoDeploy=True)
    return made


def integration(cloud, api: str, arn: str, version: str = "2.0", **members: Any) -> str:
    """The target of a new integration with a function."""
    made = cloud.client("apigatewayv2").create_integration(
        ApiId=api, IntegrationType="AWS_PROXY", IntegrationUri=arn, PayloadFormatVersion=version, **members
    )
    return f"integrations/{made['IntegrationId']}"
