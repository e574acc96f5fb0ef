"""Resource policies of REST APIs: who may call them, from where and when.

nobody asks for more   the policy must allow
Lambda authorizer      an explicit denial ends it, else the authorizer decides
signature              the same, with the caller's own policies

A private API is called through an endpoint of a VPC, which does not exist here: its policy is not looked at.
AWS: https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-authorization-flow.html
"""

from __future__ import annotations

from typing import Any

import msgspec

from windtunnel.aws.home import Home
from windtunnel.policy.decisions import Attached, Policies, decide
from windtunnel.policy.documents import Malformed, asked, document
from windtunnel.policy.principals import Principal
from windtunnel.services.apigateway.events import Asked
from windtunnel.services.apigateway.refusals import Refused

ACTION = "execute-api:Invoke"
_SHORT = "execute-api:/"


def compiled(home: Home, api: str, text: str) -> Attached | None:
    """The policy of an API, its short resources written out; None where it has none, or none that is a policy."""
    if not text:
        return None
    content = msgspec.json.decode(text)
    for statement in _listed(content.get("Statement")):
        for name in ("Resource", "NotResource"):
            if name in statement:
                statement[name] = [_whole(home, api, each) for each in _listed(statement[name])]
    try:
        return Attached("resource policy", document(msgspec.json.encode(content).decode()))
    except Malformed:
        return None


def check(home: Home, policy: Attached, request: Asked) -> None:
    """Raises Refused where the policy does not let the request pass."""
    keys = {
        "aws:SourceIp": request.request.source_ip,
        "aws:SecureTransport": request.request.secure,
        "aws:CurrentTime": str(request.now),
        "aws:EpochTime": str(int(request.now)),
        "aws:UserAgent": request.request.headers.get("user-agent", ""),
        "aws:Referer": request.request.headers.get("referer", ""),
    }
    key = request.request.access_key
    if request.endpoint.authorization == "AWS_IAM" and key:
        decision = home.service("iam").nouns["Decisions"].decide(key, ACTION, request.arn, policy, keys)  # type: ignore[attr-defined]
    else:
        decision = decide(asked(Principal("anonymous"), ACTION, request.arn, keys), Policies(resource=policy))
    open_to_all = request.endpoint.authorization == "NONE"
    if decision.outcome == "denied" or (open_to_all and not decision.allowed):
        who = home.cloud.credentials.principal_of(key, request.account) if key else "anonymous"
        end = " with an explicit deny" if decision.outcome == "denied" else ""
        shown = request.arn.replace(request.account, f"********{request.account[-4:]}", 1)
        raise Refused("ACCESS_DENIED", f"User: {who} is not authorized to perform: {ACTION} on resource: {shown}{end}")


def _whole(home: Home, api: str, resource: Any) -> Any:
    if isinstance(resource, str) and resource.startswith(_SHORT):
        return f"arn:aws:execute-api:{home.region}:{home.account}:{api}/{resource[len(_SHORT) :]}"
    return resource


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]
