"""Putting objects: PutObject, and what everything shares that makes a new version."""

from __future__ import annotations

import hashlib
from typing import Any

from msgspec.structs import replace

from windtunnel.services.s3 import checksums, encryption, expiry
from windtunnel.services.s3.conditions import check_writing
from windtunnel.services.s3.drafts import draft
from windtunnel.services.s3.facts import ObjectStored
from windtunnel.services.s3.records import NULL, Bucket, Version
from windtunnel.services.s3.tables import S3Tables, header_not_implemented, members, quoted

PAYER = "Nobody is billed here."


class Objects(S3Tables):
    inert = {
        "PutObject.ContentLength": "The body itself says how long it is.",
        "PutObject.RequestPayer": PAYER,
        "PutObject.SSEKMSEncryptionContext": "Nothing is encrypted here.",
    }

    def put_object(
        self, ctx, Bucket, Key, Body=b"", ACL=None, CacheControl=None, ContentDisposition=None, ContentEncoding=None,
        ContentLanguage=None, ContentMD5=None, ContentType=None, ChecksumAlgorithm=None, ChecksumCRC32=None,
        ChecksumCRC32C=None, ChecksumCRC64NVME=None, ChecksumSHA1=None, ChecksumSHA256=None, Expires=None, IfMatch=None,
        IfNoneMatch=None, GrantFullControl=None, GrantRead=None, GrantReadACP=None, GrantWriteACP=None, Metadata=None,
        ServerSideEncryption=None, StorageClass=None, WebsiteRedirectLocation=None, SSECustomerAlgorithm=None,
        SSECustomerKey=None, SSECustomerKeyMD5=None, SSEKMSKeyId=None, BucketKeyEnabled=None, Tagging=None,
        ObjectLockMode=None, ObjectLockRetainUntilDate=None, ObjectLockLegalHoldStatus=None, ExpectedBucketOwner=None,
        WriteOffsetBytes=None,
    ):  # fmt: skip
        given = members(locals())
        bucket = self.bucket(Bucket, ExpectedBucketOwner)
        if WriteOffsetBytes is not None:
            raise header_not_implemented("x-amz-write-offset-bytes")
        made = draft(given, bucket, self.owner, self.home.account, self.now())
        check_writing(self.objects.get(Bucket, Key), Key, IfMatch, IfNoneMatch)
        body = Body or b""
        algorithm, value = checksums.checked(given, body)
        if not algorithm and ctx.protocol:
            algorithm, value = checksums.DEFAULT, checksums.checksum(checksums.DEFAULT, body)
        made = self.put(ctx, bucket, self.filled(made, body, algorithm, value), "ObjectCreated:Put")
        return {
            "ETag": quoted(made.etag),
            **shown_checksums(made),
            "Expiration": expiry.announced(bucket, made),
            **shown_version(bucket, made, null_too=False),
            **made.encryption,
        }

    def filled(self, made: Version, body: bytes, algorithm: str = "", value: str = "") -> Version:
        """The drafted version with its content."""
        if encryption.etag_is_md5(made.encryption):
            etag = hashlib.md5(body, usedforsecurity=False).hexdigest()
        else:
            etag = self.ids.hex(32)
        sums = {algorithm: value} if algorithm else {}
        return replace(made, etag=etag, size=len(body), blobs=(self.home.blobs.put(body),), checksums=sums)

    def put(self, ctx: Any, bucket: Bucket, made: Version, event: str) -> Version:
        """Make it the newest version, record it, notify whoever wants to know."""
        made = self.add(bucket, made)
        self.home.record(ObjectStored(bucket.name, made.key, made.size, made.etag))
        self.noun("Notifications").notify(ctx, bucket, made, event)
        return made


def shown_version(bucket: Bucket, version: Version, null_too: bool = True) -> dict[str, Any]:
    """The VersionId of an answer: none for a bucket that never had versions."""
    if not bucket.versioning or (version.id == NULL and not null_too):
        return {}
    return {"VersionId": version.id}


def shown_checksums(version: Version) -> dict[str, Any]:
    """The checksum members of an answer."""
    if not version.checksums:
        return {}
    shown = {f"Checksum{algorithm}": value for algorithm, value in version.checksums.items()}
    return {**shown, "ChecksumType": version.checksum_type}
