"""Copying objects, whole: CopyObject. Copies into parts of an upload are in `uploads.py`."""

from __future__ import annotations

from typing import Any, NamedTuple
from urllib.parse import unquote

from msgspec.structs import replace

from windtunnel.aws.errors import ApiError
from windtunnel.services.s3 import checksums, encryption, expiry
from windtunnel.services.s3.conditions import check_copying, check_writing
from windtunnel.services.s3.drafts import ARCHIVED, draft
from windtunnel.services.s3.objects import PAYER, shown_checksums, shown_version
from windtunnel.services.s3.records import NULL, Bucket, Version
from windtunnel.services.s3.tables import S3Tables, invalid_argument, invalid_request, members, quoted

_DIRECTIVES = ("COPY", "REPLACE")


class Source(NamedTuple):
    bucket: Bucket
    version: Version
    named_a_version: bool


class CopyTables(S3Tables):
    def source(self, given: dict[str, Any]) -> Source:
        """The object that a copy reads from; raises what stands against reading it."""
        place, _, rest = given["CopySource"].partition("?versionId=")
        bucket_name, slash, key = unquote(place).removeprefix("/").partition("/")
        if not slash or not key:
            message = "Copy Source must mention the source bucket and key: sourcebucket/sourcekey"
            raise invalid_argument(message, "x-amz-copy-source", given["CopySource"])
        bucket = self.bucket(bucket_name, given.get("ExpectedSourceBucketOwner"))
        version = self.version(bucket, key, rest or None, "GET")
        encryption.check_reading(version, given, "CopySource")
        check_copying(version, given, self.clock.now())
        if version.storage_class in ARCHIVED:
            message = "Operation is not valid for the source object's storage class"
            raise ApiError("InvalidObjectState", message, status=403, StorageClass=version.storage_class)
        return Source(bucket, version, bool(rest))


class Copies(CopyTables):
    inert = {
        "CopyObject.RequestPayer": PAYER,
        "CopyObject.SSEKMSEncryptionContext": "Nothing is encrypted here.",
    }

    def copy_object(
        self, ctx, Bucket, Key, CopySource, ACL=None, CacheControl=None, ChecksumAlgorithm=None, ContentDisposition=None,
        ContentEncoding=None, ContentLanguage=None, ContentType=None, CopySourceIfMatch=None,
        CopySourceIfModifiedSince=None, CopySourceIfNoneMatch=None, CopySourceIfUnmodifiedSince=None, Expires=None,
        GrantFullControl=None, GrantRead=None, GrantReadACP=None, GrantWriteACP=None, IfMatch=None, IfNoneMatch=None,
        Metadata=None, MetadataDirective="COPY", TaggingDirective="COPY", ServerSideEncryption=None, StorageClass=None,
        WebsiteRedirectLocation=None, SSECustomerAlgorithm=None, SSECustomerKey=None, SSECustomerKeyMD5=None,
        SSEKMSKeyId=None, BucketKeyEnabled=None, CopySourceSSECustomerAlgorithm=None, CopySourceSSECustomerKey=None,
        CopySourceSSECustomerKeyMD5=None, Tagging=None, ObjectLockMode=None, ObjectLockRetainUntilDate=None,
        ObjectLockLegalHoldStatus=None, ExpectedBucketOwner=None, ExpectedSourceBucketOwner=None,
    ):  # fmt: skip
        given = members(locals())
        bucket = self.bucket(Bucket, ExpectedBucketOwner)
        if MetadataDirective not in _DIRECTIVES:
            raise invalid_argument("Unknown metadata directive.", "x-amz-metadata-directive", MetadataDirective)
        if TaggingDirective not in _DIRECTIVES:
            raise invalid_argument("Unknown tagging directive.", "x-amz-tagging-directive", TaggingDirective)
        source = self.source(given)
        made = draft(given, bucket, self.owner, self.home.account, self.now())
        _check_for_change(source, bucket, made, given)
        check_writing(self.objects.get(Bucket, Key), Key, IfMatch, IfNoneMatch)
        made = _inherited(source.version, made, MetadataDirective, TaggingDirective)
        made = self._with_content(source.version, made, checksums.known(ChecksumAlgorithm), bool(ctx.protocol))
        made = self.noun("Objects").put(ctx, bucket, made, "ObjectCreated:Copy")
        copied = source.version.id if source.bucket.versioning and source.version.id != NULL else None
        return {
            "CopyObjectResult": {
                "ETag": quoted(made.etag),
                "LastModified": made.modified_at,
                **shown_checksums(made),
            },
            "CopySourceVersionId": copied,
            "Expiration": expiry.announced(bucket, made),
            **shown_version(bucket, made),
            **made.encryption,
        }

    def _with_content(self, source: Version, made: Version, algorithm: str, shown: bool) -> Version:
        """The content is shared; a checksum of parts becomes one of the whole."""
        algorithm = algorithm or next(iter(source.checksums), "")
        if not algorithm and shown:
            algorithm = checksums.DEFAULT
        kept = source.checksums.get(algorithm) if source.checksum_type == checksums.FULL_OBJECT else None
        plain = encryption.etag_is_md5(made.encryption)
        if plain and not source.parts and encryption.etag_is_md5(source.encryption) and (kept or not algorithm):
            sums = {algorithm: kept} if kept else {}
            return replace(made, etag=source.etag, size=source.size, blobs=source.blobs, checksums=sums)
        body = self.content(source)
        value = kept or (checksums.checksum(algorithm, body) if algorithm else "")
        filled: Version = self.noun("Objects").filled(made, body, algorithm, value)
        return filled


def _inherited(source: Version, made: Version, metadata: str, tagging: str) -> Version:
    if metadata == "COPY":
        headers = {name: value for name, value in source.headers.items() if name != "WebsiteRedirectLocation"}
        if "WebsiteRedirectLocation" in made.headers:
            headers["WebsiteRedirectLocation"] = made.headers["WebsiteRedirectLocation"]
        made = replace(made, headers=headers, metadata=source.metadata)
    return replace(made, tags=source.tags) if tagging == "COPY" else made


def _check_for_change(source: Source, bucket: Bucket, made: Version, given: dict[str, Any]) -> None:
    in_place = source.bucket.name == bucket.name and source.version.key == made.key and not source.named_a_version
    changes = (
        given["MetadataDirective"] == "REPLACE"
        or {"StorageClass", "WebsiteRedirectLocation", "ServerSideEncryption", "SSECustomerAlgorithm"} & given.keys()
        or made.encryption != source.version.encryption
    )
    if in_place and not changes:
        raise invalid_request("This copy request is illegal because it is trying to copy an object to itself without "
            "changing the object's metadata, storage class, website redirect location or encryption attributes.")  # fmt: skip
