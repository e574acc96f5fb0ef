"""Access control lists of buckets and objects: put and shown; nobody is refused for them."""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from windtunnel.aws.errors import ApiError
from windtunnel.services.s3 import grants
from windtunnel.services.s3.grants import Grant
from windtunnel.services.s3.objects import PAYER
from windtunnel.services.s3.records import Bucket
from windtunnel.services.s3.tables import S3Tables, marker_in_the_way, members
from windtunnel.services.s3.tagging import UNCHECKED


class AccessControlLists(S3Tables):
    inert = {
        "PutBucketAcl.ContentMD5": UNCHECKED,
        "PutBucketAcl.ChecksumAlgorithm": UNCHECKED,
        "PutObjectAcl.ContentMD5": UNCHECKED,
        "PutObjectAcl.ChecksumAlgorithm": UNCHECKED,
        "PutObjectAcl.RequestPayer": PAYER,
        "GetObjectAcl.RequestPayer": PAYER,
    }

    def put_bucket_acl(
        self, ctx, Bucket, ACL=None, AccessControlPolicy=None, GrantFullControl=None, GrantRead=None, GrantReadACP=None,
        GrantWrite=None, GrantWriteACP=None, ExpectedBucketOwner=None,
    ):  # fmt: skip
        given = members(locals())
        bucket = self.bucket(Bucket, ExpectedBucketOwner)
        self.buckets.put(replace(bucket, grants=self._wanted(bucket, given)))

    def get_bucket_acl(self, ctx, Bucket, ExpectedBucketOwner=None):
        bucket = self.bucket(Bucket, ExpectedBucketOwner)
        return {"Owner": self.owner, "Grants": list(bucket.grants or grants.of_owner(self.owner))}

    def put_object_acl(
        self, ctx, Bucket, Key, ACL=None, AccessControlPolicy=None, GrantFullControl=None, GrantRead=None,
        GrantReadACP=None, GrantWrite=None, GrantWriteACP=None, VersionId=None, ExpectedBucketOwner=None,
    ):  # fmt: skip
        given = members(locals())
        bucket = self.bucket(Bucket, ExpectedBucketOwner)
        stored = self.objects.get(Bucket, Key)
        if VersionId is None and stored is not None and stored.current is None:
            raise marker_in_the_way("PUT")
        version = self.version(bucket, Key, VersionId, "PUT")
        changed = replace(version, grants=self._wanted(bucket, given))
        self.change(bucket, version, changed)
        self.noun("Notifications").notify(ctx, bucket, changed, "ObjectAcl:Put")

    def get_object_acl(self, ctx, Bucket, Key, VersionId=None, ExpectedBucketOwner=None):
        bucket = self.bucket(Bucket, ExpectedBucketOwner)
        version = self.version(bucket, Key, VersionId, "GET")
        known = grants.of_owner(self.owner) if version.grants is None else version.grants
        return {"Owner": self.owner, "Grants": list(known)}

    def _wanted(self, bucket: Bucket, given: dict[str, Any]) -> tuple[Grant, ...]:
        policy = given.get("AccessControlPolicy")
        wanted = grants.asked(given, self.owner, bucket.ownership)
        if wanted is not None:
            if policy is not None:
                raise ApiError("UnexpectedContent", "This request does not support content")
            return wanted
        if policy is None:
            message = "Your request was missing a required header"
            raise ApiError("MissingSecurityHeader", message, MissingHeaderName="x-amz-acl")
        wanted = grants.in_document(policy, self.owner)
        grants.check_allowed(wanted, self.owner, bucket.ownership)
        return wanted
