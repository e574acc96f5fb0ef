"""Who may call a method: signatures, and Lambda authorizers with their cached policies.

AWS: https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-use-lambda-authorizer.html
"""

from __future__ import annotations

import re
from typing import Any

import msgspec

from windtunnel.aws.errors import ApiError
from windtunnel.aws.home import Home
from windtunnel.aws.requests import allows, joined_query, within
from windtunnel.services.apigateway import events, resource_policies
from windtunnel.services.apigateway.events import Asked
from windtunnel.services.apigateway.facts import RequestAuthorized
from windtunnel.services.apigateway.plans import Guard
from windtunnel.services.apigateway.refusals import Refused

TIMEOUT_S = 29


class Decision(msgspec.Struct, frozen=True):
    """What an authorizer answered."""

    until: float
    document: dict[str, Any]
    context: dict[str, Any]
    usage_key: str = ""


class Authorization:
    def __init__(self, home: Home) -> None:
        self._home = home
        self._decisions: dict[tuple[str, ...], Decision] = {}

    def forget(self, api_id: str) -> None:
        self._decisions = {key: kept for key, kept in self._decisions.items() if key[0] != api_id}

    async def admit(self, asked: Asked) -> str:
        """Let the request pass, and note who asks; the API key that the authorizer gave. Raises Refused."""
        if asked.plan.policy is not None:
            resource_policies.check(self._home, asked.plan.policy, asked)
        if asked.endpoint.authorization == "AWS_IAM":
            asked.identity = self._signer(asked.request.access_key)
            return ""
        guard = asked.endpoint.guard
        if asked.endpoint.authorization != "CUSTOM" or guard is None:
            return ""
        identity = _identity(guard, asked)
        if identity is None or (guard.token and guard.expression and not re.fullmatch(guard.expression, identity[0])):
            raise Refused("UNAUTHORIZED", "Unauthorized")
        key = (asked.api, asked.plan.stage.name, guard.id, *identity)
        now = self._home.clock.now()
        kept = self._decisions.get(key) if guard.ttl_s and identity else None
        cached = kept is not None and kept.until > now
        decision = kept if cached else await self._ask(guard, identity, asked)
        assert decision is not None
        if guard.ttl_s and not cached:
            self._decisions[key] = decision
        verdict = allows(decision.document, asked.arn)
        self._home.record(RequestAuthorized(asked.api, guard.name, verdict is True, cached))
        if verdict is not True:
            end = " with an explicit deny" if verdict is False else ""
            raise Refused("ACCESS_DENIED", f"User is not authorized to access this resource{end}")
        asked.authorizer = decision.context
        return decision.usage_key

    def _signer(self, access_key: str) -> dict[str, Any]:
        if not access_key:
            raise Refused("MISSING_AUTHENTICATION_TOKEN", "Missing Authentication Token")
        credentials = self._home.cloud.credentials
        known = credentials.find(access_key)
        account = credentials.account_of(access_key)
        user = known.user_id if known else account
        principal = credentials.principal_of(access_key, account)
        return {"accessKey": access_key, "accountId": account, "caller": user, "user": user, "userArn": principal}

    async def _ask(self, guard: Guard, identity: tuple[str, ...], asked: Asked) -> Decision:
        if guard.token:
            shown = {"type": "TOKEN", "authorizationToken": identity[0], "methodArn": asked.arn}
        else:
            shown = {"type": "REQUEST", "methodArn": asked.arn, **events.event(asked)}
        wish = {"FunctionName": guard.function, "Payload": msgspec.json.encode(shown)}
        home = self._home
        asking = home.call("lambda", "Invoke", wish, trace=asked.trace, account=guard.account, region=guard.region)
        try:
            outcome = await within(home, TIMEOUT_S, asking, "REST API authorizer")
            answer = msgspec.json.decode(outcome["Payload"])
        except (TimeoutError, ApiError, msgspec.DecodeError):
            raise Refused("AUTHORIZER_FAILURE", None) from None
        if "FunctionError" in outcome:
            if isinstance(answer, dict) and answer.get("errorMessage") == "Unauthorized":
                raise Refused("UNAUTHORIZED", "Unauthorized")
            raise Refused("AUTHORIZER_FAILURE", None)
        if (
            not isinstance(answer, dict)
            or not answer.get("principalId")
            or not isinstance(answer.get("policyDocument"), dict)
        ):
            raise Refused("AUTHORIZER_CONFIGURATION_ERROR", None)
        context = answer.get("context") or {}
        if not isinstance(context, dict) or any(isinstance(value, (dict, list)) for value in context.values()):
            raise Refused("AUTHORIZER_CONFIGURATION_ERROR", None)
        said = {name: _text(value) for name, value in context.items()}
        given = {"principalId": str(answer["principalId"]), "integrationLatency": 0, **said}
        until = home.clock.now() + guard.ttl_s
        return Decision(until, answer["policyDocument"], given, str(answer.get("usageIdentifierKey") or ""))


def _text(value: Any) -> Any:
    return str(value).lower() if isinstance(value, bool) else value if value is None else str(value)


def _identity(guard: Guard, asked: Asked) -> tuple[str, ...] | None:
    """The values of the identity sources; None where one of them is missing."""
    values = []
    for source in guard.sources:
        if source.startswith("method.request.header."):
            value = asked.request.headers.get(source[22:].lower())
        elif source.startswith("method.request.querystring."):
            value = (joined_query(asked.request.query) or {}).get(source[27:])
        elif source.startswith("stageVariables."):
            value = asked.plan.variables.get(source[15:])
        else:
            value = events.context(asked).get(source.removeprefix("context."))
        if not value:
            return None
        values.append(str(value))
    return tuple(values)
