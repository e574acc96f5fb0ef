"""Configurations of buckets: put, shown, taken away, and missed."""

import json

import pytest

from tests.services.s3.asking import refused

POLICY = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "s3:*"}]})
RULE = {"ID": "week", "Filter": {"Prefix": ""}, "Status": "Enabled", "Expiration": {"Days": 7}}


@pytest.mark.parametrize(
    ("operation", "code", "words"),
    [
        ("get_bucket_policy", "NoSuchBucketPolicy", "The bucket policy does not exist"),
        ("get_bucket_cors", "NoSuchCORSConfiguration", "The CORS configuration does not exist"),
        ("get_bucket_tagging", "NoSuchTagSet", "The TagSet does not exist"),
        (
            "get_bucket_lifecycle_configuration",
            "NoSuchLifecycleConfiguration",
            "The lifecycle configuration does not exist",
        ),
        (
            "get_bucket_website",
            "NoSuchWebsiteConfiguration",
            "The specified bucket does not have a website configuration",
        ),
        (
            "get_bucket_replication",
            "ReplicationConfigurationNotFoundError",
            "The replication configuration was not found",
        ),
        (
            "get_object_lock_configuration",
            "ObjectLockConfigurationNotFoundError",
            "Object Lock configuration does not exist for this bucket",
        ),
    ],
)
def test_what_was_never_put_is_missed_in_its_own_words(s3, bucket, operation, code, words):
    error, status = refused(getattr(s3, operation), Bucket=bucket)

    assert (error["Code"], error["Message"], error["BucketName"], status) == (code, words, bucket, 404)


def test_a_new_bucket_has_the_defaults_of_aws(s3, bucket):
    blocked = s3.get_public_access_block(Bucket=bucket)["PublicAccessBlockConfiguration"]
    encryption = s3.get_bucket_encryption(Bucket=bucket)["ServerSideEncryptionConfiguration"]["Rules"]
    ownership = s3.get_bucket_ownership_controls(Bucket=bucket)["OwnershipControls"]["Rules"]

    assert set(blocked.values()) == {True}
    assert encryption == [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}, "BucketKeyEnabled": False}]
    assert ownership == [{"ObjectOwnership": "BucketOwnerEnforced"}]
    assert "Status" not in s3.get_bucket_versioning(Bucket=bucket)
    assert s3.get_bucket_request_payment(Bucket=bucket)["Payer"] == "BucketOwner"


def test_a_policy_is_kept_until_it_is_deleted(s3, bucket):
    s3.put_bucket_policy(Bucket=bucket, Policy=POLICY)
    assert s3.get_bucket_policy(Bucket=bucket)["Policy"] == POLICY

    s3.delete_bucket_policy(Bucket=bucket)

    assert refused(s3.get_bucket_policy, Bucket=bucket)[0]["Code"] == "NoSuchBucketPolicy"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("invalid", "Policies must be valid JSON and the first byte must be '{'"),
        ("{}", "Missing required field Statement"),
    ],
)
def test_a_policy_that_is_none_is_refused(s3, bucket, text, words):
    error, _ = refused(s3.put_bucket_policy, Bucket=bucket, Policy=text)

    assert (error["Code"], error["Message"]) == ("MalformedPolicy", words)


def test_rules_for_browsers_are_kept_and_checked(s3, bucket):
    rule = {"AllowedMethods": ["GET", "PUT"], "AllowedOrigins": ["https://test.com"], "MaxAgeSeconds": 3000}
    s3.put_bucket_cors(Bucket=bucket, CORSConfiguration={"CORSRules": [rule]})

    wrong = {"CORSRules": [{**rule, "AllowedMethods": ["FETCH"]}]}
    error, _ = refused(s3.put_bucket_cors, Bucket=bucket, CORSConfiguration=wrong)

    assert s3.get_bucket_cors(Bucket=bucket)["CORSRules"] == [rule]
    assert error["Code"] == "InvalidRequest"


def test_a_lifecycle_is_kept_and_announced(s3, bucket):
    s3.put_bucket_lifecycle_configuration(Bucket=bucket, LifecycleConfiguration={"Rules": [RULE]})

    kept = s3.get_bucket_lifecycle_configuration(Bucket=bucket)
    put = s3.put_object(Bucket=bucket, Key="a")

    assert kept["Rules"] == [RULE]
    assert kept["TransitionDefaultMinimumObjectSize"] == "all_storage_classes_128K"
    assert put["Expiration"] == 'expiry-date="Thu, 08 Jan 2026 00:00:00 GMT", rule-id="week"'


@pytest.mark.parametrize(
    "wrong",
    [
        {"Filter": None},
        {"Expiration": {"Days": 1, "ExpiredObjectDeleteMarker": True}},
        {"Filter": {"Prefix": "a", "And": {"Prefix": "b", "ObjectSizeLessThan": 1}}},
        {"Filter": {"And": {"ObjectSizeGreaterThan": 1}}},
    ],
)
def test_a_lifecycle_rule_that_contradicts_itself_is_refused(s3, bucket, wrong):
    rule = {name: value for name, value in {**RULE, **wrong}.items() if value is not None}

    error, _ = refused(s3.put_bucket_lifecycle_configuration, Bucket=bucket, LifecycleConfiguration={"Rules": [rule]})

    assert error["Code"] == "MalformedXML"


def test_a_date_of_a_lifecycle_rule_is_a_midnight(s3, bucket):
    rule = {**RULE, "Expiration": {"Date": "2030-01-01T01:00:00Z"}}

    error, _ = refused(s3.put_bucket_lifecycle_configuration, Bucket=bucket, LifecycleConfiguration={"Rules": [rule]})

    assert (error["Code"], error["Message"]) == ("InvalidArgument", "'Date' must be at midnight GMT")


