"""Buckets: making, finding, listing and deleting them."""

from __future__ import annotations

from typing import Any

from windtunnel.aws.errors import ApiError, NotImplementedHere
from windtunnel.aws.models import load
from windtunnel.services.s3 import grants, tags
from windtunnel.services.s3.listing import marker_of, token_of
from windtunnel.services.s3.names import check_bucket_name
from windtunnel.services.s3.records import Bucket as BucketRecord
from windtunnel.services.s3.records import Owner
from windtunnel.services.s3.tables import S3Tables, invalid_argument, malformed_xml, members, region_asked

OWNERSHIPS = ("BucketOwnerEnforced", "BucketOwnerPreferred", "ObjectWriter")
BLOCKED = dict.fromkeys(("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"), True)
"""What a new bucket has. AWS: https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html"""


class Buckets(S3Tables):
    def create_bucket(
        self, ctx, Bucket, ACL=None, CreateBucketConfiguration=None, GrantFullControl=None, GrantRead=None,
        GrantReadACP=None, GrantWrite=None, GrantWriteACP=None, ObjectLockEnabledForBucket=False, ObjectOwnership=None,
    ):  # fmt: skip
        given = members(locals())
        configuration = CreateBucketConfiguration or {}
        for name in ("Location", "Bucket"):
            if configuration.get(name):
                raise NotImplementedHere(f"The member CreateBucketConfiguration.{name} of s3:CreateBucket")
        check_bucket_name(Bucket)
        asked = region_asked(ctx, self.home.region)
        location = _location(configuration.get("LocationConstraint"), asked)
        if ObjectOwnership is not None and ObjectOwnership not in OWNERSHIPS:
            raise invalid_argument(
                f"Invalid x-amz-object-ownership header: {ObjectOwnership}", "x-amz-object-ownership"
            )
        tagged = _tags(configuration.get("Tags") or [])
        ownership = ObjectOwnership or "BucketOwnerEnforced"
        granted = grants.asked(given, self.owner, ownership)
        region = "eu-west-1" if location == "EU" else location or "us-east-1"
        shown = {"Location": f"/{Bucket}" if region == "us-east-1" else f"http://{Bucket}.s3.amazonaws.com/"}
        owner = self.owners.get(Bucket)
        if owner is not None:
            self._check_same(Bucket, owner, region)
            return {**shown, "BucketArn": f"arn:aws:s3:::{Bucket}"}
        self.owners.put(Owner(Bucket, self.home.account))
        made = self.buckets.put(
            BucketRecord(
                name=Bucket,
                region=region,
                location=location,
                created_at=self.now(),
                versioning="Enabled" if ObjectLockEnabledForBucket else "",
                ownership=ownership,
                lockable=bool(ObjectLockEnabledForBucket),
                tags=tagged or None,
                grants=granted,
                documents={"public_access_block": BLOCKED},
            )
        )
        return {**shown, "BucketArn": made.arn}

    def _check_same(self, name: str, owner: Owner, region: str) -> None:
        """In us-east-1 one may create one's own bucket again; nowhere else, and nobody else's."""
        if owner.account != self.home.account:
            message = (
                "The requested bucket name is not available. The bucket namespace is shared by all users of the "
                "system. Please select a different name and try again."
            )
            raise ApiError("BucketAlreadyExists", message, BucketName=name)
        existing = self.buckets.get(name)
        if existing is None or existing.region != "us-east-1" or region != "us-east-1":
            message = "Your previous request to create the named bucket succeeded and you already own it."
            raise ApiError("BucketAlreadyOwnedByYou", message, BucketName=name)

    def head_bucket(self, ctx, Bucket, ExpectedBucketOwner=None):
        bucket = self.bucket(Bucket, ExpectedBucketOwner)
        return {"BucketArn": bucket.arn, "BucketRegion": bucket.region, "AccessPointAlias": False}

    def get_bucket_location(self, ctx, Bucket, ExpectedBucketOwner=None):
        return {"LocationConstraint": self.bucket(Bucket, ExpectedBucketOwner).location or None}

    def list_buckets(self, ctx, MaxBuckets=None, ContinuationToken=None, Prefix=None, BucketRegion=None):
        after = marker_of(ContinuationToken) if ContinuationToken else ""
        found = sorted(
            (
                bucket
                for bucket in self.buckets.all()
                if bucket.name > after
                and bucket.name.startswith(Prefix or "")
                and BucketRegion in (None, bucket.region)
            ),
            key=lambda bucket: bucket.name,
        )
        shown = found[:MaxBuckets] if MaxBuckets else found
        return {
            "Buckets": [_listed(bucket) for bucket in shown],
            "Owner": self.owner,
            "Prefix": Prefix,
            "ContinuationToken": token_of(shown[-1].name) if len(found) > len(shown) else None,
        }

    def delete_bucket(self, ctx, Bucket, ExpectedBucketOwner=None):
        bucket = self.bucket(Bucket, ExpectedBucketOwner)
        if self.objects.count(Bucket):
            more = ". You must delete all versions in the bucket." if bucket.versioning else ""
            raise ApiError("BucketNotEmpty", f"The bucket you tried to delete is not empty{more}", BucketName=Bucket)
        for upload in self.uploads.all(Bucket):
            self.parts.clear(upload.id)
        self.uploads.clear(Bucket)
        self.buckets.delete(Bucket)
        self.owners.delete(Bucket)


def _listed(bucket: BucketRecord) -> dict[str, Any]:
    return {
        "Name": bucket.name,
        "CreationDate": bucket.created_at,
        "BucketRegion": bucket.region,
        "BucketArn": bucket.arn,
    }


def _location(constraint: str | None, region: str) -> str:
    """What GetBucketLocation will say; empty for us-east-1. Raises for what the endpoint's region does not take."""
    if region == "us-east-1":
        if constraint is None:
            return ""
        # Of the model's values, all but directory buckets' zones; us-east-1 itself is none.
        if (
            constraint
            not in load("s3")
            .operations["CreateBucket"]
            .input.members["CreateBucketConfiguration"]
            .members[  # type: ignore[union-attr]
                "LocationConstraint"
            ]
            .enum
        ):
            message = "The specified location-constraint is not valid"
            raise ApiError("InvalidLocationConstraint", message, LocationConstraint=constraint)
        return constraint
    if constraint == region or (constraint == "EU" and region == "eu-west-1"):
        return constraint
    named = "unspecified" if constraint is None else constraint
    raise ApiError("IllegalLocationConstraintException",
        f"The {named} location constraint is incompatible for the region specific endpoint this request was sent to.")  # fmt: skip


def _tags(tag_set: list[dict[str, Any]]) -> dict[str, str]:
    """CreateBucket words two of the faults of tags in its own way."""
    keys = [tag.get("Key") for tag in tag_set]
    if any(key is None or tag.get("Value") is None for key, tag in zip(keys, tag_set, strict=True)):
        raise malformed_xml()
    if len(set(keys)) != len(keys):
        raise ApiError("InternalError", "We encountered an internal error. Please try again.", status=500)
    if any(key.startswith("aws:") for key in keys if key):
        message = (
            'User-defined tag keys can\'t start with "aws:". This prefix is reserved for system tags. '
            'Remove "aws:" from your tag keys and try again.'
        )
        raise ApiError("InvalidTag", message)
    return tags.of_bucket(tag_set)
