"""GetObjectAttributes: what is known of an object, without its body."""

from __future__ import annotations

from typing import Any

from windtunnel.services.s3 import checksums, encryption
from windtunnel.services.s3.objects import PAYER, shown_version
from windtunnel.services.s3.records import Version
from windtunnel.services.s3.tables import S3Tables, invalid_argument, members

MAXIMUM_PARTS = 1000


class Attributes(S3Tables):
    inert = {"GetObjectAttributes.RequestPayer": PAYER}

    def get_object_attributes(
        self, ctx, Bucket, Key, ObjectAttributes=None, VersionId=None, MaxParts=None, PartNumberMarker=None,
        SSECustomerAlgorithm=None, SSECustomerKey=None, SSECustomerKeyMD5=None, ExpectedBucketOwner=None,
    ):  # fmt: skip
        given = members(locals())
        bucket = self.bucket(Bucket, ExpectedBucketOwner)
        if not ObjectAttributes:
            raise invalid_argument("No attributes provided or invalid attribute provided", "x-amz-object-attributes")
        version = self.version(bucket, Key, VersionId, "GET")
        encryption.check_reading(version, given)
        answer: dict[str, Any] = {"LastModified": version.modified_at, **shown_version(bucket, version)}
        if "ETag" in ObjectAttributes:
            answer["ETag"] = version.etag
        if "Checksum" in ObjectAttributes:
            version = self.noun("Reading").with_checksum(bucket, version)
            sums = {f"Checksum{name}": value.partition("-")[0] for name, value in version.checksums.items()}
            answer["Checksum"] = {**sums, "ChecksumType": version.checksum_type}
        if "ObjectParts" in ObjectAttributes and version.parts:
            answer["ObjectParts"] = _parts(version, MaxParts, int(PartNumberMarker or 0))
        if "StorageClass" in ObjectAttributes:
            answer["StorageClass"] = version.storage_class
        if "ObjectSize" in ObjectAttributes:
            answer["ObjectSize"] = version.size
        return answer


def _parts(version: Version, limit: int | None, marker: int) -> dict[str, Any]:
    """Only the checksums of parts make a list of them; else S3 tells their number alone."""
    if version.checksum_type == checksums.FULL_OBJECT:
        return {"TotalPartsCount": len(version.parts)}
    algorithm = next(iter(version.checksums))
    left = [part for part in version.parts if part.number > marker]
    shown = left[: MAXIMUM_PARTS if limit is None else limit]
    return {
        "TotalPartsCount": len(version.parts),
        "PartNumberMarker": marker,
        "NextPartNumberMarker": shown[-1].number if shown else 0,
        "MaxParts": MAXIMUM_PARTS if limit is None else limit,
        "IsTruncated": len(left) > len(shown),
        "Parts": [
            {"PartNumber": part.number, "Size": part.size, f"Checksum{algorithm}": part.checksum} for part in shown
        ]
        or None,
    }
