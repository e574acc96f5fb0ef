"""What the nouns of S3 share: the tables, and finding buckets and objects or failing as S3 does."""

from __future__ import annotations

import hashlib
from typing import Any

from msgspec.structs import replace

from windtunnel.aws.errors import ApiError
from windtunnel.aws.operations import Context, Operations
from windtunnel.kernel.tables import Rows, Table
from windtunnel.services.s3.key_order import OrderedRows, OrderedTable
from windtunnel.services.s3.records import NULL, Bucket, Owner, Part, StoredObject, Upload, Version

_OWNERS = Table(Owner, key="bucket")
DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._"
SEQUENCE_DIGITS = 10
"""Version ids begin with the sequence of their version, so that a listing can go on after one that is gone."""


class S3Tables(Operations, api="s3"):
    buckets = Table(Bucket, key="name")
    objects: OrderedRows = OrderedTable(StoredObject, key="key", within="bucket")  # type: ignore[assignment]
    uploads = Table(Upload, key="id", within="bucket")
    parts = Table(Part, key="number", within="upload")

    @property
    def owners(self) -> Rows[Owner]:
        """Which account has which bucket: one table for the whole cloud, kept in its first home."""
        first = self.home.cloud.home(self.home.settings.account, self.home.settings.region)
        rows: Rows[Owner] = first.opened("aws-global/s3/owners", _OWNERS)
        return rows

    def bucket(self, name: str, expected_owner: str | None = None) -> Bucket:
        """Raises NoSuchBucket, or AccessDenied for a bucket of somebody else than expected."""
        if expected_owner is not None and not (len(expected_owner) == 12 and expected_owner.isdigit()):
            raise ApiError("InvalidBucketOwnerAWSAccountID",
                f"The value of the expected bucket owner parameter must be an AWS Account ID... [{expected_owner}]")  # fmt: skip
        found = self.buckets.get(name)
        if found is None:
            if self.owners.get(name) is not None:
                raise access_denied()
            raise ApiError("NoSuchBucket", "The specified bucket does not exist", BucketName=name)
        if expected_owner is not None and expected_owner != self.home.account:
            raise access_denied()
        return found

    def document(self, bucket: Bucket, kind: str, content: Any) -> Bucket:
        """The bucket with this configuration; None takes it away."""
        documents = {name: value for name, value in bucket.documents.items() if name != kind}
        if content is not None:
            documents[kind] = content
        return self.buckets.put(replace(bucket, documents=documents))

    def version(self, bucket: Bucket, key: str, version_id: str | None, method: str) -> Version:
        """A version that is no delete marker, the newest if none is named; raises NoSuchKey and its relatives."""
        stored = self.objects.get(bucket.name, key)
        if version_id is None:
            if stored is None or stored.current is None:
                raise no_such_key(key)
            return stored.current
        found = stored.version(version_id) if stored is not None else None
        if found is None:
            if version_id != NULL and (len(version_id) != 32 or not bucket.versioning):
                raise invalid_version(version_id)
            raise ApiError("NoSuchVersion", "The specified version does not exist.", Key=key, VersionId=version_id)
        if found.is_marker:
            raise marker_in_the_way(method)
        return found

    def change(self, bucket: Bucket, old: Version, new: Version) -> None:
        """Put a changed version in the place of the old one."""
        stored = self.objects.get(bucket.name, old.key)
        assert stored is not None
        versions = tuple(new if version.id == old.id else version for version in stored.versions)
        self.objects.put(replace(stored, versions=versions))

    def add(self, bucket: Bucket, version: Version) -> Version:
        """Make this the newest version of its key, under an id as the bucket's versioning wants it."""
        stored = self.objects.get(bucket.name, version.key)
        older = stored.versions if stored is not None else ()
        sequence = max(int(self.clock.now() * 1e6), older[0].sequence + 1 if older else 0)
        version = replace(version, sequence=sequence)
        if bucket.versioning == "Enabled":
            version = replace(version, id=version_id(sequence) + self.ids.text(32 - SEQUENCE_DIGITS, DIGITS))
        else:
            older = tuple(each for each in older if each.id != NULL)
        self.objects.put(StoredObject(bucket.name, version.key, (version, *older)))
        return version

    def content(self, version: Version) -> bytes:
        """The body of an object."""
        if len(version.blobs) == 1:
            return self.home.blobs.get(version.blobs[0])
        return b"".join(map(self.home.blobs.get, version.blobs))

    def now(self) -> float:
        """S3 keeps whole seconds."""
        return float(int(self.clock.now()))

    @property
    def owner(self) -> dict[str, str]:
        return {"ID": canonical_id(self.home.account)}


def version_id(sequence: int) -> str:
    """The digits of a sequence, as the beginning of a version id."""
    return "".join(DIGITS[sequence >> 6 * place & 63] for place in reversed(range(SEQUENCE_DIGITS)))


def sequence_of(id: str) -> int:
    """The sequence that a version id tells; 0 for one that is none of ours."""
    sequence = 0
    for digit in id[:SEQUENCE_DIGITS]:
        sequence = sequence << 6 | max(0, DIGITS.find(digit))
    return sequence


def canonical_id(account: str) -> str:
    """The canonical user id of an account, made from it."""
    return hashlib.sha256(f"canonical user {account}".encode()).hexdigest()


def region_asked(ctx: Context, default: str) -> str:
    """The region whose endpoint a client spoke to, as far as the host says it."""
    host = ctx.host.partition(":")[0]
    if not host.endswith(".amazonaws.com"):
        return default
    part = host.removesuffix(".amazonaws.com").rsplit(".", 1)[-1]
    return "us-east-1" if part == "s3" or "-" not in part else part.removeprefix("s3-")


def quoted(etag: str) -> str:
    return f'"{etag}"'


def members(given: dict[str, Any]) -> dict[str, Any]:
    """Of a method's `locals()`, the members of the call that the client gave."""
    return {name: value for name, value in given.items() if name[0].isupper() and value is not None}


def no_such_key(key: str) -> ApiError:
    return ApiError("NoSuchKey", "The specified key does not exist.", Key=key)


def access_denied(message: str = "Access Denied") -> ApiError:
    return ApiError("AccessDenied", message)


def marker_in_the_way(method: str) -> ApiError:
    message = "The specified method is not allowed against this resource."
    return ApiError("MethodNotAllowed", message, Method=method, ResourceType="DeleteMarker")


def invalid_version(version_id: str) -> ApiError:
    return invalid_argument("Invalid version id specified", "versionId", version_id)


def invalid_argument(message: str, name: str, value: str | None = None) -> ApiError:
    return ApiError("InvalidArgument", message, ArgumentName=name, ArgumentValue=value)


def invalid_request(message: str) -> ApiError:
    return ApiError("InvalidRequest", message)


def malformed_xml() -> ApiError:
    message = "The XML you provided was not well-formed or did not validate against our published schema"
    return ApiError("MalformedXML", message)


def required(document: Any) -> Any:
    """The document of a request that must have one. Raises MalformedXML."""
    if document is None:
        raise malformed_xml()
    return document


def precondition_failed(condition: str) -> ApiError:
    message = "At least one of the pre-conditions you specified did not hold"
    return ApiError("PreconditionFailed", message, Condition=condition)


def header_not_implemented(header: str, more: str | None = None) -> ApiError:
    """AWS's own 501, for headers that only other kinds of buckets know."""
    message = "A header you provided implies functionality that is not implemented"
    return ApiError("NotImplemented", message, status=501, Header=header, additionalMessage=more)
