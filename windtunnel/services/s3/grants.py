"""Access control lists: canned ones, those in headers, those in documents. Kept and shown; nobody is refused for them.

AWS: https://docs.aws.amazon.com/AmazonS3/latest/userguide/acl-overview.html
"""

from __future__ import annotations

import re
from typing import Any

from windtunnel.aws.errors import ApiError
from windtunnel.services.s3.tables import invalid_argument, invalid_request

Grant = dict[str, Any]
_ALL = "http://acs.amazonaws.com/groups/global/AllUsers"
_AUTHENTICATED = "http://acs.amazonaws.com/groups/global/AuthenticatedUsers"
_LOGS = "http://acs.amazonaws.com/groups/s3/LogDelivery"
_GROUPS = frozenset({_ALL, _AUTHENTICATED, _LOGS})
_CANNED: dict[str, tuple[tuple[str, str], ...]] = {
    "private": (),
    "public-read": ((_ALL, "READ"),),
    "public-read-write": ((_ALL, "READ"), (_ALL, "WRITE")),
    "authenticated-read": ((_AUTHENTICATED, "READ"),),
    "aws-exec-read": (),
    "bucket-owner-read": (),
    "bucket-owner-full-control": (),
    "log-delivery-write": ((_LOGS, "WRITE"), (_LOGS, "READ_ACP")),
}
_IN_HEADERS = {
    "GrantFullControl": ("FULL_CONTROL", "x-amz-grant-full-control"),
    "GrantRead": ("READ", "x-amz-grant-read"),
    "GrantReadACP": ("READ_ACP", "x-amz-grant-read-acp"),
    "GrantWrite": ("WRITE", "x-amz-grant-write"),
    "GrantWriteACP": ("WRITE_ACP", "x-amz-grant-write-acp"),
}
PERMISSIONS = frozenset(permission for permission, _ in _IN_HEADERS.values())
_PAIR = re.compile(r'\s*(\w+)\s*=\s*"?([^",]*)"?\s*')
_CANONICAL_ID = re.compile(r"[0-9a-f]{64}")


def of_owner(owner: dict[str, str]) -> tuple[Grant, ...]:
    """What a bucket or object has of its own: its owner may do everything."""
    return ({"Grantee": {"ID": owner["ID"], "Type": "CanonicalUser"}, "Permission": "FULL_CONTROL"},)


def asked(given: dict[str, Any], owner: dict[str, str], ownership: str) -> tuple[Grant, ...] | None:
    """The grants that a request asks for in its headers; None where it asks for none."""
    canned = given.get("ACL")
    headers = [name for name in _IN_HEADERS if name in given]
    if canned is not None and headers:
        raise invalid_request("Specifying both Canned ACLs and Header Grants is not allowed")
    if canned is not None:
        if canned not in _CANNED:
            raise invalid_argument("", "x-amz-acl", canned)
        grants = of_owner(owner) + tuple(_to_group(uri, permission) for uri, permission in _CANNED[canned])
    elif headers:
        grants = tuple(grant for name in headers for grant in _in_header(given[name], *_IN_HEADERS[name]))
    else:
        return None
    check_allowed(grants, owner, ownership)
    return grants


def check_allowed(grants: tuple[Grant, ...], owner: dict[str, str], ownership: str) -> None:
    """Raises AccessControlListNotSupported where the bucket's owner owns everything in it."""
    if ownership == "BucketOwnerEnforced" and grants != of_owner(owner):
        raise ApiError("AccessControlListNotSupported", "The bucket does not allow ACLs")


def in_document(policy: dict[str, Any], owner: dict[str, str]) -> tuple[Grant, ...]:
    """The grants of an AccessControlPolicy. Raises MalformedACLError or InvalidArgument."""
    grants = policy.get("Grants")
    given_owner = policy.get("Owner") or {}
    if grants is None or not given_owner.get("ID"):
        raise _malformed()
    if given_owner["ID"] != owner["ID"]:
        raise invalid_argument("Invalid id", "CanonicalUser/ID", given_owner["ID"])
    for grant in grants:
        grantee = grant.get("Grantee") or {}
        if grant.get("Permission") not in PERMISSIONS or not grantee:
            raise _malformed()
        if grantee.get("Type") == "Group":
            if grantee.get("URI") not in _GROUPS:
                raise invalid_argument("Invalid group uri", "Group/URI", grantee.get("URI"))
        elif grantee.get("Type") == "CanonicalUser":
            if not _CANONICAL_ID.fullmatch(grantee.get("ID") or ""):
                raise invalid_argument("Invalid id", "CanonicalUser/ID", grantee.get("ID"))
        else:
            raise _malformed()
    return tuple(grants)


def _in_header(text: str, permission: str, header: str) -> list[Grant]:
    grants = []
    for part in text.split(","):
        pair = _PAIR.fullmatch(part)
        kind, value = (pair[1], pair[2]) if pair else ("", "")
        if kind == "uri":
            if value not in _GROUPS:
                raise invalid_argument("Invalid group uri", "uri", value)
            grants.append(_to_group(value, permission))
        elif kind == "id":
            if not _CANONICAL_ID.fullmatch(value):
                raise invalid_argument("Invalid id", "id", value)
            grants.append({"Grantee": {"ID": value, "Type": "CanonicalUser"}, "Permission": permission})
        else:
            raise invalid_argument("Argument format not recognized", header, text)
    return grants


def _to_group(uri: str, permission: str) -> Grant:
    return {"Grantee": {"Type": "Group", "URI": uri}, "Permission": permission}


def _malformed() -> ApiError:
    message = "The XML you provided was not well-formed or did not validate against our published schema"
    return ApiError("MalformedACLError", message)
