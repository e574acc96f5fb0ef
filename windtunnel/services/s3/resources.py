"""AWS::S3::*: buckets and bucket policies in templates."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from windtunnel.aws.errors import ApiError
from windtunnel.aws.resources import ENFORCED, STORED, Physical, ResourceType, Wish, tags_of, unless_gone
from windtunnel.services.s3 import template

_SIMPLE: dict[str, tuple[str, str | None, Callable[[Any], dict[str, Any]]]] = {
    "VersioningConfiguration": ("PutBucketVersioning", None, template.versioning),
    "OwnershipControls": ("PutBucketOwnershipControls", "DeleteBucketOwnershipControls", template.ownership),
    "PublicAccessBlockConfiguration": ("PutPublicAccessBlock", "DeletePublicAccessBlock", template.public_access),
    "BucketEncryption": ("PutBucketEncryption", "DeleteBucketEncryption", template.encryption),
    "LifecycleConfiguration": ("PutBucketLifecycleConfiguration", "DeleteBucketLifecycle", template.lifecycle),
    "CorsConfiguration": ("PutBucketCors", "DeleteBucketCors", template.cors),
    "WebsiteConfiguration": ("PutBucketWebsite", "DeleteBucketWebsite", template.website),
    "LoggingConfiguration": ("PutBucketLogging", None, template.logging),
    "AccelerateConfiguration": ("PutBucketAccelerateConfiguration", None, template.accelerate),
    "NotificationConfiguration": ("PutBucketNotificationConfiguration", None, template.notifications),
}
"""Property → the operation that puts it, the one that takes it away, and how its members are spelled there."""

_EMPTY: dict[str, Any] = {
    "VersioningConfiguration": {"Status": "Suspended"},
    "LoggingConfiguration": {},
    "AccelerateConfiguration": {"AccelerationStatus": "Suspended"},
    "NotificationConfiguration": {},
}
"""What is put when a property leaves the template and no operation takes it away."""


class BucketType(ResourceType):
    type = "AWS::S3::Bucket"
    properties = {
        "AccessControl": STORED,
        "AccelerateConfiguration": STORED,
        "BucketEncryption": STORED,
        "BucketName": ENFORCED,
        "CorsConfiguration": STORED,
        "LifecycleConfiguration": STORED,
        "LoggingConfiguration": STORED,
        "NotificationConfiguration": ENFORCED,
        "OwnershipControls": ENFORCED,
        "PublicAccessBlockConfiguration": STORED,
        "Tags": STORED,
        "VersioningConfiguration": ENFORCED,
        "WebsiteConfiguration": STORED,
    }
    replaces = frozenset({"BucketName"})

    async def create(self, wish: Wish) -> Physical:
        name = wish.properties.get("BucketName") or wish.name[:63].strip("-").lower()
        wanted: dict[str, Any] = {"Bucket": name}
        if wish.region != "us-east-1":
            wanted["CreateBucketConfiguration"] = {"LocationConstraint": wish.region}
        rules = (wish.properties.get("OwnershipControls") or {}).get("Rules") or [{}]
        if rules[0].get("ObjectOwnership"):
            wanted["ObjectOwnership"] = rules[0]["ObjectOwnership"]
        if wish.properties.get("AccessControl"):
            wanted["ACL"] = template.canned(wish.properties["AccessControl"])
        await self._check_free(name)
        await self.call("s3", "CreateBucket", wanted)
        try:
            await self._configure(name, wish, {})
        except ApiError:
            await self.call("s3", "DeleteBucket", {"Bucket": name})
            raise
        return Physical(name, _attributes(name, wish.region))

    async def _check_free(self, name: str) -> None:
        """A template never takes over a bucket, although CreateBucket in us-east-1 would."""
        try:
            await self.call("s3", "HeadBucket", {"Bucket": name})
        except ApiError as error:
            if error.code == "NoSuchBucket":
                return
        raise ApiError("AlreadyExists", f"{name} already exists", status=400)

    async def update(self, physical: Physical, wish: Wish, old: dict[str, Any]) -> Physical:
        await self._configure(physical.id, wish, old)
        return physical

    async def _configure(self, name: str, wish: Wish, old: dict[str, Any]) -> None:
        tags = {
            key: value for key, value in {**wish.tags, **tags_of(wish.properties)}.items() if not key.startswith("aws:")
        }
        if tags:
            tag_set = [{"Key": key, "Value": value} for key, value in tags.items()]
            await self.call("s3", "PutBucketTagging", {"Bucket": name, "Tagging": {"TagSet": tag_set}})
        elif tags_of(old):
            await self.call("s3", "DeleteBucketTagging", {"Bucket": name})
        for property, (put, delete, spelled) in _SIMPLE.items():
            new = wish.properties.get(property)
            if new == old.get(property):
                continue
            if new is None and delete is not None:
                await self.call("s3", delete, {"Bucket": name})
            else:
                await self.call("s3", put, {"Bucket": name, **spelled(_EMPTY[property] if new is None else new)})

    async def delete(self, physical: Physical, properties: dict[str, Any]) -> None:
        await unless_gone(self.call("s3", "DeleteBucket", {"Bucket": physical.id}))


class BucketPolicyType(ResourceType):
    type = "AWS::S3::BucketPolicy"
    properties = {"Bucket": ENFORCED, "PolicyDocument": STORED}
    replaces = frozenset({"Bucket"})

    async def create(self, wish: Wish) -> Physical:
        document = wish.properties["PolicyDocument"]
        policy = document if isinstance(document, str) else json.dumps(document)
        await self.call("s3", "PutBucketPolicy", {"Bucket": wish.properties["Bucket"], "Policy": policy})
        return Physical(wish.properties["Bucket"])

    async def update(self, physical: Physical, wish: Wish, old: dict[str, Any]) -> Physical:
        return await self.create(wish)

    async def delete(self, physical: Physical, properties: dict[str, Any]) -> None:
        await unless_gone(self.call("s3", "DeleteBucketPolicy", {"Bucket": physical.id}))


def _attributes(name: str, region: str) -> dict[str, Any]:
    dash = "-" if region in _DASHED else "."
    return {
        "Arn": f"arn:aws:s3:::{name}",
        "DomainName": f"{name}.s3.amazonaws.com",
        "RegionalDomainName": f"{name}.s3.{region}.amazonaws.com",
        "DualStackDomainName": f"{name}.s3.dualstack.{region}.amazonaws.com",
        "WebsiteURL": f"http://{name}.s3-website{dash}{region}.amazonaws.com",
    }


# AWS: https://docs.aws.amazon.com/general/latest/gr/s3.html#s3_website_region_endpoints
_DASHED = frozenset({"us-east-1", "us-west-1", "us-west-2", "ap-southeast-1", "ap-southeast-2", "ap-northeast-1",
    "eu-west-1", "sa-east-1", "us-gov-west-1"})  # fmt: skip
