"""Configurations of buckets that are put, shown and taken away as a whole. What they ask for is said at each."""

from __future__ import annotations

import json
from typing import Any

from msgspec.structs import replace

from windtunnel.aws.errors import ApiError
from windtunnel.services.s3.buckets import BLOCKED, OWNERSHIPS
from windtunnel.services.s3.tables import S3Tables, invalid_argument, invalid_request, malformed_xml, required
from windtunnel.services.s3.tagging import UNCHECKED

_PUT = (
    "PutBucketPolicy",
    "PutPublicAccessBlock",
    "PutBucketOwnershipControls",
    "PutBucketEncryption",
    "PutBucketWebsite",
    "PutBucketLogging",
    "PutBucketRequestPayment",
    "PutBucketReplication",
)
MAXIMUM_POLICY_BYTES = 20_480


class Configurations(S3Tables):
    inert = {
        **{f"{name}.{member}": UNCHECKED for name in _PUT for member in ("ContentMD5", "ChecksumAlgorithm")},
        "PutBucketPolicy.ConfirmRemoveSelfBucketAccess": "A policy locks nobody out here.",
        "PutBucketReplication.ReplicationConfiguration": "It is kept and shown; nothing is replicated.",
        "PutBucketReplication.Token": "It is kept and shown; nothing is replicated.",
        "PutBucketLogging.BucketLoggingStatus": "It is kept and shown; no access logs are written.",
        "PutBucketAccelerateConfiguration.AccelerateConfiguration": "It is kept and shown; nothing needs acceleration.",
        "PutBucketAccelerateConfiguration.ChecksumAlgorithm": UNCHECKED,
        "GetBucketAccelerateConfiguration.RequestPayer": "Nobody is billed here.",
        "PutBucketRequestPayment.RequestPaymentConfiguration": "It is kept and shown; nobody is billed here.",
        "PutBucketWebsite.WebsiteConfiguration": "It is kept and shown; websites are not served.",
        "PutPublicAccessBlock.PublicAccessBlockConfiguration": "It is kept and shown; nobody is refused for it.",
    }

    def put_bucket_policy(self, ctx, Bucket, Policy=None, ExpectedBucketOwner=None):
        bucket = self.bucket(Bucket, ExpectedBucketOwner)
        self.document(bucket, "policy", _policy(Policy or ""))

    def get_bucket_policy(self, ctx, Bucket, ExpectedBucketOwner=None):
        return {"Policy": self._kept(Bucket, ExpectedBucketOwner, "policy", "NoSuchBucketPolicy",
            "The bucket policy does not exist")}  # fmt: skip

    def delete_bucket_policy(self, ctx, Bucket, ExpectedBucketOwner=None):
        self._drop(Bucket, ExpectedBucketOwner, "policy")

    def put_public_access_block(self, ctx, Bucket, PublicAccessBlockConfiguration=None, ExpectedBucketOwner=None):
        bucket = self.bucket(Bucket, ExpectedBucketOwner)
        if not PublicAccessBlockConfiguration:
            raise invalid_request("Must specify at least one configuration.")
        wanted = {name: PublicAccessBlockConfiguration.get(name, False) for name in BLOCKED}
        self.document(bucket, "public_access_block", wanted)

    def get_public_access_block(self, ctx, Bucket, ExpectedBucketOwner=None):
        return {"PublicAccessBlockConfiguration": self._kept(Bucket, ExpectedBucketOwner, "public_access_block",
            "NoSuchPublicAccessBlockConfiguration", "The public access block configuration was not found")}  # fmt: skip

    def delete_public_access_block(self, ctx, Bucket, ExpectedBucketOwner=None):
        self._drop(Bucket, ExpectedBucketOwner, "public_access_block")

    def put_bucket_ownership_controls(self, ctx, Bucket, OwnershipControls=None, ExpectedBucketOwner=None):
        bucket = self.bucket(Bucket, ExpectedBucketOwner)
        rules = required(OwnershipControls).get("Rules") or []
        if len(rules) != 1 or rules[0].get("ObjectOwnership") not in OWNERSHIPS:
            raise malformed_xml()
        self.buckets.put(replace(bucket, ownership=rules[0]["ObjectOwnership"]))

    def get_bucket_ownership_controls(self, ctx, Bucket, ExpectedBucketOwner=None):
        bucket = self.bucket(Bucket, ExpectedBucketOwner)
        if not bucket.ownership:
            message = "The bucket ownership controls were not found"
            raise ApiError("OwnershipControlsNotFoundError", message, BucketName=Bucket)
        return {"OwnershipControls": {"Rules": [{"ObjectOwnership": bucket.ownership}]}}

    def delete_bucket_ownership_controls(self, ctx, Bucket, ExpectedBucketOwner=None):
        self.buckets.put(replace(self.bucket(Bucket, ExpectedBucketOwner), ownership=""))

    def put_bucket_encryption(self, ctx, Bucket, ServerSideEncryptionConfiguration=None, ExpectedBucketOwner=None):
        bucket = self.bucket(Bucket, ExpectedBucketOwner)
        rules = required(ServerSideEncryptionConfiguration).get("Rules") or []
        if len(rules) != 1 or not (rules[0].get("ApplyServerSideEncryptionByDefault") or {}).get("SSEAlgorithm"):
            raise malformed_xml()
        rule = {**rules[0], "BucketKeyEnabled": rules[0].get("BucketKeyEnabled") or False}
        default = rule["ApplyServerSideEncryptionByDefault"]
        if default["SSEAlgorithm"] not in ("AES256", "aws:kms", "aws:kms:dsse"):
            raise malformed_xml()
        if default["SSEAlgorithm"] == "AES256" and default.get("KMSMasterKeyID"):
            message = "a KMSMasterKeyID is not applicable if the default sse algorithm is not aws:kms or aws:kms:dsse"
            raise invalid_argument(message, "ApplyServerSideEncryptionByDefault")
        self.document(bucket, "encryption", {"Rules": [rule]})

    def get_bucket_encryption(self, ctx, Bucket, ExpectedBucketOwner=None):
        bucket = self.bucket(Bucket, ExpectedBucketOwner)
        default = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}, "BucketKeyEnabled": False}
        kept = bucket.documents.get("encryption", {"Rules": [default]})
        return {"ServerSideEncryptionConfiguration": kept or None}

    def delete_bucket_encryption(self, ctx, Bucket, ExpectedBucketOwner=None):
        self.document(self.bucket(Bucket, ExpectedBucketOwner), "encryption", {})

    def put_bucket_website(self, ctx, Bucket, WebsiteConfiguration=None, ExpectedBucketOwner=None):
        bucket = self.bucket(Bucket, ExpectedBucketOwner)
        wanted = required(WebsiteConfiguration)
        redirects, index = wanted.get("RedirectAllRequestsTo"), wanted.get("IndexDocument")
        if redirects and len(WebsiteConfiguration) > 1:
            raise invalid_argument("RedirectAllRequestsTo cannot be provided in conjunction with other Routing Rules.",
                "RedirectAllRequestsTo", "not null")  # fmt: skip
        if not redirects and not index:
            message = "A value for IndexDocument Suffix must be provided if RedirectAllRequestsTo is empty"
            raise invalid_argument(message, "IndexDocument", "null")
        if index and (not index.get("Suffix") or "/" in index["Suffix"]):
            raise invalid_argument(
                "The IndexDocument Suffix is not well formed", "IndexDocument", index.get("Suffix", "")
            )
        self.document(bucket, "website", WebsiteConfiguration)

    def get_bucket_website(self, ctx, Bucket, ExpectedBucketOwner=None):
        kept: dict[str, Any] = self._kept(Bucket, ExpectedBucketOwner, "website", "NoSuchWebsiteConfiguration",
            "The specified bucket does not have a website configuration")  # fmt: skip
        return kept

    def delete_bucket_website(self, ctx, Bucket, ExpectedBucketOwner=None):
        self._drop(Bucket, ExpectedBucketOwner, "website")

    def put_bucket_logging(self, ctx, Bucket, BucketLoggingStatus=None, ExpectedBucketOwner=None):
        bucket = self.bucket(Bucket, ExpectedBucketOwner)
        enabled = required(BucketLoggingStatus).get("LoggingEnabled")
        if enabled is not None:
            target = self.buckets.get(enabled.get("TargetBucket", ""))
            if target is None:
                message = "The target bucket for logging does not exist"
                raise ApiError("InvalidTargetBucketForLogging", message, TargetBucket=enabled.get("TargetBucket"))
            if target.region != bucket.region:
                message = "Cross S3 location logging not allowed. "
                raise ApiError("CrossLocationLoggingProhibitted", message, TargetBucketLocation=target.region)
        self.document(bucket, "logging", enabled)

    def get_bucket_logging(self, ctx, Bucket, ExpectedBucketOwner=None):
        return {"LoggingEnabled": self.bucket(Bucket, ExpectedBucketOwner).documents.get("logging")}

    def put_bucket_accelerate_configuration(self, ctx, Bucket, AccelerateConfiguration=None, ExpectedBucketOwner=None):
        bucket = self.bucket(Bucket, ExpectedBucketOwner)
        if "." in Bucket:
            raise invalid_request(
                "S3 Transfer Acceleration is not supported for buckets with periods (.) in their names"
            )
        if required(AccelerateConfiguration).get("Status") not in ("Enabled", "Suspended"):
            raise malformed_xml()
        self.document(bucket, "accelerate", AccelerateConfiguration["Status"])

    def get_bucket_accelerate_configuration(self, ctx, Bucket, ExpectedBucketOwner=None):
        return {"Status": self.bucket(Bucket, ExpectedBucketOwner).documents.get("accelerate")}

    def put_bucket_request_payment(self, ctx, Bucket, RequestPaymentConfiguration=None, ExpectedBucketOwner=None):
        bucket = self.bucket(Bucket, ExpectedBucketOwner)
        if required(RequestPaymentConfiguration).get("Payer") not in ("Requester", "BucketOwner"):
            raise malformed_xml()
        self.document(bucket, "payer", RequestPaymentConfiguration["Payer"])

    def get_bucket_request_payment(self, ctx, Bucket, ExpectedBucketOwner=None):
        return {"Payer": self.bucket(Bucket, ExpectedBucketOwner).documents.get("payer", "BucketOwner")}

    def put_bucket_replication(self, ctx, Bucket, ReplicationConfiguration=None, ExpectedBucketOwner=None):
        bucket = self.bucket(Bucket, ExpectedBucketOwner)
        if bucket.versioning != "Enabled":
            raise invalid_request("Versioning must be 'Enabled' on the bucket to apply a replication configuration")
        if not required(ReplicationConfiguration).get("Rules"):
            raise malformed_xml()
        rules = [{**rule, "ID": rule.get("ID") or self.ids.uuid()} for rule in ReplicationConfiguration["Rules"]]
        self.document(bucket, "replication", {**ReplicationConfiguration, "Rules": rules})

    def get_bucket_replication(self, ctx, Bucket, ExpectedBucketOwner=None):
        return {"ReplicationConfiguration": self._kept(Bucket, ExpectedBucketOwner, "replication",
            "ReplicationConfigurationNotFoundError", "The replication configuration was not found")}  # fmt: skip

    def delete_bucket_replication(self, ctx, Bucket, ExpectedBucketOwner=None):
        self._drop(Bucket, ExpectedBucketOwner, "replication")

    def _kept(self, name: str, owner: str | None, kind: str, code: str, message: str) -> Any:
        kept = self.bucket(name, owner).documents.get(kind)
        if kept is None:
            raise ApiError(code, message, BucketName=name)
        return kept

    def _drop(self, name: str, owner: str | None, kind: str) -> None:
        self.document(self.bucket(name, owner), kind, None)


def _policy(text: str) -> str:
    """Raises MalformedPolicy."""
    if len(text.encode()) > MAXIMUM_POLICY_BYTES:
        raise ApiError("PolicyTooLarge", "Policy size exceeds the maximum allowed size.")
    try:
        policy = json.loads(text) if text.startswith("{") else None
    except ValueError:
        policy = None
    if not isinstance(policy, dict):
        raise ApiError("MalformedPolicy", "Policies must be valid JSON and the first byte must be '{'")
    if not policy.get("Statement"):
        raise ApiError("MalformedPolicy", "Missing required field Statement")
    return text
