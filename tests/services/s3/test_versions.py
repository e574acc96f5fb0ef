"""Versions of objects and delete markers."""

from tests.services.s3.asking import body_of, refused


def test_versions_are_kept_and_listed_newest_first(s3, versioned):
    first = s3.put_object(Bucket=versioned, Key="a", Body=b"1")["VersionId"]
    second = s3.put_object(Bucket=versioned, Key="a", Body=b"2")["VersionId"]

    listed = s3.list_object_versions(Bucket=versioned)["Versions"]

    assert [(each["VersionId"], each["IsLatest"]) for each in listed] == [(second, True), (first, False)]
    assert body_of(s3, versioned, "a") == b"2"
    assert body_of(s3, versioned, "a", VersionId=first) == b"1"
    assert len(first) == 32


def test_deleting_hides_behind_a_marker_and_deleting_the_marker_brings_back(s3, versioned):
    s3.put_object(Bucket=versioned, Key="a", Body=b"1")

    marker = s3.delete_object(Bucket=versioned, Key="a")
    error, _ = refused(s3.get_object, Bucket=versioned, Key="a")
    back = s3.delete_object(Bucket=versioned, Key="a", VersionId=marker["VersionId"])

    assert marker["DeleteMarker"] is True
    assert error["Code"] == "NoSuchKey"
    assert (back["DeleteMarker"], back["VersionId"]) == (True, marker["VersionId"])
    assert body_of(s3, versioned, "a") == b"1"


def test_a_marker_cannot_be_read(s3, versioned):
    s3.put_object(Bucket=versioned, Key="a", Body=b"1")
    marker = s3.delete_object(Bucket=versioned, Key="a")["VersionId"]

    error, status = refused(s3.get_object, Bucket=versioned, Key="a", VersionId=marker)

    assert (error["Code"], error["Method"], error["ResourceType"]) == ("MethodNotAllowed", "GET", "DeleteMarker")
    assert status == 405


def test_what_was_there_before_versioning_is_the_null_version(s3, bucket):
    s3.put_object(Bucket=bucket, Key="a", Body=b"before")
    assert "VersionId" not in s3.get_object(Bucket=bucket, Key="a")
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})

    s3.put_object(Bucket=bucket, Key="a", Body=b"after")

    assert s3.get_object(Bucket=bucket, Key="a", VersionId="null")["Body"].read() == b"before"


def test_suspended_versioning_replaces_the_null_version_only(s3, versioned):
    kept = s3.put_object(Bucket=versioned, Key="a", Body=b"kept")["VersionId"]
    s3.put_bucket_versioning(Bucket=versioned, VersioningConfiguration={"Status": "Suspended"})

    put = s3.put_object(Bucket=versioned, Key="a", Body=b"1")
    s3.put_object(Bucket=versioned, Key="a", Body=b"2")

    listed = s3.list_object_versions(Bucket=versioned)["Versions"]
    assert [each["VersionId"] for each in listed] == ["null", kept]
    assert "VersionId" not in put
    assert s3.get_object(Bucket=versioned, Key="a")["VersionId"] == "null"


def test_a_version_that_is_not_there_is_named(s3, versioned):
    s3.put_object(Bucket=versioned, Key="a", Body=b"1")
    absent = "HPniJFCxqTsMuIH9KX8K8wEjNUgmABCD"

    missing, status = refused(s3.get_object, Bucket=versioned, Key="a", VersionId=absent)
    senseless, _ = refused(s3.get_object, Bucket=versioned, Key="a", VersionId="short")

    assert (missing["Code"], missing["VersionId"], status) == ("NoSuchVersion", absent, 404)
    assert (senseless["Code"], senseless["Message"]) == ("InvalidArgument", "Invalid version id specified")


def test_without_versioning_a_version_cannot_be_deleted(s3, bucket):
    s3.put_object(Bucket=bucket, Key="a", Body=b"1")
    absent = "HPniJFCxqTsMuIH9KX8K8wEjNUgmABCD"

    error, _ = refused(s3.delete_object, Bucket=bucket, Key="a", VersionId=absent)
    many = s3.delete_objects(Bucket=bucket, Delete={"Objects": [{"Key": "a", "VersionId": absent}]})

    assert (error["Code"], error["ArgumentName"]) == ("InvalidArgument", "versionId")
    assert many["Errors"] == [
        {
            "Key": "a",
            "VersionId": absent,
            "Code": "NoSuchVersion",
            "Message": "The specified version does not exist.",
        }
    ]


def test_pages_of_versions_go_on_inside_a_key(s3, versioned):
    ids = [s3.put_object(Bucket=versioned, Key="prefixed", Body=b"x")["VersionId"] for _ in range(5)][::-1]

    def page(**how):
        answer = s3.list_object_versions(Bucket=versioned, Prefix="prefix", **how)
        return [each["VersionId"] for each in answer.get("Versions", [])], answer

    shown, first = page(MaxKeys=3)
    marker = {"KeyMarker": first["NextKeyMarker"], "VersionIdMarker": first["NextVersionIdMarker"]}
    rest, second = page(MaxKeys=5, **marker)
    s3.delete_object(Bucket=versioned, Key="prefixed", VersionId=ids[2])
    after_delete, _ = page(MaxKeys=5, **marker)

    assert (shown, rest) == (ids[:3], ids[3:])
    assert (first["IsTruncated"], second["IsTruncated"]) == (True, False)
    assert after_delete == ids[3:]
    assert page(KeyMarker="prefixed")[0] == []


def test_many_objects_are_deleted_at_once(s3, bucket):
    for key in ("a", "b"):
        s3.put_object(Bucket=bucket, Key=key)

    answer = s3.delete_objects(Bucket=bucket, Delete={"Objects": [{"Key": "a"}, {"Key": "b"}, {"Key": "no"}]})
    quiet = s3.delete_objects(Bucket=bucket, Delete={"Objects": [{"Key": "a"}], "Quiet": True})

    assert answer["Deleted"] == [{"Key": "a"}, {"Key": "b"}, {"Key": "no"}]
    assert "Deleted" not in quiet
    assert s3.list_objects_v2(Bucket=bucket)["KeyCount"] == 0


def test_a_locked_version_is_not_deleted_before_its_time(cloud, s3):
    s3.create_bucket(Bucket="vault", ObjectLockEnabledForBucket=True)
    until = cloud.now + 3600
    id = s3.put_object(
        Bucket="vault", Key="a", Body=b"x", ObjectLockMode="COMPLIANCE", ObjectLockRetainUntilDate=until
    )["VersionId"]

    error, status = refused(s3.delete_object, Bucket="vault", Key="a", VersionId=id)
    cloud.advance(hours=2)
    s3.delete_object(Bucket="vault", Key="a", VersionId=id)

    assert (error["Code"], status) == ("AccessDenied", 403)
    assert error["Message"] == "Access Denied because object protected by object lock."
    assert "Versions" not in s3.list_object_versions(Bucket="vault")
