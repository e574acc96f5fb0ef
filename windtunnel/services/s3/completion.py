"""Completing a multipart upload: the parts become an object, or the request says what is wrong with them."""

from __future__ import annotations

import hashlib
from typing import Any
from urllib.parse import quote

from msgspec.structs import replace

from windtunnel.aws.errors import ApiError
from windtunnel.services.s3 import checksums, encryption, expiry
from windtunnel.services.s3.conditions import check_writing
from windtunnel.services.s3.objects import PAYER, shown_checksums, shown_version
from windtunnel.services.s3.records import Bucket, Part, PartOf, Upload, Version
from windtunnel.services.s3.tables import invalid_request, members, quoted
from windtunnel.services.s3.uploads import UploadTables

SMALLEST_PART_BYTES = 5 * 1024 * 1024


class Completion(UploadTables):
    inert = {"CompleteMultipartUpload.RequestPayer": PAYER}

    def complete_multipart_upload(
        self, ctx, Bucket, Key, UploadId, MultipartUpload=None, ChecksumCRC32=None, ChecksumCRC32C=None,
        ChecksumCRC64NVME=None, ChecksumSHA1=None, ChecksumSHA256=None, ChecksumType=None, MpuObjectSize=None,
        ExpectedBucketOwner=None, IfMatch=None, IfNoneMatch=None, SSECustomerAlgorithm=None, SSECustomerKey=None,
        SSECustomerKeyMD5=None,
    ):  # fmt: skip
        given = members(locals())
        bucket = self.bucket(Bucket, ExpectedBucketOwner)
        upload = self.upload(bucket, Key, UploadId)
        listed = (MultipartUpload or {}).get("Parts") or []
        if not listed:
            raise invalid_request("You must specify at least one part")
        if ChecksumType is not None and ChecksumType != (upload.checksum_type or None):
            raise invalid_request(f"The upload was created using the {upload.checksum_type or 'null'} checksum mode. "
                "The complete request must use the same checksum mode.")  # fmt: skip
        parts = self._chosen(upload, listed)
        if MpuObjectSize is not None and MpuObjectSize != (size := sum(part.size for part in parts)):
            raise invalid_request(f"The provided 'x-amz-mp-object-size' header value {MpuObjectSize} does not match what "
                f"was computed: {size}")  # fmt: skip
        self._check_condition(upload, IfMatch, IfNoneMatch)
        made = self._joined(upload, parts, given)
        self.forget(bucket, upload)
        made = self.noun("Objects").put(ctx, bucket, made, "ObjectCreated:CompleteMultipartUpload")
        return {
            "Location": _location(ctx.host, bucket, Key),
            "Bucket": Bucket,
            "Key": Key,
            "ETag": quoted(made.etag),
            "Expiration": expiry.announced(bucket, made),
            **shown_checksums(made),
            **shown_version(bucket, made, null_too=False),
            **{name: value for name, value in made.encryption.items() if not name.startswith("SSECustomer")},
        }

    def _chosen(self, upload: Upload, listed: list[dict[str, Any]]) -> list[Part]:
        """The parts that the request lists. Raises InvalidPartOrder, InvalidPart, BadDigest, EntityTooSmall."""
        numbers = [entry.get("PartNumber", 0) for entry in listed]
        if any(left >= right for left, right in zip(numbers, numbers[1:], strict=False)):
            message = "The list of parts was not in ascending order. Parts must be ordered by part number."
            raise ApiError("InvalidPartOrder", message, UploadId=upload.id)
        parts = []
        for number, entry in zip(numbers, listed, strict=True):
            part = self.parts.get(upload.id, number)
            etag = (entry.get("ETag") or "").strip('"')
            if part is None or part.etag != etag:
                raise _invalid_part(upload, number, etag)
            self._check_checksum(upload, part, entry)
            parts.append(part)
        for part in parts[:-1]:
            if part.size < SMALLEST_PART_BYTES:
                raise ApiError("EntityTooSmall", "Your proposed upload is smaller than the minimum allowed size",
                    ETag=part.etag, MinSizeAllowed=str(SMALLEST_PART_BYTES), PartNumber=str(part.number),
                    ProposedSize=str(part.size))  # fmt: skip
        return parts

    def _check_checksum(self, upload: Upload, part: Part, entry: dict[str, Any]) -> None:
        algorithm, value = checksums.given(entry)
        if not algorithm:
            if upload.checksum_type == checksums.COMPOSITE:
                raise invalid_request(f"The upload was created using a {upload.algorithm.lower()} checksum. The complete "
                    f"request must include the checksum for each part. It was missing for part {part.number} in the "
                    "request.")  # fmt: skip
            return
        if upload.algorithm and algorithm != upload.algorithm:
            message = f"The {algorithm.lower()} you specified for part {part.number} did not match what we received."
            raise ApiError("BadDigest", message)
        if value != part.checksum:
            raise _invalid_part(upload, part.number, part.etag)

    def _check_condition(self, upload: Upload, match: str | None, none_match: str | None) -> None:
        stored = self.objects.get(upload.bucket, upload.key)
        current = stored.current if stored is not None else None
        if match is not None and none_match is None and current is not None and current.sequence != upload.seen:
            message = "The conditional request cannot succeed due to a conflicting operation against this resource."
            raise ApiError("ConditionalRequestConflict", message, Condition="If-Match", Key=upload.key)
        check_writing(stored, upload.key, match, none_match)

    def _joined(self, upload: Upload, parts: list[Part], given: dict[str, Any]) -> Version:
        if encryption.etag_is_md5(upload.draft.encryption):
            digests = b"".join(bytes.fromhex(part.etag) for part in parts)
            digest = hashlib.md5(digests, usedforsecurity=False).hexdigest()
        else:
            digest = self.ids.hex(32)
        algorithm = upload.algorithm or checksums.DEFAULT
        kind = upload.checksum_type or checksums.FULL_OBJECT
        made = replace(
            upload.draft,
            modified_at=self.now(),
            etag=f"{digest}-{len(parts)}",
            size=sum(part.size for part in parts),
            blobs=tuple(part.blob for part in parts),
            parts=tuple(PartOf(part.number, part.size, part.checksum) for part in parts),
            checksum_type=kind,
        )
        if kind == checksums.COMPOSITE:
            value = checksums.composite(algorithm, [part.checksum for part in parts])
        else:
            value = checksums.checksum(algorithm, self.content(made))
        sent_algorithm, sent = checksums.given(given)
        if sent and (sent_algorithm != algorithm or sent != value.partition("-")[0] and sent != value):
            message = f"The {sent_algorithm.lower()} you specified did not match the calculated checksum."
            raise ApiError("BadDigest", message)
        return replace(made, checksums={algorithm: value})


def _invalid_part(upload: Upload, number: int, etag: str) -> ApiError:
    message = (
        "One or more of the specified parts could not be found.  The part may not have been uploaded, "
        "or the specified entity tag may not match the part's entity tag."
    )
    return ApiError("InvalidPart", message, ETag=etag, PartNumber=str(number), UploadId=upload.id)


def _location(host: str, bucket: Bucket, key: str) -> str:
    path = quote(key, safe="")
    if not host or host.endswith(".amazonaws.com"):
        return f"https://{bucket.name}.s3.{bucket.region}.amazonaws.com/{path}"
    return f"http://{host}/{path}" if host.startswith(f"{bucket.name}.") else f"http://{host}/{bucket.name}/{path}"
