"""Listing the objects of a bucket, with markers (ListObjects) or tokens (ListObjectsV2)."""

from __future__ import annotations

import base64
import binascii
from typing import Any

from windtunnel.services.s3 import checksums
from windtunnel.services.s3.objects import PAYER
from windtunnel.services.s3.paging import Encoding, limited, page
from windtunnel.services.s3.records import Bucket, Version
from windtunnel.services.s3.tables import S3Tables, invalid_argument, quoted

MAXIMUM = 1000


class Listing(S3Tables):
    inert = {"ListObjects.RequestPayer": PAYER, "ListObjectsV2.RequestPayer": PAYER}

    def list_objects(
        self, ctx, Bucket, Delimiter=None, EncodingType=None, Marker=None, MaxKeys=None, Prefix=None,
        ExpectedBucketOwner=None,
    ):  # fmt: skip
        bucket = self.bucket(Bucket, ExpectedBucketOwner)
        limit, encoded = limited(MaxKeys, "max-keys"), Encoding(EncodingType)
        found = self._page(bucket, Prefix, Delimiter, Marker or "", limit)
        return {
            "Name": Bucket,
            "Prefix": encoded(Prefix or ""),
            "Marker": encoded(Marker or ""),
            "NextMarker": encoded(found.last) if found.truncated and Delimiter else None,
            "MaxKeys": limit,
            "Delimiter": encoded(Delimiter) if Delimiter else None,
            "EncodingType": EncodingType,
            "IsTruncated": found.truncated,
            "Contents": [self._listed(version, encoded, True) for version in found.entries] or None,
            "CommonPrefixes": encoded.prefixes(found.prefixes),
        }

    def list_objects_v2(
        self, ctx, Bucket, Delimiter=None, EncodingType=None, MaxKeys=None, Prefix=None, ContinuationToken=None,
        FetchOwner=False, StartAfter=None, ExpectedBucketOwner=None,
    ):  # fmt: skip
        bucket = self.bucket(Bucket, ExpectedBucketOwner)
        limit, encoded = limited(MaxKeys, "max-keys"), Encoding(EncodingType)
        after = StartAfter or "" if ContinuationToken is None else marker_of(ContinuationToken)
        found = self._page(bucket, Prefix, Delimiter, after, limit)
        return {
            "Name": Bucket,
            "Prefix": encoded(Prefix or ""),
            "StartAfter": encoded(StartAfter) if StartAfter and ContinuationToken is None else None,
            "ContinuationToken": ContinuationToken,
            "NextContinuationToken": token_of(found.last) if found.truncated else None,
            "KeyCount": len(found.entries) + len(found.prefixes),
            "MaxKeys": limit,
            "Delimiter": encoded(Delimiter) if Delimiter else None,
            "EncodingType": EncodingType,
            "IsTruncated": found.truncated,
            "Contents": [self._listed(version, encoded, FetchOwner) for version in found.entries] or None,
            "CommonPrefixes": encoded.prefixes(found.prefixes),
        }

    def _page(self, bucket: Bucket, prefix: str | None, delimiter: str | None, after: str, limit: int) -> Any:
        def current(key: str) -> Version | None:
            stored = self.objects.get(bucket.name, key)
            return stored.current if stored is not None else None

        keys = self.objects.keys(bucket.name)
        return page(keys, prefix or "", delimiter or "", after, min(limit, MAXIMUM), current)

    def _listed(self, version: Version, encoded: Encoding, with_owner: bool) -> dict[str, Any]:
        return {
            "Key": encoded(version.key),
            "LastModified": version.modified_at,
            "ETag": quoted(version.etag),
            "ChecksumAlgorithm": list(version.checksums) or [checksums.DEFAULT],
            "ChecksumType": version.checksum_type,
            "Size": version.size,
            "StorageClass": version.storage_class,
            "Owner": self.owner if with_owner else None,
        }


def token_of(marker: str) -> str:
    return base64.urlsafe_b64encode(b"1" + marker.encode()).decode()


def marker_of(token: str) -> str:
    try:
        content = base64.b64decode(token, altchars=b"-_", validate=True)
        if content[:1] == b"1":
            return content[1:].decode()
    except (binascii.Error, ValueError):
        pass
    raise invalid_argument("The continuation token provided is incorrect", "continuation-token")
