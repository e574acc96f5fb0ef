"""Deleting objects: one, or up to a thousand at once."""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from windtunnel.aws.errors import ApiError, NotImplementedHere
from windtunnel.services.s3.conditions import check_writing
from windtunnel.services.s3.facts import ObjectDeleted
from windtunnel.services.s3.objects import PAYER
from windtunnel.services.s3.records import NULL, Bucket, StoredObject, Version
from windtunnel.services.s3.tables import (
    S3Tables,
    access_denied,
    header_not_implemented,
    invalid_version,
    malformed_xml,
    required,
)

EMPTY_MD5 = "d41d8cd98f00b204e9800998ecf8427e"
MAXIMUM_AT_ONCE = 1000
PROTECTED = "Access Denied because object protected by object lock."


class Deletions(S3Tables):
    inert = {
        "DeleteObject.RequestPayer": PAYER,
        "DeleteObjects.RequestPayer": PAYER,
        "DeleteObjects.ChecksumAlgorithm": "The list is read before its checksum could be compared.",
    }

    def delete_object(
        self, ctx, Bucket, Key, VersionId=None, BypassGovernanceRetention=False, ExpectedBucketOwner=None, IfMatch=None,
        IfMatchLastModifiedTime=None, IfMatchSize=None,
    ):  # fmt: skip
        bucket = self.bucket(Bucket, ExpectedBucketOwner)
        if IfMatchLastModifiedTime is not None:
            raise header_not_implemented("x-amz-if-match-last-modified-time")
        if IfMatchSize is not None:
            raise header_not_implemented("x-amz-if-match-size")
        if IfMatch not in (None, "*"):
            check_writing(self.objects.get(Bucket, Key), Key, IfMatch, None)
        if VersionId is not None:
            if not bucket.versioning and VersionId != NULL:
                raise invalid_version(VersionId)
            gone = self._delete_version(ctx, bucket, Key, VersionId, BypassGovernanceRetention)
            marker = gone is not None and gone.is_marker
            shown = VersionId if bucket.versioning else None
            return {"VersionId": shown, "DeleteMarker": True if marker else None}
        marker = self._hide(ctx, bucket, Key)
        return {"VersionId": marker.id, "DeleteMarker": True} if marker is not None else {}

    def delete_objects(self, ctx, Bucket, Delete=None, BypassGovernanceRetention=False, ExpectedBucketOwner=None):
        bucket = self.bucket(Bucket, ExpectedBucketOwner)
        entries = required(Delete).get("Objects") or []
        if not 0 < len(entries) <= MAXIMUM_AT_ONCE or not all(entry.get("Key") for entry in entries):
            raise malformed_xml()
        deleted: list[dict[str, Any]] = []
        errors: list[dict[str, Any]] = []
        for entry in entries:
            try:
                deleted.append(self._delete_entry(ctx, bucket, entry, BypassGovernanceRetention))
            except NotImplementedHere:
                raise
            except ApiError as error:
                named = {name: entry[name] for name in ("Key", "VersionId") if entry.get(name) is not None}
                errors.append({**named, "Code": error.code, "Message": error.message})
        return {"Deleted": None if Delete.get("Quiet") else deleted or None, "Errors": errors or None}

    def _delete_entry(self, ctx: Any, bucket: Bucket, entry: dict[str, Any], bypass: bool) -> dict[str, Any]:
        for name in ("LastModifiedTime", "Size"):
            if entry.get(name) is not None:
                raise NotImplementedHere(f"The member Delete.Objects[].{name} of s3:DeleteObjects")
        key, id = entry["Key"], entry.get("VersionId")
        if entry.get("ETag") not in (None, "*"):
            check_writing(self.objects.get(bucket.name, key), key, entry["ETag"], None)
        if id is None:
            marker = self._hide(ctx, bucket, key)
            if marker is None:
                return {"Key": key}
            return {"Key": key, "DeleteMarker": True, "DeleteMarkerVersionId": marker.id}
        if not bucket.versioning and id != NULL:
            raise ApiError("NoSuchVersion", "The specified version does not exist.")
        gone = self._delete_version(ctx, bucket, key, id, bypass)
        if gone is not None and gone.is_marker:
            return {"Key": key, "VersionId": id, "DeleteMarker": True, "DeleteMarkerVersionId": id}
        return {"Key": key, "VersionId": id}

    def _hide(self, ctx: Any, bucket: Bucket, key: str) -> Version | None:
        """Delete without a version: for good where there are none, else behind the delete marker that is returned."""
        notifications = self.noun("Notifications")
        if bucket.versioning:
            marker = self.add(bucket, Version(key=key, modified_at=self.now(), etag=EMPTY_MD5, is_marker=True))
            self.home.record(ObjectDeleted(bucket.name, key, True))
            notifications.notify(ctx, bucket, marker, "ObjectRemoved:DeleteMarkerCreated")
            return marker
        gone = self.objects.delete(bucket.name, key)
        if gone is not None:
            self.home.record(ObjectDeleted(bucket.name, key, False))
            notifications.notify(ctx, bucket, gone.versions[0], "ObjectRemoved:Delete")
        return None

    def _delete_version(self, ctx: Any, bucket: Bucket, key: str, id: str, bypass: bool) -> Version | None:
        stored = self.objects.get(bucket.name, key)
        gone = stored.version(id) if stored is not None else None
        if stored is None or gone is None:
            return None
        self._check_lock(gone, bypass)
        left = tuple(version for version in stored.versions if version is not gone)
        if left:
            self.objects.put(StoredObject(bucket.name, key, left))
        else:
            self.objects.delete(bucket.name, key)
        self.home.record(ObjectDeleted(bucket.name, key, False))
        self.noun("Notifications").notify(ctx, bucket, replace(gone, etag=""), "ObjectRemoved:Delete")
        return gone

    def _check_lock(self, version: Version, bypass: bool) -> None:
        retained = version.retain_until > self.clock.now() and not (bypass and version.lock_mode == "GOVERNANCE")
        if retained or version.legal_hold == "ON":
            raise access_denied(PROTECTED)
