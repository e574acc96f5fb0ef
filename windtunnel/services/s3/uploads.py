"""Multipart uploads: beginning, adding parts, giving up. Completion is in `completion.py`."""

from __future__ import annotations

import hashlib
from typing import Any

from windtunnel.aws.errors import ApiError
from windtunnel.services.s3 import checksums, encryption, ranges
from windtunnel.services.s3.copies import CopyTables
from windtunnel.services.s3.drafts import draft
from windtunnel.services.s3.objects import PAYER
from windtunnel.services.s3.records import NULL, Bucket, Part, Upload
from windtunnel.services.s3.tables import DIGITS, S3Tables, invalid_argument, invalid_request, members, quoted

MAXIMUM_PARTS = 10_000


class UploadTables(S3Tables):
    def upload(self, bucket: Bucket, key: str, id: str) -> Upload:
        """Raises NoSuchUpload."""
        found = self.uploads.get(bucket.name, id)
        if found is None or found.key != key:
            message = "The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted or completed."  # noqa: E501
            raise ApiError("NoSuchUpload", message, status=404, UploadId=id)
        return found

    def forget(self, bucket: Bucket, upload: Upload) -> None:
        self.parts.clear(upload.id)
        self.uploads.delete(bucket.name, upload.id)


class Uploads(UploadTables, CopyTables):
    inert = {
        "CreateMultipartUpload.RequestPayer": PAYER,
        "CreateMultipartUpload.SSEKMSEncryptionContext": "Nothing is encrypted here.",
        "UploadPart.ContentLength": "The body itself says how long it is.",
        "UploadPart.RequestPayer": PAYER,
        "UploadPartCopy.RequestPayer": PAYER,
        "AbortMultipartUpload.RequestPayer": PAYER,
    }

    def create_multipart_upload(
        self, ctx, Bucket, Key, ACL=None, CacheControl=None, ContentDisposition=None, ContentEncoding=None,
        ContentLanguage=None, ContentType=None, Expires=None, GrantFullControl=None, GrantRead=None, GrantReadACP=None,
        GrantWriteACP=None, Metadata=None, ServerSideEncryption=None, StorageClass=None, WebsiteRedirectLocation=None,
        SSECustomerAlgorithm=None, SSECustomerKey=None, SSECustomerKeyMD5=None, SSEKMSKeyId=None, BucketKeyEnabled=None,
        Tagging=None, ObjectLockMode=None, ObjectLockRetainUntilDate=None, ObjectLockLegalHoldStatus=None,
        ExpectedBucketOwner=None, ChecksumAlgorithm=None, ChecksumType=None,
    ):  # fmt: skip
        given = members(locals())
        bucket = self.bucket(Bucket, ExpectedBucketOwner)
        begun = draft(given, bucket, self.owner, self.home.account, self.now())
        algorithm = checksums.known(ChecksumAlgorithm)
        kind = _checksum_type(algorithm, ChecksumType)
        stored = self.objects.get(Bucket, Key)
        upload = self.uploads.put(
            Upload(
                bucket=Bucket,
                id=self.ids.text(128, DIGITS),
                started_at=self.now(),
                draft=begun,
                algorithm=algorithm,
                checksum_type=kind,
                initiator=ctx.principal,
                seen=stored.current.sequence if stored is not None and stored.current is not None else 0,
            )
        )
        return {
            "Bucket": Bucket,
            "Key": Key,
            "UploadId": upload.id,
            "ChecksumAlgorithm": algorithm or None,
            "ChecksumType": kind or None,
            **begun.encryption,
        }

    def upload_part(
        self, ctx, Bucket, Key, PartNumber, UploadId, Body=b"", ContentMD5=None, ChecksumAlgorithm=None,
        ChecksumCRC32=None, ChecksumCRC32C=None, ChecksumCRC64NVME=None, ChecksumSHA1=None, ChecksumSHA256=None,
        SSECustomerAlgorithm=None, SSECustomerKey=None, SSECustomerKeyMD5=None, ExpectedBucketOwner=None,
    ):  # fmt: skip
        given = members(locals())
        bucket = self.bucket(Bucket, ExpectedBucketOwner)
        upload = self.upload(bucket, Key, UploadId)
        check_number(PartNumber)
        encryption.check_part(upload.draft, given)
        sent = checksums.given(given)[0] or checksums.known(ChecksumAlgorithm)
        if sent and upload.algorithm and sent != upload.algorithm:
            raise invalid_request(f"Checksum Type mismatch occurred, expected checksum Type: {upload.algorithm.lower()}, "
                f"actual checksum Type: {sent.lower()}")  # fmt: skip
        body = Body or b""
        algorithm, value = checksums.checked(given, body)
        part = self._keep(upload, PartNumber, body, value if upload.algorithm else "")
        if part.checksum:
            algorithm, value = part.algorithm, part.checksum
        shown = {f"Checksum{algorithm}": value} if algorithm else {}
        return {"ETag": quoted(part.etag), **shown, **upload.draft.encryption}

    def upload_part_copy(
        self, ctx, Bucket, Key, PartNumber, UploadId, CopySource, CopySourceIfMatch=None, CopySourceIfModifiedSince=None,
        CopySourceIfNoneMatch=None, CopySourceIfUnmodifiedSince=None, CopySourceRange=None, SSECustomerAlgorithm=None,
        SSECustomerKey=None, SSECustomerKeyMD5=None, CopySourceSSECustomerAlgorithm=None, CopySourceSSECustomerKey=None,
        CopySourceSSECustomerKeyMD5=None, ExpectedBucketOwner=None, ExpectedSourceBucketOwner=None,
    ):  # fmt: skip
        given = members(locals())
        bucket = self.bucket(Bucket, ExpectedBucketOwner)
        upload = self.upload(bucket, Key, UploadId)
        check_number(PartNumber)
        encryption.check_part(upload.draft, given)
        source = self.source(given)
        body = self.content(source.version)
        if CopySourceRange is not None:
            first, end = ranges.of_copy(CopySourceRange, source.version.size)
            body = body[first:end]
        part = self._keep(upload, PartNumber, body, "")
        result: dict[str, Any] = {"ETag": quoted(part.etag), "LastModified": part.modified_at}
        if part.checksum:
            result[f"Checksum{part.algorithm}"] = part.checksum
        copied = source.version.id if source.bucket.versioning and source.version.id != NULL else None
        return {"CopyPartResult": result, "CopySourceVersionId": copied, **upload.draft.encryption}

    def abort_multipart_upload(
        self, ctx, Bucket, Key, UploadId, ExpectedBucketOwner=None, IfMatchInitiatedTime=None
    ):  # fmt: skip
        bucket = self.bucket(Bucket, ExpectedBucketOwner)
        upload = self.upload(bucket, Key, UploadId)
        if IfMatchInitiatedTime is not None and IfMatchInitiatedTime != upload.started_at:
            raise ApiError("PreconditionFailed", "At least one of the pre-conditions you specified did not hold")
        self.forget(bucket, upload)

    def _keep(self, upload: Upload, number: int, body: bytes, checksum: str) -> Part:
        """Store a part, with a checksum where its upload has an algorithm."""
        if upload.algorithm and not checksum:
            checksum = checksums.checksum(upload.algorithm, body)
        if encryption.etag_is_md5(upload.draft.encryption):
            etag = hashlib.md5(body, usedforsecurity=False).hexdigest()
        else:
            etag = self.ids.hex(32)
        part = Part(
            upload.id, number, len(body), etag, self.home.blobs.put(body), self.now(), upload.algorithm, checksum
        )
        return self.parts.put(part)


def check_number(number: int) -> None:
    if not 1 <= number <= MAXIMUM_PARTS:
        message = f"Part number must be an integer between 1 and {MAXIMUM_PARTS}, inclusive"
        raise invalid_argument(message, "partNumber", str(number))


def _checksum_type(algorithm: str, asked: str | None) -> str:
    """Raises InvalidRequest for a combination that S3 does not know."""
    if not algorithm:
        if asked:
            raise invalid_request(
                "The x-amz-checksum-type header can only be used with the x-amz-checksum-algorithm header."
            )
        return ""
    whole_only, parts_only = algorithm == "CRC64NVME", algorithm.startswith("SHA")
    kind = asked or (checksums.FULL_OBJECT if whole_only else checksums.COMPOSITE)
    wrong = (kind == checksums.COMPOSITE and whole_only) or (kind == checksums.FULL_OBJECT and parts_only)
    if wrong or kind not in (checksums.FULL_OBJECT, checksums.COMPOSITE):
        raise invalid_request(
            f"The {kind} checksum type cannot be used with the {algorithm.lower()} checksum algorithm."
        )
    return kind
