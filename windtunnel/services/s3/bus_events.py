"""What EventBridge is told of a bucket. AWS: AmazonS3/latest/userguide/ev-events.html"""

from __future__ import annotations

from typing import Any

from windtunnel.services.s3.records import NULL, Bucket, Version

_TYPES = {
    "ObjectCreated": "Object Created",
    "ObjectRemoved": "Object Deleted",
    "LifecycleExpiration": "Object Deleted",
    "ObjectAcl": "Object ACL Updated",
    "ObjectTagging:Put": "Object Tags Added",
    "ObjectTagging:Delete": "Object Tags Deleted",
}
_REASONS = {
    "ObjectCreated:Put": "PutObject",
    "ObjectCreated:Post": "POST Object",
    "ObjectCreated:Copy": "CopyObject",
    "ObjectCreated:CompleteMultipartUpload": "CompleteMultipartUpload",
    "ObjectRemoved": "DeleteObject",
    "LifecycleExpiration": "Lifecycle Expiration",
}


def detail_type(event: str) -> str:
    """The detail type of `ObjectCreated:Put` and so on."""
    return _of(_TYPES, event)


def detail(bucket: Bucket, version: Version, event: str, requester: str, request_id: str) -> dict[str, Any]:
    thing: dict[str, Any] = {"key": version.key}
    made = event.startswith("ObjectCreated")
    if made:
        thing["size"] = version.size
    if version.etag and not event.startswith(("ObjectRemoved", "LifecycleExpiration")):
        thing["etag"] = version.etag
    if version.id != NULL:
        thing["version-id"] = version.id
    if made or event.startswith(("ObjectRemoved", "LifecycleExpiration")):
        thing["sequencer"] = f"{version.sequence:016X}"
    told: dict[str, Any] = {
        "version": "0",
        "bucket": {"name": bucket.name},
        "object": thing,
        "request-id": request_id,
        "requester": requester,
        "source-ip-address": "127.0.0.1",
    }
    if reason := _of(_REASONS, event):
        told["reason"] = reason
    if detail_type(event) == "Object Deleted":
        marked = event.endswith("DeleteMarkerCreated")
        told["deletion-type"] = "Delete Marker Created" if marked else "Permanently Deleted"
    return told


def _of(names: dict[str, str], event: str) -> str:
    return names.get(event) or names.get(event.partition(":")[0], "")
