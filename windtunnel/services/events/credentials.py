"""What a connection knows: kept, shown without its secrets, turned into the headers and parameters of a request."""

from __future__ import annotations

import base64
import json
from typing import Any
from urllib.parse import urlencode

from windtunnel.fabric.posting import NotPosted, ask

TOKEN_TIMEOUT_S = 5.0
TOKEN_LASTS_S = 3_600.0
"""How long a token is used whose endpoint does not say."""

_SECRETS = frozenset({"ApiKeyValue", "Password", "ClientSecret"})
_LISTS = ("HeaderParameters", "QueryStringParameters", "BodyParameters")


class Refused(Exception):
    """The authorization endpoint gave no token; the text says why, and has no secret in it."""


def merged(old: dict[str, Any], new: dict[str, Any]) -> dict[str, Any]:
    """What an update leaves: members that it does not name stay."""
    result = dict(old)
    for name, value in new.items():
        known = result.get(name)
        result[name] = merged(known, value) if isinstance(value, dict) and isinstance(known, dict) else value
    return result


def without_secrets(parameters: dict[str, Any]) -> dict[str, Any]:
    """As DescribeConnection shows them."""
    if not parameters:
        return {}
    shown = {name: _open(value) for name, value in parameters.items()}
    if "OAuthParameters" in shown:
        shown["OAuthParameters"].setdefault("OAuthHttpParameters", {})
    return {**shown, "InvocationHttpParameters": shown.get("InvocationHttpParameters", {})}


def _open(value: Any) -> Any:
    if isinstance(value, dict):
        hidden = _SECRETS | ({"Value"} if value.get("IsValueSecret") else set())
        return {name: _open(inner) for name, inner in value.items() if name not in hidden}
    return [_open(each) for each in value] if isinstance(value, list) else value


def parameters(given: dict[str, Any] | None, which: str) -> dict[str, str]:
    """Header, query string or body parameters of a connection, by key."""
    return {each["Key"]: each.get("Value", "") for each in (given or {}).get(which, ())}


def header(kind: str, known: dict[str, Any], token: str) -> dict[str, str]:
    """The header that lets a request in."""
    if kind == "API_KEY":
        return {known["ApiKeyAuthParameters"]["ApiKeyName"]: known["ApiKeyAuthParameters"]["ApiKeyValue"]}
    if kind == "BASIC":
        basic = known["BasicAuthParameters"]
        return {"Authorization": f"Basic {_base64(basic['Username'], basic['Password'])}"}
    return {"Authorization": f"Bearer {token}"}


async def token(oauth: dict[str, Any]) -> tuple[str, float]:
    """An access token, and the seconds that it lasts. Raises Refused. AWS: the page of `connections.py`; RFC 6749, 4.4."""
    client = oauth["ClientParameters"]
    given = oauth.get("OAuthHttpParameters")
    body = {"grant_type": "client_credentials", **parameters(given, "BodyParameters")}
    query = parameters(given, "QueryStringParameters")
    headers = {
        "Content-Type": "application/x-www-form-urlencoded",
        "Accept": "application/json",
        "Authorization": f"Basic {_base64(client['ClientID'], client['ClientSecret'])}",
        **parameters(given, "HeaderParameters"),
    }
    method = oauth["HttpMethod"]
    if method == "GET":
        query, body = {**body, **query}, {}
    url = oauth["AuthorizationEndpoint"]
    url += ("&" if "?" in url else "?") + urlencode(query) if query else ""
    try:
        reply = await ask(method, url, headers, urlencode(body).encode(), TOKEN_TIMEOUT_S)
        answer = json.loads(reply.body) if reply.status < 300 else {}
    except NotPosted:
        raise Refused(f"{oauth['AuthorizationEndpoint']} cannot be reached.") from None
    except ValueError:
        raise Refused(f"{oauth['AuthorizationEndpoint']} did not answer with JSON.") from None
    found = answer.get("access_token") if isinstance(answer, dict) else None
    if not isinstance(found, str):
        raise Refused(f"{oauth['AuthorizationEndpoint']} answered {reply.status} and no access_token.")
    lasts = answer.get("expires_in", TOKEN_LASTS_S)
    return found, float(lasts) if isinstance(lasts, int | float) else TOKEN_LASTS_S


def _base64(user: str, password: str) -> str:
    return base64.b64encode(f"{user}:{password}".encode()).decode()
