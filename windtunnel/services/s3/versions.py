"""Listing all versions of the objects of a bucket, delete markers among them."""

from __future__ import annotations

from typing import Any

from windtunnel.services.s3 import checksums
from windtunnel.services.s3.objects import PAYER
from windtunnel.services.s3.paging import Encoding, limited, page
from windtunnel.services.s3.records import NULL, StoredObject, Version
from windtunnel.services.s3.tables import S3Tables, invalid_argument, quoted, sequence_of

MAXIMUM = 1000
Shown = tuple[Version, bool]
"""A version, and whether it is the newest of its key."""


class VersionListing(S3Tables):
    inert = {"ListObjectVersions.RequestPayer": PAYER}

    def list_object_versions(
        self, ctx, Bucket, Delimiter=None, EncodingType=None, KeyMarker=None, MaxKeys=None, Prefix=None,
        VersionIdMarker=None, ExpectedBucketOwner=None,
    ):  # fmt: skip
        bucket = self.bucket(Bucket, ExpectedBucketOwner)
        if VersionIdMarker is not None and not KeyMarker:
            message = "A version-id marker cannot be specified without a key marker."
            raise invalid_argument(message, "version-id-marker", VersionIdMarker)
        limit, encoded = limited(MaxKeys, "max-keys"), Encoding(EncodingType)
        wanted = min(limit, MAXIMUM)
        begun = self._rest(bucket.name, KeyMarker, VersionIdMarker, Prefix or "", Delimiter)
        found = page(
            self.objects.keys(bucket.name), Prefix or "", Delimiter or "", KeyMarker or "", max(wanted, 1),
            lambda key: self.objects.get(bucket.name, key),
        )  # fmt: skip
        shown, prefixes, last, truncated = _cut(begun, found.entries, found.prefixes, wanted)
        truncated = wanted > 0 and (truncated or found.truncated)
        return {
            "Name": Bucket,
            "Prefix": encoded(Prefix or ""),
            "KeyMarker": encoded(KeyMarker or ""),
            "VersionIdMarker": VersionIdMarker or "",
            "NextKeyMarker": encoded(last[0]) if truncated else None,
            "NextVersionIdMarker": last[1] or None if truncated else None,
            "MaxKeys": limit,
            "Delimiter": encoded(Delimiter) if Delimiter else None,
            "EncodingType": EncodingType,
            "IsTruncated": truncated,
            "Versions": [self._listed(each, encoded) for each in shown if not each[0].is_marker] or None,
            "DeleteMarkers": [self._marked(each, encoded) for each in shown if each[0].is_marker] or None,
            "CommonPrefixes": encoded.prefixes(prefixes),
        }

    def _rest(self, bucket: str, key: str | None, id: str | None, prefix: str, delimiter: str | None) -> list[Shown]:
        """The versions of the marker's key that come after the marked one."""
        stored = self.objects.get(bucket, key) if key and id else None
        if (
            stored is None
            or not stored.key.startswith(prefix)
            or (delimiter and delimiter in stored.key[len(prefix) :])
        ):
            return []
        marked = stored.version(id or NULL)
        before = marked.sequence if marked is not None else sequence_of(id or "")
        return [each for each in _all(stored) if each[0].sequence < before]

    def _listed(self, shown: Shown, encoded: Encoding) -> dict[str, Any]:
        version, newest = shown
        return {
            "ETag": quoted(version.etag),
            "ChecksumAlgorithm": list(version.checksums) or [checksums.DEFAULT],
            "ChecksumType": version.checksum_type,
            "Size": version.size,
            "StorageClass": version.storage_class,
            **self._marked((version, newest), encoded),
        }

    def _marked(self, shown: Shown, encoded: Encoding) -> dict[str, Any]:
        version, newest = shown
        return {
            "Key": encoded(version.key),
            "VersionId": version.id,
            "IsLatest": newest,
            "LastModified": version.modified_at,
            "Owner": self.owner,
        }


def _all(stored: StoredObject) -> list[Shown]:
    return [(version, place == 0) for place, version in enumerate(stored.versions)]


def _cut(
    begun: list[Shown], objects: list[StoredObject], prefixes: list[str], limit: int
) -> tuple[list[Shown], list[str], tuple[str, str], bool]:
    """What fits a page, of versions and prefixes in order: the marker of its last entry, and whether anything is left."""
    by_name: list[tuple[str, list[Shown]]] = [(stored.key, _all(stored)) for stored in objects]
    by_name += [(prefix, []) for prefix in prefixes]
    by_name.sort(key=lambda pair: pair[0])
    shown = begun[:limit]
    kept: list[str] = []
    last = (shown[-1][0].key, shown[-1][0].id) if shown else ("", "")
    if len(begun) > limit:
        return shown, kept, last, True
    for name, versions in by_name:
        room = limit - len(shown) - len(kept)
        if room <= 0:
            return shown, kept, last, True
        if not versions:
            kept.append(name)
            last = (name, "")
            continue
        shown += versions[:room]
        last = (name, shown[-1][0].id)
        if len(versions) > room:
            return shown, kept, last, True
    return shown, kept, last, False
