"""
Calling API destinations.

AWS: eventbridge/latest/userguide/eb-api-destinations.html (headers, time limit, which answers are tried again)
"""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote, urlencode

from windtunnel.aws.errors import ApiError
from windtunnel.fabric.outside_calls import ask
from windtunnel.fabric.posting import NotPosted, Reply
from windtunnel.services.events import credentials
from windtunnel.services.events.buses import EventTables
from windtunnel.services.events.records import ApiDestination, Connection

TIMEOUT_S = 5.0
EXPIRING_S = 60.0
_HEADERS = {
    "User-Agent": "Amazon/EventBridge/ApiDestinations",
    "Content-Type": "application/json; charset=utf-8",
    "Range": "bytes=0-1048575",
    "Accept-Encoding": "gzip,deflate",
}
_UNAUTHORIZED = (401, 407)


class ApiCalls(EventTables):
    def __init__(self, *place: Any) -> None:
        super().__init__(*place)
        self._free_at: dict[str, float] = {}

    def slot(self, arn: str) -> float:
        """When the next call to the destination may be made, given its rate limit; that call is counted."""
        rate = self.noun("ApiDestinations").with_arn(arn).rate
        at: float = max(self.clock.now(), self._free_at.get(arn, 0.0))
        self._free_at[arn] = at + 1 / rate
        return at

    async def send(self, arn: str, http: dict[str, Any], text: str) -> Reply:
        """
        The answer to the input, with the target's or pipe's HttpParameters. Raises ApiError: its code is EventBridge's word
        for the failure, its status says whether another attempt can help (408, 429 and 5xx).
        """
        destination = self.noun("ApiDestinations").with_arn(arn)
        connections = self.noun("Connections")
        connection = connections.with_arn(destination.connection)
        if connection is None or connection.state == "DEAUTHORIZED":
            raise ApiError("NO_PERMISSIONS", f"The connection of {destination.name} is not authorized.", status=400)
        oauth = connection.kind == "OAUTH_CLIENT_CREDENTIALS"
        if oauth and connection.token_ends_at - EXPIRING_S < self.clock.now():
            connection = await connections.refreshed(connection)
        method, url, headers, body = _request(destination, connection, http, text)
        try:
            reply = await ask(self.home.cloud.faults, destination.arn, method, url, headers, body, TIMEOUT_S)
        except NotPosted as unanswered:
            code = "TIMEOUT" if "did not answer" in str(unanswered) else "CONNECTION_FAILURE"
            raise ApiError(code, f"{destination.name} did not answer.", status=503) from None
        if oauth and reply.status in _UNAUTHORIZED:
            await connections.refreshed(connection)
        if not 200 <= reply.status < 300:
            again = reply.status in (*_UNAUTHORIZED, 409, 429) or reply.status >= 500
            raise ApiError(
                "ERROR_FROM_TARGET", f"{destination.name} answered {reply.status}.", status=503 if again else 400
            )
        return reply


def _request(
    destination: ApiDestination, connection: Connection, http: dict[str, Any], text: str
) -> tuple[str, str, dict[str, str], bytes]:
    """What the connection says wins over what the target says."""
    of_connection = connection.parameters.get("InvocationHttpParameters")
    url = destination.endpoint
    for value in http.get("PathParameterValues", ()):
        url = url.replace("*", quote(value, safe=""), 1)
    query = {**http.get("QueryStringParameters", {}), **credentials.parameters(of_connection, "QueryStringParameters")}
    if query:
        url += ("&" if "?" in url else "?") + urlencode(query)
    headers = {
        **_HEADERS,
        **http.get("HeaderParameters", {}),
        **credentials.parameters(of_connection, "HeaderParameters"),
        **credentials.header(connection.kind, connection.parameters, connection.token),
    }
    return (
        destination.method,
        url,
        headers,
        _with(text, credentials.parameters(of_connection, "BodyParameters")).encode(),
    )


def _with(text: str, more: dict[str, str]) -> str:
    """The body, with the connection's parameters in it when it is a JSON object."""
    if not more:
        return text
    try:
        body = json.loads(text)
    except ValueError:
        return text
    return json.dumps({**body, **more}) if isinstance(body, dict) else text
