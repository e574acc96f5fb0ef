"""Amazon S3: buckets, objects and their versions, multipart uploads, notifications."""

from windtunnel.aws.operations import Declaration

declaration = Declaration(
    api="s3",
    nouns=(
        "buckets.Buckets",
        "configurations.Configurations",
        "named_configurations.NamedConfigurations",
        "bucket_rules.BucketRules",
        "versioning.Versioning",
        "acls.AccessControlLists",
        "objects.Objects",
        "reading.Reading",
        "attributes.Attributes",
        "copies.Copies",
        "deletions.Deletions",
        "listing.Listing",
        "versions.VersionListing",
        "uploads.Uploads",
        "completion.Completion",
        "upload_listing.UploadListing",
        "tagging.Tagging",
        "locks.Locks",
        "notifications.Notifications",
        "deliveries.Deliveries",
    ),
    types={"AWS::S3::Bucket": "resources.BucketType", "AWS::S3::BucketPolicy": "resources.BucketPolicyType"},
    world_wide=True,
)
