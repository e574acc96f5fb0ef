"""Who may call a route: signatures, and Lambda authorizers with their cached answers.

AWS: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-lambda-authorizer.html
"""

from __future__ import annotations

from typing import Any

import msgspec

from windtunnel.aws.errors import ApiError
from windtunnel.aws.home import Home
from windtunnel.aws.requests import Event2, HttpRequest, allows, joined_query, within
from windtunnel.services.apigatewayv2 import events
from windtunnel.services.apigatewayv2.facts import RequestAuthorized
from windtunnel.services.apigatewayv2.plans import Endpoint, Guard, StagePlan

TIMEOUT_S = 10


class Refused(Exception):
    """The request may not pass; what the client is told."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message


class Decision(msgspec.Struct, frozen=True):
    """What an authorizer answered: a policy or a plain word, and what it wants to tell the function."""

    until: float
    document: Any
    context: dict[str, Any]

    def allows(self, arn: str) -> bool:
        return self.document if isinstance(self.document, bool) else allows(self.document, arn) is True


class Authorization:
    def __init__(self, home: Home) -> None:
        self._home = home
        self._decisions: dict[tuple[str, ...], Decision] = {}

    def forget(self, api_id: str) -> None:
        self._decisions = {key: kept for key, kept in self._decisions.items() if key[0] != api_id}

    async def context(
        self, api_id: str, stage: StagePlan, endpoint: Endpoint, request: HttpRequest, event: Event2, path: str
    ) -> dict[str, Any]:
        """The `authorizer` of the request's context. Raises Refused."""
        if endpoint.authorization == "AWS_IAM":
            return {"iam": self._signer(request.access_key)}
        guard = endpoint.authorizer
        if guard is None:
            raise Refused(500, "Internal Server Error")
        identity = _identity(guard, request, event, stage)
        if identity is None:
            raise Refused(401, "Unauthorized")
        home = self._home
        arn = f"arn:aws:execute-api:{home.region}:{home.account}:{api_id}/{stage.name}/{request.method}{path}"
        key = (api_id, stage.name, guard.id, *identity)
        kept = self._decisions.get(key) if guard.ttl_s else None
        cached = kept is not None and kept.until > home.clock.now()
        decision = kept if cached else await self._ask(guard, identity, arn, endpoint, request, event, path)
        assert decision is not None
        if guard.ttl_s and not cached:
            self._decisions[key] = decision
        allowed = decision.allows(arn)
        home.record(RequestAuthorized(api_id, guard.name, allowed, cached))
        if not allowed:
            raise Refused(403, "Forbidden")
        return {"lambda": decision.context}

    def _signer(self, access_key: str) -> dict[str, Any]:
        if not access_key:
            raise Refused(403, "Forbidden")
        credentials = self._home.cloud.credentials
        known = credentials.find(access_key)
        account = credentials.account_of(access_key)
        return {
            "accessKey": access_key,
            "accountId": account,
            "callerId": known.user_id if known else account,
            "cognitoIdentity": None,
            "principalOrgId": None,
            "userArn": credentials.principal_of(access_key, account),
            "userId": known.user_id if known else account,
        }

    async def _ask(
        self,
        guard: Guard,
        identity: tuple[str, ...],
        arn: str,
        endpoint: Endpoint,
        request: HttpRequest,
        event: Event2,
        path: str,
    ) -> Decision:
        if guard.format == "2.0":
            shown = msgspec.to_builtins(event)
            for name in ("body", "isBase64Encoded"):
                shown.pop(name, None)
            shown |= {"type": "REQUEST", "routeArn": arn, "identitySource": list(identity) or None}
        else:
            shown = events.members1(event, request, path, endpoint)
            for name in ("body", "isBase64Encoded"):
                shown.pop(name)
            joined = ",".join(identity)
            shown |= {"type": "REQUEST", "methodArn": arn, "identitySource": joined, "authorizationToken": joined}
        wish = {"FunctionName": guard.function, "Payload": msgspec.json.encode(shown)}
        home = self._home
        asking = home.call("lambda", "Invoke", wish, account=guard.account, region=guard.region)
        try:
            outcome = await within(home, TIMEOUT_S, asking, "HTTP API authorizer")
            answer = msgspec.json.decode(outcome["Payload"])
        except (TimeoutError, ApiError, msgspec.DecodeError):
            raise Refused(500, "Internal Server Error") from None
        if "FunctionError" in outcome:
            unauthorized = isinstance(answer, dict) and answer.get("errorMessage") == "Unauthorized"
            raise Refused(401, "Unauthorized") if unauthorized else Refused(500, "Internal Server Error")
        if not isinstance(answer, dict):
            raise Refused(500, "Internal Server Error")
        until = home.clock.now() + guard.ttl_s
        context = answer.get("context") or {}
        if guard.simple:
            return Decision(until, answer.get("isAuthorized") is True, context)
        if not isinstance(answer.get("policyDocument"), dict):
            raise Refused(500, "Internal Server Error")
        if guard.format == "1.0":
            context = {**context, "principalId": answer.get("principalId")}
        return Decision(until, answer["policyDocument"], context)


def _identity(guard: Guard, request: HttpRequest, event: Event2, stage: StagePlan) -> tuple[str, ...] | None:
    """The values of the identity sources; None where one of them is missing."""
    values = []
    for source in guard.sources:
        where, _, name = source.removeprefix("$").partition(".")
        if where == "request":
            part, _, name = name.partition(".")
            found = request.headers if part == "header" else joined_query(request.query) or {}
            value = found.get(name.lower() if part == "header" else name)
        elif where == "stageVariables":
            value = (stage.variables or {}).get(name)
        else:
            value = getattr(event.request_context, _CONTEXT.get(name, ""), None)
        if not value:
            return None
        values.append(value)
    return tuple(values)


_CONTEXT = {
    "routeKey": "route_key",
    "stage": "stage",
    "apiId": "api_id",
    "accountId": "account_id",
    "domainName": "domain_name",
}
