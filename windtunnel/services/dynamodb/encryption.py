"""Encryption at rest: under the key that AWS owns, the account's own `aws/dynamodb` key, or one of the customer's.

AWS: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/encryption.howitworks.html
"""

from __future__ import annotations

from hashlib import md5
from typing import Any

from windtunnel.aws.errors import ApiError, NotImplementedHere
from windtunnel.aws.home import Home
from windtunnel.services.dynamodb.values import invalid

DEFAULT_ALIAS = "alias/aws/dynamodb"


async def master_key(home: Home, wish: dict[str, Any] | None) -> str:
    """The ARN of the key that an SSESpecification means; empty for the key that AWS owns."""
    if wish is None or not wish.get("Enabled"):
        if wish and (wish.get("KMSMasterKeyId") or wish.get("SSEType")):
            member = "KMSMasterKeyId" if wish.get("KMSMasterKeyId") else "SSEType"
            raise invalid(
                f"One or more parameter values were invalid: {member} cannot be specified when SSE is disabled"
            )
        return ""
    named = wish.get("KMSMasterKeyId")
    try:
        found = await home.call("kms", "DescribeKey", {"KeyId": named or DEFAULT_ALIAS})
    except NotImplementedHere:
        return _arn(home, named)
    except ApiError as error:
        if named:
            raise invalid(f"KMS key access denied or not found: {error.message}") from None
        return _arn(home, None)
    return str(found["KeyMetadata"]["Arn"])


def _arn(home: Home, named: str | None) -> str:
    """Where nobody keeps keys: the ARN that the name means; the account's own key is always the same."""
    if named and named.startswith("arn:"):
        return named
    digits = md5(f"{home.account}/{home.region}/{DEFAULT_ALIAS}".encode(), usedforsecurity=False).hexdigest()
    own = f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-8{digits[17:20]}-{digits[20:]}"
    return home.arn("kms", named if named and named.startswith("alias/") else f"key/{named or own}")
