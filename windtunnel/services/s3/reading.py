"""Reading objects: GetObject and HeadObject."""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from windtunnel.aws.errors import ApiError
from windtunnel.services.s3 import checksums, encryption, expiry, ranges
from windtunnel.services.s3.conditions import check_reading
from windtunnel.services.s3.drafts import ARCHIVED
from windtunnel.services.s3.facts import ObjectRead
from windtunnel.services.s3.objects import PAYER, shown_checksums, shown_version
from windtunnel.services.s3.records import STANDARD, Bucket, Version
from windtunnel.services.s3.tables import S3Tables, invalid_request, members, quoted

_OVERRIDES = {
    "ResponseCacheControl": "CacheControl",
    "ResponseContentDisposition": "ContentDisposition",
    "ResponseContentEncoding": "ContentEncoding",
    "ResponseContentLanguage": "ContentLanguage",
    "ResponseContentType": "ContentType",
    "ResponseExpires": "Expires",
}


class Reading(S3Tables):
    inert = {"GetObject.RequestPayer": PAYER, "HeadObject.RequestPayer": PAYER}

    def get_object(
        self, ctx, Bucket, Key, IfMatch=None, IfModifiedSince=None, IfNoneMatch=None, IfUnmodifiedSince=None, Range=None,
        ResponseCacheControl=None, ResponseContentDisposition=None, ResponseContentEncoding=None,
        ResponseContentLanguage=None, ResponseContentType=None, ResponseExpires=None, VersionId=None,
        SSECustomerAlgorithm=None, SSECustomerKey=None, SSECustomerKeyMD5=None, PartNumber=None,
        ExpectedBucketOwner=None, ChecksumMode=None,
    ):  # fmt: skip
        given = members(locals())
        bucket, version = self._readable(given, "GET")
        if version.storage_class in ARCHIVED:
            message = "The operation is not valid for the object's storage class"
            raise ApiError("InvalidObjectState", message, status=403, StorageClass=version.storage_class)
        shown, span = self._shown(bucket, version, given)
        body = self.content(version)
        self.home.record(ObjectRead(Bucket, Key))
        return {**shown, "Body": body if span is None else body[span[0] : span[1]]}

    def head_object(
        self, ctx, Bucket, Key, IfMatch=None, IfModifiedSince=None, IfNoneMatch=None, IfUnmodifiedSince=None, Range=None,
        ResponseCacheControl=None, ResponseContentDisposition=None, ResponseContentEncoding=None,
        ResponseContentLanguage=None, ResponseContentType=None, ResponseExpires=None, VersionId=None,
        SSECustomerAlgorithm=None, SSECustomerKey=None, SSECustomerKeyMD5=None, PartNumber=None,
        ExpectedBucketOwner=None, ChecksumMode=None,
    ):  # fmt: skip
        given = members(locals())
        bucket, version = self._readable(given, "HEAD")
        return self._shown(bucket, version, given)[0]

    def _readable(self, given: dict[str, Any], method: str) -> tuple[Bucket, Version]:
        bucket = self.bucket(given["Bucket"], given.get("ExpectedBucketOwner"))
        version = self.version(bucket, given["Key"], given.get("VersionId"), method)
        encryption.check_reading(version, given)
        check_reading(version, given, self.clock.now())
        return bucket, version

    def _shown(self, bucket: Bucket, version: Version, given: dict[str, Any]) -> tuple[dict[str, Any], Any]:
        """The answer without a body, and which part of the body it is about."""
        number, header = given.get("PartNumber"), given.get("Range")
        if number is not None and header is not None:
            raise invalid_request("Cannot specify both Range header and partNumber query parameter")
        span = None
        if number is not None:
            span = ranges.of_part(version, number)
        elif header is not None:
            span = ranges.asked(header, version.size)
        first, end = span or (0, version.size)
        shown = {
            "AcceptRanges": "bytes",
            "LastModified": version.modified_at,
            "ContentLength": end - first,
            "ETag": quoted(version.etag),
            "Metadata": version.metadata,
            "TagCount": len(version.tags) or None,
            "Expiration": expiry.announced(bucket, version),
            "StorageClass": version.storage_class if version.storage_class != STANDARD else None,
            "ObjectLockMode": version.lock_mode or None,
            "ObjectLockRetainUntilDate": version.retain_until or None,
            "ObjectLockLegalHoldStatus": version.legal_hold or None,
            **version.headers,
            **version.encryption,
            **shown_version(bucket, version),
            **{member: given[name] for name, member in _OVERRIDES.items() if name in given},
        }
        if span is not None:
            shown["ContentRange"] = f"bytes {first}-{end - 1}/{version.size}"
        if number is not None and version.parts:
            shown["PartsCount"] = len(version.parts)
        if given.get("ChecksumMode") == "ENABLED":
            shown |= self._checksums(bucket, version, number, span)
        return shown, span

    def _checksums(self, bucket: Bucket, version: Version, number: int | None, span: Any) -> dict[str, Any]:
        version = self.with_checksum(bucket, version)
        if number is not None and version.parts:
            checksum = version.parts[number - 1].checksum
            if version.checksum_type == checksums.FULL_OBJECT and len(version.parts) > 1:
                return {}
            algorithm = next(iter(version.checksums), "")
            return {f"Checksum{algorithm}": checksum, "ChecksumType": version.checksum_type} if checksum else {}
        whole = span is None or span == (0, version.size)
        return shown_checksums(version) if whole else {}

    def with_checksum(self, bucket: Bucket, version: Version) -> Version:
        """The version with its checksum, which is made now if the object came from inside and nobody asked before."""
        if version.checksums or version.is_marker:
            return version
        made = checksums.checksum(checksums.DEFAULT, self.content(version))
        known = replace(version, checksums={checksums.DEFAULT: made})
        self.change(bucket, version, known)
        return known
