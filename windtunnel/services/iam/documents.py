"""Policy documents: is it one that IAM takes? What it permits is judged in `windtunnel.policy`.

AWS: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
"""

from __future__ import annotations

import json
import re
from typing import Any

from windtunnel.aws.errors import ApiError
from windtunnel.policy.documents import Document, Malformed

_STATEMENT = frozenset({"Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction", "Resource", "NotResource",
    "Condition"})  # fmt: skip
_ACTION = re.compile(r"\*|[a-zA-Z0-9-]+:[\w*?]+", re.ASCII)
SYNTAX = "Syntax errors in policy."


def check_trust(text: str) -> None:
    """The document that says who may assume a role. Raises MalformedPolicyDocument."""
    for statement in _statements(text, "This policy contains invalid Json"):
        if "Resource" in statement or "NotResource" in statement:
            raise _malformed("Has prohibited field Resource")
        if "Principal" not in statement and "NotPrincipal" not in statement:
            raise _malformed("Missing required field Principal")
        if "Action" not in statement and "NotAction" not in statement:
            raise _malformed("Missing required field Action")
        for action in _listed(statement.get("Action", statement.get("NotAction"))):
            if not isinstance(action, str) or not (action == "*" or action.lower().startswith("sts:")):
                raise _malformed("AssumeRole policy may only specify STS AssumeRole actions.")


def check_identity(text: str) -> None:
    """A policy of a role, user or group. Raises MalformedPolicyDocument."""
    for statement in _statements(text, SYNTAX):
        if "Principal" in statement or "NotPrincipal" in statement:
            raise _malformed("Policy document should not specify a principal.")
        if "Action" not in statement and "NotAction" not in statement:
            raise _malformed("Policy statement must contain actions.")
        if "Resource" not in statement and "NotResource" not in statement:
            raise _malformed("Policy statement must contain resources.")
        for action in _listed(statement.get("Action", statement.get("NotAction"))):
            if not isinstance(action, str) or not _ACTION.fullmatch(action):
                raise _malformed("Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.")
        for resource in _listed(statement.get("Resource", statement.get("NotResource"))):
            if not isinstance(resource, str):
                raise _malformed(SYNTAX)
            if resource != "*" and not resource.startswith("arn:") and "*" not in resource.partition(":")[0]:
                raise _malformed(f'Resource {resource} must be in ARN format or "*".')


def _statements(text: str, no_json: str) -> list[dict[str, Any]]:
    try:
        document = json.loads(text)
    except ValueError:
        raise _malformed(no_json) from None
    if not isinstance(document, dict) or not document.keys() <= {"Version", "Id", "Statement"}:
        raise _malformed(SYNTAX)
    if document.get("Version", "2008-10-17") not in ("2008-10-17", "2012-10-17"):
        raise _malformed(SYNTAX)
    statements = _listed(document.get("Statement"))
    if not statements:
        raise _malformed(SYNTAX)
    seen: set[str] = set()
    for statement in statements:
        if not isinstance(statement, dict) or not statement.keys() <= _STATEMENT:
            raise _malformed(SYNTAX)
        if statement.get("Effect") not in ("Allow", "Deny"):
            raise _malformed(SYNTAX)
        for one, other in (("Action", "NotAction"), ("Resource", "NotResource"), ("Principal", "NotPrincipal")):
            if one in statement and other in statement:
                raise _malformed(SYNTAX)
        sid = statement.get("Sid")
        if sid and sid in seen:
            raise _malformed("Statement IDs (SID) in a single policy must be unique.")
        seen.add(sid)
        _check_conditions(statement)
    return statements


def _check_conditions(statement: dict[str, Any]) -> None:
    """Operators that there are, with values that they can use."""
    if "Condition" in statement:
        only = {"Effect": "Deny", "Action": "*", "Condition": statement["Condition"]}
        try:
            Document({"Version": "2012-10-17", "Statement": only})
        except Malformed:
            raise _malformed(SYNTAX) from None


def _listed(value: Any) -> list[Any]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def _malformed(message: str) -> ApiError:
    return ApiError("MalformedPolicyDocument", message)
