"""Listing multipart uploads under way, and the parts that one has."""

from __future__ import annotations

from typing import Any

from windtunnel.services.s3.objects import PAYER
from windtunnel.services.s3.paging import Encoding, common_prefix, limited
from windtunnel.services.s3.records import Part, Upload
from windtunnel.services.s3.uploads import UploadTables

MAXIMUM = 1000


class UploadListing(UploadTables):
    inert = {
        "ListParts.RequestPayer": PAYER,
        "ListMultipartUploads.RequestPayer": PAYER,
        "ListParts.SSECustomerAlgorithm": "Parts are listed without their content.",
        "ListParts.SSECustomerKey": "Parts are listed without their content.",
        "ListParts.SSECustomerKeyMD5": "Parts are listed without their content.",
    }

    def list_parts(self, ctx, Bucket, Key, UploadId, MaxParts=None, PartNumberMarker=None, ExpectedBucketOwner=None):
        bucket = self.bucket(Bucket, ExpectedBucketOwner)
        upload = self.upload(bucket, Key, UploadId)
        limit, marker = limited(MaxParts, "max-parts"), int(PartNumberMarker or 0)
        parts = sorted(self.parts.all(UploadId), key=lambda part: part.number)
        left = [part for part in parts if part.number > marker]
        shown = left[: min(limit, MAXIMUM)]
        return {
            "Bucket": Bucket,
            "Key": Key,
            "UploadId": UploadId,
            "PartNumberMarker": marker,
            "NextPartNumberMarker": shown[-1].number if shown else 0,
            "MaxParts": limit,
            "IsTruncated": len(left) > len(shown) > 0,
            "Parts": [_listed(part) for part in shown] or None,
            "Initiator": _initiator(upload),
            "Owner": self.owner,
            "StorageClass": upload.draft.storage_class,
            "ChecksumAlgorithm": upload.algorithm or None,
            "ChecksumType": upload.checksum_type or None,
        }

    def list_multipart_uploads(
        self, ctx, Bucket, Delimiter=None, EncodingType=None, KeyMarker=None, MaxUploads=None, Prefix=None,
        UploadIdMarker=None, ExpectedBucketOwner=None,
    ):  # fmt: skip
        self.bucket(Bucket, ExpectedBucketOwner)
        limit, encoded = limited(MaxUploads, "max-uploads"), Encoding(EncodingType)
        uploads = [upload for upload in self.uploads.all(Bucket) if upload.key.startswith(Prefix or "")]
        uploads.sort(key=lambda upload: upload.key)
        if KeyMarker:
            uploads = _after(uploads, KeyMarker, UploadIdMarker)
        shown: list[Upload] = []
        prefixes: list[str] = []
        truncated = False
        for upload in uploads:
            folded = common_prefix(upload.key, Prefix or "", Delimiter or "")
            if folded and (folded in prefixes or (KeyMarker or "").startswith(folded)):
                continue
            if len(shown) + len(prefixes) >= min(limit, MAXIMUM):
                truncated = True
                break
            if folded:
                prefixes.append(folded)
            else:
                shown.append(upload)
        last = shown[-1] if shown else None
        return {
            "Bucket": Bucket,
            "KeyMarker": encoded(KeyMarker or ""),
            "UploadIdMarker": UploadIdMarker or "",
            "NextKeyMarker": encoded(last.key) if last else None,
            "NextUploadIdMarker": last.id if last else None,
            "Prefix": encoded(Prefix) if Prefix else None,
            "Delimiter": encoded(Delimiter) if Delimiter else None,
            "MaxUploads": limit,
            "EncodingType": EncodingType,
            "IsTruncated": truncated,
            "Uploads": [self._shown(upload, encoded) for upload in shown] or None,
            "CommonPrefixes": encoded.prefixes(prefixes),
        }

    def _shown(self, upload: Upload, encoded: Encoding) -> dict[str, Any]:
        return {
            "UploadId": upload.id,
            "Key": encoded(upload.key),
            "Initiated": upload.started_at,
            "StorageClass": upload.draft.storage_class,
            "Owner": self.owner,
            "Initiator": _initiator(upload),
            "ChecksumAlgorithm": upload.algorithm or None,
            "ChecksumType": upload.checksum_type or None,
        }


def _after(uploads: list[Upload], key: str, id: str | None) -> list[Upload]:
    if id:
        places = [place for place, upload in enumerate(uploads) if upload.key == key and upload.id == id]
        if places:
            return uploads[places[0] + 1 :]
    return [upload for upload in uploads if upload.key > key]


def _initiator(upload: Upload) -> dict[str, str]:
    return {"ID": upload.initiator, "DisplayName": upload.initiator.rsplit("/", 1)[-1].rsplit(":", 1)[-1]}


def _listed(part: Part) -> dict[str, Any]:
    return {
        "PartNumber": part.number,
        "LastModified": part.modified_at,
        "ETag": f'"{part.etag}"',
        "Size": part.size,
        **({f"Checksum{part.algorithm}": part.checksum} if part.checksum else {}),
    }
