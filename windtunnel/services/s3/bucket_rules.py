"""The rules of a bucket for browsers (CORS) and for the life of its objects: checked as S3 checks them, kept and shown."""

from __future__ import annotations

from typing import Any

from windtunnel.aws import timestamps
from windtunnel.aws.errors import ApiError
from windtunnel.services.s3.tables import S3Tables, invalid_argument, invalid_request, malformed_xml, required
from windtunnel.services.s3.tagging import UNCHECKED

_METHODS = ("GET", "PUT", "HEAD", "POST", "DELETE")
_MINIMUM_SIZES = ("varies_by_storage_class", "all_storage_classes_128K")
_ACTIONS = (
    "Expiration",
    "Transitions",
    "NoncurrentVersionTransitions",
    "NoncurrentVersionExpiration",
    "AbortIncompleteMultipartUpload",
)
_CONDITIONS = ("Prefix", "Tag", "ObjectSizeGreaterThan", "ObjectSizeLessThan", "And")
DAY_S = 86_400


class BucketRules(S3Tables):
    inert = {
        "PutBucketCors.ContentMD5": UNCHECKED,
        "PutBucketCors.ChecksumAlgorithm": UNCHECKED,
        "PutBucketCors.CORSConfiguration": "It is kept and shown; browsers are answered as if everything were allowed.",
        "PutBucketLifecycleConfiguration.ChecksumAlgorithm": UNCHECKED,
        "PutBucketLifecycleConfiguration.LifecycleConfiguration": (
            "It is kept, shown and announced in Expiration; no object is moved or ended by it."
        ),
    }

    def put_bucket_cors(self, ctx, Bucket, CORSConfiguration=None, ExpectedBucketOwner=None):
        bucket = self.bucket(Bucket, ExpectedBucketOwner)
        rules = required(CORSConfiguration).get("CORSRules")
        if not rules or len(rules) > 100:
            raise malformed_xml()
        for rule in rules:
            if not rule.get("AllowedMethods") or not rule.get("AllowedOrigins"):
                raise malformed_xml()
            for method in rule["AllowedMethods"]:
                if method not in _METHODS:
                    raise invalid_request(
                        f"Found unsupported HTTP method in CORS config. Unsupported method is {method}"
                    )
            for kind in ("AllowedOrigins", "AllowedHeaders"):
                for pattern in rule.get(kind) or ():
                    if pattern.count("*") > 1:
                        name = kind.removesuffix("s")
                        raise invalid_request(f'{name} "{pattern}" can not have more than one wildcard.')
        self.document(bucket, "cors", CORSConfiguration)

    def get_bucket_cors(self, ctx, Bucket, ExpectedBucketOwner=None):
        kept = self.bucket(Bucket, ExpectedBucketOwner).documents.get("cors")
        if kept is None:
            raise ApiError("NoSuchCORSConfiguration", "The CORS configuration does not exist", BucketName=Bucket)
        return {"CORSRules": kept["CORSRules"]}

    def delete_bucket_cors(self, ctx, Bucket, ExpectedBucketOwner=None):
        self.document(self.bucket(Bucket, ExpectedBucketOwner), "cors", None)

    def put_bucket_lifecycle_configuration(
        self,
        ctx,
        Bucket,
        LifecycleConfiguration=None,
        ExpectedBucketOwner=None,
        TransitionDefaultMinimumObjectSize=None,
    ):
        bucket = self.bucket(Bucket, ExpectedBucketOwner)
        size = TransitionDefaultMinimumObjectSize or _MINIMUM_SIZES[1]
        if size not in _MINIMUM_SIZES:
            raise invalid_request(f"Invalid TransitionDefaultMinimumObjectSize found: {size}")
        rules = (LifecycleConfiguration or {}).get("Rules") or []
        if not rules:
            raise malformed_xml()
        for rule in rules:
            check_lifecycle(rule)
        given = [rule["ID"] for rule in rules if rule.get("ID")]
        if len(set(given)) != len(given):
            raise invalid_argument("Rule ID must be unique. Found same ID for more than one rule", "ID")
        rules = [{**rule, "ID": rule.get("ID") or self.ids.uuid()} for rule in rules]
        self.document(bucket, "lifecycle", {"Rules": rules, "TransitionDefaultMinimumObjectSize": size})
        return {"TransitionDefaultMinimumObjectSize": size}

    def get_bucket_lifecycle_configuration(self, ctx, Bucket, ExpectedBucketOwner=None):
        kept: dict[str, Any] | None = self.bucket(Bucket, ExpectedBucketOwner).documents.get("lifecycle")
        if kept is None:
            message = "The lifecycle configuration does not exist"
            raise ApiError("NoSuchLifecycleConfiguration", message, BucketName=Bucket)
        return kept

    def delete_bucket_lifecycle(self, ctx, Bucket, ExpectedBucketOwner=None):
        self.document(self.bucket(Bucket, ExpectedBucketOwner), "lifecycle", None)


def check_lifecycle(rule: dict[str, Any]) -> None:
    """Raises MalformedXML, InvalidRequest or InvalidArgument for a rule that S3 does not take."""
    chosen = rule.get("Filter")
    if chosen is None and rule.get("Prefix") is None:
        raise malformed_xml()
    if rule.get("Status") not in ("Enabled", "Disabled"):
        raise malformed_xml()
    if chosen is not None:
        _check_filter(chosen)
    if not any(rule.get(action) for action in _ACTIONS):
        raise invalid_request("At least one action needs to be specified in a rule")
    if "NoncurrentVersionExpiration" in rule and not rule["NoncurrentVersionExpiration"].get("NoncurrentDays"):
        raise malformed_xml()
    expiration = rule.get("Expiration")
    if expiration is None:
        return
    said = [name for name in ("Days", "Date", "ExpiredObjectDeleteMarker") if expiration.get(name) is not None]
    if len(said) != 1:
        raise malformed_xml()
    if said == ["Days"] and expiration["Days"] <= 0:
        raise invalid_argument(
            "'Days' for Expiration action must be a positive integer", "Days", str(expiration["Days"])
        )
    if said == ["Date"] and expiration["Date"] % DAY_S:
        raise invalid_argument(
            "'Date' must be at midnight GMT", "Date", timestamps.iso_milliseconds(expiration["Date"])
        )


def _check_filter(chosen: dict[str, Any]) -> None:
    if sum(chosen.get(name) is not None for name in _CONDITIONS) > 1:
        raise malformed_xml()
    both = chosen.get("And")
    if both is None:
        return
    tags = both.get("Tags") or []
    if sum(both.get(name) is not None for name in _CONDITIONS) + len(tags) < 2:
        raise malformed_xml()
    keys = [tag.get("Key") for tag in tags]
    if len(set(keys)) != len(keys):
        raise invalid_request("Duplicate Tag Keys are not allowed.")
