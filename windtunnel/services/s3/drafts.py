"""What an object will be, read from the members that PutObject, CopyObject and CreateMultipartUpload have in common."""

from __future__ import annotations

from typing import Any

from windtunnel.aws.errors import ApiError
from windtunnel.services.s3 import encryption, grants, tags
from windtunnel.services.s3.names import check_key
from windtunnel.services.s3.records import STANDARD, Bucket, Version
from windtunnel.services.s3.tables import invalid_argument, invalid_request

HEADERS = (
    "CacheControl",
    "ContentDisposition",
    "ContentEncoding",
    "ContentLanguage",
    "ContentType",
    "Expires",
    "WebsiteRedirectLocation",
)
DEFAULT_TYPE = "binary/octet-stream"
_CLASSES = frozenset({STANDARD, "REDUCED_REDUNDANCY", "STANDARD_IA", "ONEZONE_IA", "INTELLIGENT_TIERING", "GLACIER",
    "DEEP_ARCHIVE", "GLACIER_IR"})  # fmt: skip
ARCHIVED = ("GLACIER", "DEEP_ARCHIVE")
LOCK_MODES = ("GOVERNANCE", "COMPLIANCE")
_METADATA_BYTES = 2048


def draft(given: dict[str, Any], bucket: Bucket, owner: dict[str, str], account: str, now: float) -> Version:
    """The object without its content. Raises what S3 answers to members that make no sense."""
    key = given["Key"]
    check_key(key)
    storage_class = given.get("StorageClass") or STANDARD
    if storage_class not in _CLASSES:
        message = "The storage class you specified is not valid"
        raise ApiError("InvalidStorageClass", message, StorageClassRequested=storage_class)
    metadata = {name.lower(): value for name, value in (given.get("Metadata") or {}).items()}
    size = sum(len(name.encode()) + len(value.encode()) for name, value in metadata.items())
    if size > _METADATA_BYTES:
        message = "Your metadata headers exceed the maximum allowed metadata size"
        raise ApiError("MetadataTooLarge", message, Size=str(size), MaxSizeAllowed=str(_METADATA_BYTES))
    mode, until = _lock(given, bucket, now)
    return Version(
        key=key,
        modified_at=now,
        headers={"ContentType": DEFAULT_TYPE, **{name: given[name] for name in HEADERS if name in given}},
        metadata=metadata,
        storage_class=storage_class,
        tags=tags.in_header(given.get("Tagging")),
        encryption=encryption.wanted(given, bucket, account),
        grants=grants.asked(given, owner, bucket.ownership),
        lock_mode=mode,
        retain_until=until,
        legal_hold=given.get("ObjectLockLegalHoldStatus") or "",
    )


def _lock(given: dict[str, Any], bucket: Bucket, now: float) -> tuple[str, float]:
    mode, until = given.get("ObjectLockMode"), given.get("ObjectLockRetainUntilDate")
    if (mode or until or given.get("ObjectLockLegalHoldStatus")) and not bucket.lockable:
        raise invalid_request("Bucket is missing Object Lock Configuration")
    both = "x-amz-object-lock-retain-until-date and x-amz-object-lock-mode must both be supplied"
    if mode is not None and until is None:
        raise invalid_argument(both, "x-amz-object-lock-retain-until-date")
    if until is not None and mode is None:
        raise invalid_argument(both, "x-amz-object-lock-mode")
    if mode is not None and until is not None:
        if mode not in LOCK_MODES:
            raise invalid_argument("Unknown wormMode directive.", "x-amz-object-lock-mode", mode)
        if until <= now:
            message = "The retain until date must be in the future!"
            raise invalid_argument(message, "x-amz-object-lock-retain-until-date")
        return mode, until
    default = ((bucket.documents.get("object_lock") or {}).get("Rule") or {}).get("DefaultRetention")
    if not default:
        return "", 0.0
    days = default.get("Days") or 365 * default.get("Years", 0)
    return default["Mode"], now + 86_400 * days
