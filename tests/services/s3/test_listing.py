"""Listings: order, prefixes, delimiters, pages, encoding."""

import pytest

from tests.services.s3.asking import keys_of, refused


def filled(s3, bucket, *keys):
    for key in keys:
        s3.put_object(Bucket=bucket, Key=key, Body=b"x")


def test_keys_are_listed_in_the_order_of_their_bytes(s3, bucket):
    filled(s3, bucket, "b", "a/2", "é", "A", "a/10")

    listed = s3.list_objects_v2(Bucket=bucket)

    assert keys_of(listed) == ["A", "a/10", "a/2", "b", "é"]
    assert (listed["KeyCount"], listed["MaxKeys"], listed["IsTruncated"]) == (5, 1000, False)
    assert listed["Contents"][0]["StorageClass"] == "STANDARD"
    assert "Owner" not in listed["Contents"][0]


def test_a_delimiter_folds_keys_into_common_prefixes(s3, bucket):
    filled(s3, bucket, "folder/a/1", "folder/a/2", "folder/file", "other")

    listed = s3.list_objects_v2(Bucket=bucket, Prefix="folder/", Delimiter="/")

    assert keys_of(listed) == ["folder/file"]
    assert listed["CommonPrefixes"] == [{"Prefix": "folder/a/"}]
    assert listed["KeyCount"] == 2


def test_pages_go_on_after_a_common_prefix(s3, bucket):
    filled(s3, bucket, "folder/a/1", "folder/a/2", "folder/file1", "folder/file2")
    how = {"Bucket": bucket, "Prefix": "folder/", "Delimiter": "/", "MaxKeys": 1}

    first = s3.list_objects_v2(**how)
    second = s3.list_objects_v2(**how, ContinuationToken=first["NextContinuationToken"])
    third = s3.list_objects_v2(**how, ContinuationToken=second["NextContinuationToken"])

    assert first["CommonPrefixes"] == [{"Prefix": "folder/a/"}]
    assert keys_of(second) == ["folder/file1"]
    assert keys_of(third) == ["folder/file2"]
    assert (first["IsTruncated"], third["IsTruncated"]) == (True, False)


def test_a_listing_starts_after_a_key_unless_a_token_says_otherwise(s3, bucket):
    filled(s3, bucket, "a", "b", "c", "d")
    token = s3.list_objects_v2(Bucket=bucket, MaxKeys=1)["NextContinuationToken"]

    after = s3.list_objects_v2(Bucket=bucket, StartAfter="b")
    both = s3.list_objects_v2(Bucket=bucket, StartAfter="c", ContinuationToken=token)

    assert (keys_of(after), after["StartAfter"]) == (["c", "d"], "b")
    assert keys_of(both) == ["b", "c", "d"]
    assert "StartAfter" not in both


def test_a_token_that_is_none_is_refused(s3, bucket):
    error, _ = refused(s3.list_objects_v2, Bucket=bucket, ContinuationToken="")

    assert error == {
        "Code": "InvalidArgument",
        "Message": "The continuation token provided is incorrect",
        "ArgumentName": "continuation-token",
    }


def test_the_old_listing_names_the_next_marker_only_with_a_delimiter(s3, bucket):
    filled(s3, bucket, "a", "b", "c")

    with_delimiter = s3.list_objects(Bucket=bucket, MaxKeys=1, Delimiter="/")
    without = s3.list_objects(Bucket=bucket, MaxKeys=1, Marker="a")

    assert (with_delimiter["NextMarker"], with_delimiter["IsTruncated"]) == ("a", True)
    assert "NextMarker" not in without
    assert keys_of(without) == ["b"]
    assert without["Contents"][0]["Owner"]["ID"]


def test_no_keys_at_all_may_be_asked_for(s3, bucket):
    filled(s3, bucket, "a")

    listed = s3.list_objects_v2(Bucket=bucket, MaxKeys=0)

    assert (keys_of(listed), listed["IsTruncated"], listed["KeyCount"]) == ([], False, 0)


def test_an_encoding_that_is_none_is_refused(s3, bucket):
    error, _ = refused(s3.list_objects_v2, Bucket=bucket, EncodingType="base64")

    assert (error["Code"], error["ArgumentName"]) == ("InvalidArgument", "encoding-type")


@pytest.mark.parametrize("key", ["test key//", "a/😀/", "file%2Fname", "date=2026-01-01/", "test%percent"])
def test_any_key_comes_back_as_it_was(s3, bucket, key):
    filled(s3, bucket, key)

    assert keys_of(s3.list_objects_v2(Bucket=bucket)) == [key]


def test_more_than_a_thousand_keys_come_in_pages(s3, bucket):
    filled(s3, bucket, *(f"key-{number:04}" for number in range(1005)))

    pages = list(s3.get_paginator("list_objects_v2").paginate(Bucket=bucket))

    assert [len(page["Contents"]) for page in pages] == [1000, 5]
