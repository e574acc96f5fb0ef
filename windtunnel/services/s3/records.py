"""What S3 stores. Times are seconds since the epoch; entity tags stand without quotes."""

from __future__ import annotations

from typing import Any

import msgspec

NULL = "null"
"""The id of the version that an object has where versioning is not enabled."""
STANDARD = "STANDARD"


class Owner(msgspec.Struct, frozen=True):
    """Which account has a bucket: names are unique among all accounts."""

    bucket: str
    account: str


class Bucket(msgspec.Struct, frozen=True, kw_only=True):
    """`documents` are the configurations that a client put, by our name of the kind, as boto3 spells them."""

    name: str
    region: str
    created_at: float
    location: str = ""
    versioning: str = ""
    ownership: str = "BucketOwnerEnforced"
    lockable: bool = False
    tags: dict[str, str] | None = None
    grants: tuple[dict[str, Any], ...] | None = None
    documents: dict[str, Any] = {}

    @property
    def arn(self) -> str:
        return f"arn:aws:s3:::{self.name}"


class PartOf(msgspec.Struct, frozen=True):
    """One part of an object that was uploaded in parts."""

    number: int
    size: int
    checksum: str = ""


class Version(msgspec.Struct, frozen=True, kw_only=True):
    """One version of an object, or a delete marker. `headers` holds Content-Type and its like by member name."""

    key: str
    id: str = NULL
    modified_at: float
    sequence: int = 0
    """Grows with every version of a key."""
    etag: str = ""
    size: int = 0
    blobs: tuple[str, ...] = ()
    """The content, in one piece or in the parts it was uploaded in."""
    is_marker: bool = False
    headers: dict[str, Any] = {}
    metadata: dict[str, str] = {}
    storage_class: str = STANDARD
    tags: dict[str, str] = {}
    checksums: dict[str, str] = {}
    checksum_type: str = "FULL_OBJECT"
    parts: tuple[PartOf, ...] = ()
    encryption: dict[str, Any] = {}
    grants: tuple[dict[str, Any], ...] | None = None
    lock_mode: str = ""
    retain_until: float = 0.0
    legal_hold: str = ""


class StoredObject(msgspec.Struct, frozen=True):
    """Everything under one key of a bucket: at least one version, the newest first."""

    bucket: str
    key: str
    versions: tuple[Version, ...]

    @property
    def current(self) -> Version | None:
        """None where the newest version is a delete marker."""
        newest = self.versions[0]
        return None if newest.is_marker else newest

    def version(self, id: str) -> Version | None:
        return next((version for version in self.versions if version.id == id), None)


class Upload(msgspec.Struct, frozen=True, kw_only=True):
    """A multipart upload under way; `draft` is the object it will become."""

    bucket: str
    id: str
    started_at: float
    draft: Version
    algorithm: str = ""
    checksum_type: str = ""
    initiator: str = ""
    seen: int = 0
    """The sequence of the object that was there at the start; 0 for none."""

    @property
    def key(self) -> str:
        return self.draft.key


class Part(msgspec.Struct, frozen=True):
    upload: str
    number: int
    size: int
    etag: str
    blob: str
    modified_at: float
    algorithm: str = ""
    checksum: str = ""
