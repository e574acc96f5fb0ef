"""Tags of buckets and of objects."""

from __future__ import annotations

from msgspec.structs import replace

from windtunnel.aws.errors import ApiError
from windtunnel.services.s3 import tags
from windtunnel.services.s3.objects import PAYER, shown_version
from windtunnel.services.s3.tables import S3Tables, required

UNCHECKED = "The document is read before its checksum could be compared."


class Tagging(S3Tables):
    inert = {
        "PutBucketTagging.ContentMD5": UNCHECKED,
        "PutBucketTagging.ChecksumAlgorithm": UNCHECKED,
        "PutObjectTagging.ContentMD5": UNCHECKED,
        "PutObjectTagging.ChecksumAlgorithm": UNCHECKED,
        "PutObjectTagging.RequestPayer": PAYER,
        "GetObjectTagging.RequestPayer": PAYER,
    }

    def put_bucket_tagging(self, ctx, Bucket, Tagging=None, ExpectedBucketOwner=None):
        bucket = self.bucket(Bucket, ExpectedBucketOwner)
        self.buckets.put(replace(bucket, tags=tags.of_bucket(required(Tagging).get("TagSet") or []) or None))

    def get_bucket_tagging(self, ctx, Bucket, ExpectedBucketOwner=None):
        bucket = self.bucket(Bucket, ExpectedBucketOwner)
        if bucket.tags is None:
            raise ApiError("NoSuchTagSet", "The TagSet does not exist", BucketName=Bucket)
        return {"TagSet": tags.as_set(bucket.tags)}

    def delete_bucket_tagging(self, ctx, Bucket, ExpectedBucketOwner=None):
        self.buckets.put(replace(self.bucket(Bucket, ExpectedBucketOwner), tags=None))

    def put_object_tagging(self, ctx, Bucket, Key, Tagging=None, VersionId=None, ExpectedBucketOwner=None):
        bucket = self.bucket(Bucket, ExpectedBucketOwner)
        version = self.version(bucket, Key, VersionId, "PUT")
        tagged = replace(version, tags=tags.of_object(required(Tagging).get("TagSet") or []))
        self.change(bucket, version, tagged)
        self.noun("Notifications").notify(ctx, bucket, tagged, "ObjectTagging:Put")
        return shown_version(bucket, version)

    def get_object_tagging(self, ctx, Bucket, Key, VersionId=None, ExpectedBucketOwner=None):
        bucket = self.bucket(Bucket, ExpectedBucketOwner)
        version = self.version(bucket, Key, VersionId, "GET")
        return {"TagSet": tags.as_set(version.tags), **shown_version(bucket, version)}

    def delete_object_tagging(self, ctx, Bucket, Key, VersionId=None, ExpectedBucketOwner=None):
        bucket = self.bucket(Bucket, ExpectedBucketOwner)
        version = self.version(bucket, Key, VersionId, "DELETE")
        untagged = replace(version, tags={})
        self.change(bucket, version, untagged)
        self.noun("Notifications").notify(ctx, bucket, untagged, "ObjectTagging:Delete")
        return shown_version(bucket, version)
