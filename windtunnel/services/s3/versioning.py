"""Whether a bucket keeps the versions of its objects."""

from __future__ import annotations

from msgspec.structs import replace

from windtunnel.aws.errors import ApiError, NotImplementedHere
from windtunnel.services.s3.tables import S3Tables, malformed_xml, required
from windtunnel.services.s3.tagging import UNCHECKED


class Versioning(S3Tables):
    inert = {"PutBucketVersioning.ContentMD5": UNCHECKED, "PutBucketVersioning.ChecksumAlgorithm": UNCHECKED}

    def put_bucket_versioning(self, ctx, Bucket, VersioningConfiguration=None, ExpectedBucketOwner=None):
        bucket = self.bucket(Bucket, ExpectedBucketOwner)
        status = required(VersioningConfiguration).get("Status")
        if VersioningConfiguration.get("MFADelete") == "Enabled":
            raise NotImplementedHere("The member VersioningConfiguration.MFADelete of s3:PutBucketVersioning")
        if status is None:
            message = "The Versioning element must be specified"
            raise ApiError("IllegalVersioningConfigurationException", message)
        if status not in ("Enabled", "Suspended"):
            raise malformed_xml()
        if bucket.lockable and status == "Suspended":
            message = (
                "An Object Lock configuration is present on this bucket, so the versioning state cannot be changed."
            )
            raise ApiError("InvalidBucketState", message)
        self.buckets.put(replace(bucket, versioning=status))

    def get_bucket_versioning(self, ctx, Bucket, ExpectedBucketOwner=None):
        return {"Status": self.bucket(Bucket, ExpectedBucketOwner).versioning or None}
