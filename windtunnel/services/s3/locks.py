"""Object Lock: versions that cannot be deleted before their time, or while somebody holds them.

AWS: https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lock.html
"""

from __future__ import annotations

from msgspec.structs import replace

from windtunnel.aws.errors import ApiError
from windtunnel.services.s3.deletions import PROTECTED
from windtunnel.services.s3.drafts import LOCK_MODES
from windtunnel.services.s3.objects import PAYER
from windtunnel.services.s3.records import Bucket, Version
from windtunnel.services.s3.tables import S3Tables, access_denied, invalid_argument, invalid_request, malformed_xml
from windtunnel.services.s3.tagging import UNCHECKED

NO_LOCK = "Object Lock configuration does not exist for this bucket"
NO_OBJECT_LOCK = "The specified object does not have a ObjectLock configuration"


class Locks(S3Tables):
    inert = {
        **{f"{name}.RequestPayer": PAYER for name in ("PutObjectLockConfiguration", "PutObjectRetention",
            "GetObjectRetention", "PutObjectLegalHold", "GetObjectLegalHold")},
        **{f"{name}.{member}": UNCHECKED for member in ("ContentMD5", "ChecksumAlgorithm")
            for name in ("PutObjectLockConfiguration", "PutObjectRetention", "PutObjectLegalHold")},
        "PutObjectLockConfiguration.Token": "AWS asks for no token any more.",
    }  # fmt: skip

    def put_object_lock_configuration(self, ctx, Bucket, ObjectLockConfiguration=None, ExpectedBucketOwner=None):
        bucket = self.bucket(Bucket, ExpectedBucketOwner)
        wanted = ObjectLockConfiguration or {}
        if wanted.get("ObjectLockEnabled") != "Enabled":
            raise malformed_xml()
        if bucket.versioning != "Enabled":
            message = "Versioning must be 'Enabled' on the bucket to apply a Object Lock configuration"
            raise ApiError("InvalidBucketState", message)
        rule = wanted.get("Rule")
        if rule is not None:
            retention = rule.get("DefaultRetention") or {}
            counted = [name for name in ("Days", "Years") if retention.get(name) is not None]
            if retention.get("Mode") not in LOCK_MODES or len(counted) != 1:
                raise malformed_xml()
            if retention[counted[0]] <= 0:
                raise invalid_argument("Default retention period must be a positive integer value", counted[0])
        self.document(replace(bucket, lockable=True), "object_lock", wanted)

    def get_object_lock_configuration(self, ctx, Bucket, ExpectedBucketOwner=None):
        bucket = self.bucket(Bucket, ExpectedBucketOwner)
        if not bucket.lockable:
            raise ApiError("ObjectLockConfigurationNotFoundError", NO_LOCK, BucketName=Bucket)
        return {"ObjectLockConfiguration": bucket.documents.get("object_lock") or {"ObjectLockEnabled": "Enabled"}}

    def put_object_retention(
        self,
        ctx,
        Bucket,
        Key,
        Retention=None,
        VersionId=None,
        BypassGovernanceRetention=False,
        ExpectedBucketOwner=None,
    ):
        bucket, version = self._lockable(Bucket, Key, VersionId, ExpectedBucketOwner, "PUT")
        mode, until = (Retention or {}).get("Mode"), (Retention or {}).get("RetainUntilDate")
        if (mode is None) != (until is None) or mode not in (None, *LOCK_MODES):
            raise malformed_xml()
        now = self.clock.now()
        if until is not None and until <= now:
            raise invalid_argument("The retain until date must be in the future!", "RetainUntilDate")
        weaker = (
            until is None
            or until < version.retain_until
            or (mode == "GOVERNANCE" and version.lock_mode == "COMPLIANCE")
        )
        free = BypassGovernanceRetention and version.lock_mode == "GOVERNANCE"
        if version.retain_until > now and weaker and not free:
            raise access_denied(PROTECTED)
        self.change(bucket, version, replace(version, lock_mode=mode or "", retain_until=until or 0.0))

    def get_object_retention(self, ctx, Bucket, Key, VersionId=None, ExpectedBucketOwner=None):
        _, version = self._lockable(Bucket, Key, VersionId, ExpectedBucketOwner, "GET")
        if not version.lock_mode:
            raise ApiError("NoSuchObjectLockConfiguration", NO_OBJECT_LOCK, Key=Key)
        return {"Retention": {"Mode": version.lock_mode, "RetainUntilDate": version.retain_until}}

    def put_object_legal_hold(self, ctx, Bucket, Key, LegalHold=None, VersionId=None, ExpectedBucketOwner=None):
        bucket, version = self._lockable(Bucket, Key, VersionId, ExpectedBucketOwner, "PUT")
        if (LegalHold or {}).get("Status") not in ("ON", "OFF"):
            raise malformed_xml()
        self.change(bucket, version, replace(version, legal_hold=LegalHold["Status"]))

    def get_object_legal_hold(self, ctx, Bucket, Key, VersionId=None, ExpectedBucketOwner=None):
        _, version = self._lockable(Bucket, Key, VersionId, ExpectedBucketOwner, "GET")
        if not version.legal_hold:
            raise ApiError("NoSuchObjectLockConfiguration", NO_OBJECT_LOCK, Key=Key)
        return {"LegalHold": {"Status": version.legal_hold}}

    def _lockable(
        self, name: str, key: str, id: str | None, owner: str | None, method: str
    ) -> tuple[Bucket, Version]:  # fmt: skip
        bucket = self.bucket(name, owner)
        version = self.version(bucket, key, id, method)
        if not bucket.lockable:
            raise invalid_request("Bucket is missing Object Lock Configuration")
        return bucket, version
