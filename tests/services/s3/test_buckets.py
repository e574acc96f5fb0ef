"""Buckets: made, found, listed, deleted."""

import pytest

from tests.services.s3.asking import refused


def test_a_new_bucket_says_where_it_is(cloud, s3):
    made = s3.create_bucket(Bucket="things")
    head = s3.head_bucket(Bucket="things")

    assert made["Location"] == "/things"
    assert made["BucketArn"] == "arn:aws:s3:::things"
    assert (head["BucketRegion"], head["AccessPointAlias"]) == ("us-east-1", False)
    assert s3.get_bucket_location(Bucket="things")["LocationConstraint"] is None


def test_a_bucket_of_another_region_says_so(s3):
    made = s3.create_bucket(Bucket="far", CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})

    assert made["Location"] == "http://far.s3.amazonaws.com/"
    assert s3.get_bucket_location(Bucket="far")["LocationConstraint"] == "eu-central-1"


def test_a_region_that_is_none_is_refused(s3):
    for wrong in ("foo", "us-east-1"):
        error, status = refused(s3.create_bucket, Bucket="far", CreateBucketConfiguration={"LocationConstraint": wrong})
        assert (error["Code"], error["LocationConstraint"]) == ("InvalidLocationConstraint", wrong)
        assert (error["Message"], status) == ("The specified location-constraint is not valid", 400)


def test_outside_us_east_1_a_bucket_needs_the_region_of_the_endpoint(cloud):
    s3 = cloud.client("s3", region="us-east-2")

    unspecified, _ = refused(s3.create_bucket, Bucket="far")
    other, _ = refused(s3.create_bucket, Bucket="far", CreateBucketConfiguration={"LocationConstraint": "us-west-1"})

    words = "location constraint is incompatible for the region specific endpoint this request was sent to."
    assert unspecified["Code"] == other["Code"] == "IllegalLocationConstraintException"
    assert unspecified["Message"] == f"The unspecified {words}"
    assert other["Message"] == f"The us-west-1 {words}"


@pytest.mark.parametrize("name", ["Big", "192.168.0.1", "two..dots", "xn--thing", "under_score"])
def test_a_name_that_is_none_is_refused(cloud, name):
    from botocore.config import Config

    s3 = cloud.client("s3", config=Config(s3={"addressing_style": "path"}))

    error, _ = refused(s3.create_bucket, Bucket=name)

    assert (error["Code"], error["Message"]) == ("InvalidBucketName", "The specified bucket is not valid.")


def test_in_us_east_1_ones_own_bucket_may_be_made_again(s3, bucket):
    assert s3.create_bucket(Bucket=bucket)["Location"] == "/things"


def test_elsewhere_ones_own_bucket_may_not_be_made_again(cloud):
    s3 = cloud.client("s3", region="eu-west-1")
    where = {"LocationConstraint": "eu-west-1"}
    s3.create_bucket(Bucket="things", CreateBucketConfiguration=where)

    error, status = refused(s3.create_bucket, Bucket="things", CreateBucketConfiguration=where)

    assert (error["Code"], status) == ("BucketAlreadyOwnedByYou", 409)


def test_a_name_that_another_account_has_is_taken(cloud, bucket):
    other = cloud.client("s3", account="222222222222")

    error, status = refused(other.create_bucket, Bucket=bucket)
    denied, _ = refused(other.list_objects_v2, Bucket=bucket)

    assert (error["Code"], status) == ("BucketAlreadyExists", 409)
    assert denied["Code"] == "AccessDenied"


def test_buckets_are_seen_from_every_region(cloud, s3, bucket):
    far = cloud.client("s3", region="ap-south-1")

    assert [each["Name"] for each in far.list_buckets()["Buckets"]] == [bucket]


def test_buckets_are_listed_by_prefix_region_and_page(s3):
    for name in ("alpha", "beta", "beta-2"):
        s3.create_bucket(Bucket=name)
    s3.create_bucket(Bucket="gamma", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})

    def names(**how):
        return [each["Name"] for each in s3.list_buckets(**how)["Buckets"]]

    first = s3.list_buckets(MaxBuckets=3)
    assert names(Prefix="beta") == ["beta", "beta-2"]
    assert names(BucketRegion="eu-west-1") == ["gamma"]
    assert names(MaxBuckets=3, ContinuationToken=first["ContinuationToken"]) == ["gamma"]


def test_a_bucket_with_objects_is_not_deleted(s3, bucket):
    s3.put_object(Bucket=bucket, Key="a")

    error, status = refused(s3.delete_bucket, Bucket=bucket)
    s3.delete_object(Bucket=bucket, Key="a")
    s3.delete_bucket(Bucket=bucket)

    assert (error["Code"], error["BucketName"], status) == ("BucketNotEmpty", bucket, 409)
    assert error["Message"] == "The bucket you tried to delete is not empty"
    assert s3.list_buckets()["Buckets"] == []


def test_a_bucket_that_is_not_there_is_named(s3):
    error, status = refused(s3.list_objects_v2, Bucket="nowhere")
    _, head_status = refused(s3.head_bucket, Bucket="nowhere")

    assert error == {
        "Code": "NoSuchBucket",
        "Message": "The specified bucket does not exist",
        "BucketName": "nowhere",
    }
    assert status == head_status == 404


def test_the_expected_owner_is_compared(s3, bucket):
    s3.list_objects_v2(Bucket=bucket, ExpectedBucketOwner="000000000000")
    other, status = refused(s3.list_objects_v2, Bucket=bucket, ExpectedBucketOwner="111111111111")
    none, _ = refused(s3.list_objects_v2, Bucket=bucket, ExpectedBucketOwner="abcd")

    assert (other["Code"], status) == ("AccessDenied", 403)
    assert none["Code"] == "InvalidBucketOwnerAWSAccountID"
    assert none["Message"].endswith("must be an AWS Account ID... [abcd]")