def test_logs_go_to_a_bucket_that_is_there(s3, bucket):
    def wanted(target):
        return {"LoggingEnabled": {"TargetBucket": target, "TargetPrefix": "log/"}}

    error, _ = refused(s3.put_bucket_logging, Bucket=bucket, BucketLoggingStatus=wanted("nowhere"))
    s3.put_bucket_logging(Bucket=bucket, BucketLoggingStatus=wanted(bucket))

    assert (error["Code"], error["TargetBucket"]) == ("InvalidTargetBucketForLogging", "nowhere")
    assert s3.get_bucket_logging(Bucket=bucket)["LoggingEnabled"]["TargetPrefix"] == "log/"


def test_replication_needs_versions(s3, bucket):
    rules = [{"Status": "Enabled", "Destination": {"Bucket": "arn:aws:s3:::other"}, "ID": "id", "Prefix": ""}]
    wanted = {"Role": "arn:aws:iam::000000000000:role/r", "Rules": rules}

    error, _ = refused(s3.put_bucket_replication, Bucket=bucket, ReplicationConfiguration=wanted)

    assert error["Message"] == "Versioning must be 'Enabled' on the bucket to apply a replication configuration"


def test_configurations_with_an_id_are_kept_apart(s3, bucket):
    for id in ("z", "a"):
        s3.put_bucket_metrics_configuration(Bucket=bucket, Id=id, MetricsConfiguration={"Id": id})
    listed = s3.list_bucket_metrics_configurations(Bucket=bucket)["MetricsConfigurationList"]
    s3.delete_bucket_metrics_configuration(Bucket=bucket, Id="z")

    error, _ = refused(s3.get_bucket_metrics_configuration, Bucket=bucket, Id="z")
    other = {"Bucket": bucket, "Id": "a", "MetricsConfiguration": {"Id": "b"}}
    contradiction, _ = refused(s3.put_bucket_metrics_configuration, **other)

    assert listed == [{"Id": "a"}, {"Id": "z"}]
    assert (error["Code"], error["Message"]) == ("NoSuchConfiguration", "The specified configuration does not exist.")
    assert contradiction["Code"] == "MalformedXML"


def test_access_control_lists_are_for_buckets_that_allow_them(s3, bucket):
    refusal, _ = refused(s3.put_bucket_acl, Bucket=bucket, ACL="public-read")
    s3.put_bucket_ownership_controls(
        Bucket=bucket, OwnershipControls={"Rules": [{"ObjectOwnership": "ObjectWriter"}]}
    )  # fmt: skip

    s3.put_bucket_acl(Bucket=bucket, ACL="public-read")

    grants = s3.get_bucket_acl(Bucket=bucket)["Grants"]
    assert refusal["Code"] == "AccessControlListNotSupported"
    assert [grant["Permission"] for grant in grants] == ["FULL_CONTROL", "READ"]
    assert grants[1]["Grantee"]["URI"] == "http://acs.amazonaws.com/groups/global/AllUsers"


@pytest.mark.parametrize(
    ("given", "code", "words"),
    [
        ({}, "MissingSecurityHeader", "Your request was missing a required header"),
        ({"ACL": "private", "GrantRead": 'id="1"'}, "InvalidRequest",
         "Specifying both Canned ACLs and Header Grants is not allowed"),
        ({"GrantWrite": 'fakekey="1234"'}, "InvalidArgument", "Argument format not recognized"),
        ({"GrantWrite": 'id="wrong-id"'}, "InvalidArgument", "Invalid id"),
        ({"GrantWrite": 'uri="http://acs.amazonaws.com/groups/s3/FakeGroup"'}, "InvalidArgument", "Invalid group uri"),
        ({"AccessControlPolicy": {"Grants": []}}, "MalformedACLError",
         "The XML you provided was not well-formed or did not validate against our published schema"),
    ],
)  # fmt: skip
def test_access_control_lists_that_are_none_are_refused(s3, bucket, given, code, words):
    error, _ = refused(s3.put_bucket_acl, Bucket=bucket, **given)

    assert (error["Code"], error["Message"]) == (code, words)


def test_tags_of_buckets_and_objects(s3, bucket):
    tags = [{"Key": "b", "Value": "2"}, {"Key": "a", "Value": "1"}]
    s3.put_object(Bucket=bucket, Key="k", Tagging="x=1")

    s3.put_bucket_tagging(Bucket=bucket, Tagging={"TagSet": tags})
    s3.put_object_tagging(Bucket=bucket, Key="k", Tagging={"TagSet": tags})

    assert s3.get_bucket_tagging(Bucket=bucket)["TagSet"] == tags
    assert s3.get_object_tagging(Bucket=bucket, Key="k")["TagSet"] == tags[::-1]
    assert s3.head_object(Bucket=bucket, Key="k")["TagCount"] == 2


@pytest.mark.parametrize(
    ("tags", "words"),
    [
        ([("Key1", "a"), ("Key1", "b")], "Cannot provide multiple Tags with the same key"),
        ([("Key1,Key2", "a")], "The TagKey you have provided is invalid"),
        ([("Key1", "Val1,Val2")], "The TagValue you have provided is invalid"),
        ([("aws:prefixed", "a")], "System tags cannot be added/updated by requester"),
    ],
)
def test_tags_that_are_none_are_refused(s3, bucket, tags, words):
    tag_set = [{"Key": key, "Value": value} for key, value in tags]

    error, _ = refused(s3.put_bucket_tagging, Bucket=bucket, Tagging={"TagSet": tag_set})

    assert (error["Code"], error["Message"]) == ("InvalidTag", words)
