"""What an object's encryption looks like to clients. Nothing is encrypted here; keys of customers are compared all the same.

AWS: https://docs.aws.amazon.com/AmazonS3/latest/userguide/serv-side-encryption.html
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from typing import Any

from windtunnel.aws.errors import ApiError
from windtunnel.services.s3.records import Bucket, Version
from windtunnel.services.s3.tables import access_denied, invalid_argument, invalid_request

HEADER = "x-amz-server-side-encryption"
SHOWN = (
    "ServerSideEncryption",
    "SSEKMSKeyId",
    "BucketKeyEnabled",
    "SSECustomerAlgorithm",
    "SSECustomerKeyMD5",
)
_OF_CUSTOMER = ("SSECustomerAlgorithm", "SSECustomerKey", "SSECustomerKeyMD5")
KMS = ("aws:kms", "aws:kms:dsse")


def wanted(given: dict[str, Any], bucket: Bucket, account: str) -> dict[str, Any]:
    """The members that describe the encryption of a new object. Raises InvalidArgument and its relatives."""
    method = given.get("ServerSideEncryption")
    if any(name in given for name in _OF_CUSTOMER):
        if method:
            raise invalid_argument("Server Side Encryption with Customer provided key is incompatible with the "
                "encryption method specified", HEADER, method)  # fmt: skip
        return customer_key(given)
    if method is None:
        default = default_of(bucket)
        rule = default.get("ApplyServerSideEncryptionByDefault") or {"SSEAlgorithm": "AES256"}
        method = rule["SSEAlgorithm"]
        given = {
            "SSEKMSKeyId": rule.get("KMSMasterKeyID"),
            "BucketKeyEnabled": default.get("BucketKeyEnabled"),
            **given,
        }
    if method == "AES256":
        return {"ServerSideEncryption": method}
    if method not in KMS:
        raise invalid_argument("The encryption method specified is not supported", HEADER, method)
    key = given.get("SSEKMSKeyId") or "alias/aws/s3"
    if not key.startswith("arn:"):
        kind = "" if "/" in key else "key/"
        key = f"arn:aws:kms:{bucket.region}:{account}:{kind}{key}"
    shown: dict[str, Any] = {"ServerSideEncryption": method, "SSEKMSKeyId": key}
    if given.get("BucketKeyEnabled"):
        shown["BucketKeyEnabled"] = True
    return shown


def default_of(bucket: Bucket) -> dict[str, Any]:
    """The rule of a bucket for objects that say nothing."""
    rules = (bucket.documents.get("encryption") or {}).get("Rules") or [{}]
    return rules[0]


def customer_key(given: dict[str, Any]) -> dict[str, Any]:
    """What is kept of a customer's key: the algorithm and the key's MD5."""
    algorithm, key, md5 = (given.get(name) for name in _OF_CUSTOMER)
    if algorithm is None:
        raise invalid_argument("Requests specifying Server Side Encryption with Customer provided keys must provide a "
            "valid encryption algorithm.", HEADER)  # fmt: skip
    if algorithm != "AES256":
        raise ApiError("InvalidEncryptionAlgorithmError",
            "The Encryption request you specified is not valid. Supported value: AES256.",
            ArgumentName=HEADER, ArgumentValue=algorithm)  # fmt: skip
    if key is None:
        raise invalid_argument("Requests specifying Server Side Encryption with Customer provided keys must provide an "
            "appropriate secret key.", HEADER)  # fmt: skip
    secret = _decoded(key)
    if md5 is None or len(secret) != 32:
        raise invalid_argument("The secret key was invalid for the specified algorithm.", HEADER)
    if base64.b64encode(hashlib.md5(secret, usedforsecurity=False).digest()).decode() != md5:
        raise invalid_argument("The calculated MD5 hash of the key did not match the hash that was provided.", HEADER)
    return {"SSECustomerAlgorithm": algorithm, "SSECustomerKeyMD5": md5}


def check_reading(version: Version, given: dict[str, Any], prefix: str = "") -> None:
    """Raises unless the request brings the key that the object was stored with. `prefix` is that of its members' names."""
    brought = {name: given[prefix + name] for name in _OF_CUSTOMER if prefix + name in given}
    needed = version.encryption.get("SSECustomerKeyMD5")
    if not brought and not needed:
        return
    if not brought:
        raise invalid_request("The object was stored using a form of Server Side Encryption. The correct parameters must "
            "be provided to retrieve the object.")  # fmt: skip
    key = customer_key(brought)
    if not needed:
        raise invalid_request("The encryption parameters are not applicable to this object.")
    if key["SSECustomerKeyMD5"] != needed:
        raise access_denied("Requests specifying Server Side Encryption with Customer provided keys must provide the "
            "correct secret key.")  # fmt: skip


def check_part(draft: Version, given: dict[str, Any]) -> None:
    """Raises unless a part is encrypted as its upload said."""
    brought = {name: given[name] for name in _OF_CUSTOMER if name in given}
    needed = draft.encryption.get("SSECustomerKeyMD5")
    if bool(brought) != bool(needed):
        raise invalid_request("The multipart upload initiate requested encryption. Subsequent part requests must include "
            "the appropriate encryption parameters.")  # fmt: skip
    if brought and customer_key(brought)["SSECustomerKeyMD5"] != needed:
        raise invalid_request("The provided encryption parameters did not match the ones used originally.")


def etag_is_md5(encryption: dict[str, Any]) -> bool:
    return encryption.get("ServerSideEncryption") == "AES256"


def _decoded(key: str) -> bytes:
    try:
        return base64.b64decode(key, validate=True)
    except (binascii.Error, ValueError):
        return b""
