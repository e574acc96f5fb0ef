"""Copies of objects."""

from datetime import timedelta

from tests.services.s3.asking import body_of, refused


def test_a_copy_has_the_content_and_what_was_said_about_it(s3, bucket):
    s3.put_object(Bucket=bucket, Key="a", Body=b"x", ContentType="text/plain", Metadata={"k": "v"}, Tagging="t=1")

    answer = s3.copy_object(Bucket=bucket, Key="b", CopySource={"Bucket": bucket, "Key": "a"})
    got = s3.get_object(Bucket=bucket, Key="b")

    assert answer["CopyObjectResult"]["ETag"] == got["ETag"]
    assert (got["Body"].read(), got["ContentType"], got["Metadata"]) == (b"x", "text/plain", {"k": "v"})
    assert s3.get_object_tagging(Bucket=bucket, Key="b")["TagSet"] == [{"Key": "t", "Value": "1"}]


def test_what_is_said_can_be_replaced(s3, bucket):
    s3.put_object(Bucket=bucket, Key="a", Body=b"x", ContentType="text/plain", Metadata={"k": "v"}, Tagging="t=1")

    s3.copy_object(
        Bucket=bucket,
        Key="b",
        CopySource=f"{bucket}/a",
        MetadataDirective="REPLACE",
        Metadata={"other": "w"},
        TaggingDirective="REPLACE",
        Tagging="u=2",
    )
    got = s3.get_object(Bucket=bucket, Key="b")

    assert (got["ContentType"], got["Metadata"]) == ("binary/octet-stream", {"other": "w"})
    assert s3.get_object_tagging(Bucket=bucket, Key="b")["TagSet"] == [{"Key": "u", "Value": "2"}]


def test_a_copy_onto_itself_must_change_something(s3, bucket):
    s3.put_object(Bucket=bucket, Key="a", Body=b"x")
    itself = {"Bucket": bucket, "Key": "a", "CopySource": f"{bucket}/a"}

    error, _ = refused(s3.copy_object, **itself)
    s3.copy_object(**itself, StorageClass="STANDARD_IA")

    assert error["Code"] == "InvalidRequest"
    assert error["Message"].startswith("This copy request is illegal because it is trying to copy an object to itself")
    assert s3.head_object(Bucket=bucket, Key="a")["StorageClass"] == "STANDARD_IA"


def test_a_copy_of_an_uploaded_object_is_whole(s3, bucket):
    upload = {"Bucket": bucket, "Key": "a"}
    upload["UploadId"] = s3.create_multipart_upload(**upload)["UploadId"]
    part = s3.upload_part(**upload, PartNumber=1, Body=b"test content 123")
    s3.complete_multipart_upload(**upload, MultipartUpload={"Parts": [{"PartNumber": 1, "ETag": part["ETag"]}]})

    answer = s3.copy_object(Bucket=bucket, Key="b", CopySource=f"{bucket}/a")

    assert answer["CopyObjectResult"]["ETag"] == '"eee506dd7ada7ded524c77e359a0e7c6"'
    assert answer["CopyObjectResult"]["ChecksumCRC64NVME"] == "BsLNlKumA5I="


def test_a_copy_may_depend_on_its_source(cloud, s3, bucket):
    etag = s3.put_object(Bucket=bucket, Key="a", Body=b"x")["ETag"]
    changed = s3.head_object(Bucket=bucket, Key="a")["LastModified"]
    cloud.advance(60)
    later, earlier = changed + timedelta(seconds=30), changed - timedelta(seconds=30)

    for name, value in (
        ("IfMatch", '"0"'),
        ("IfNoneMatch", etag),
        ("IfModifiedSince", later),
        ("IfUnmodifiedSince", earlier),
    ):
        how = {f"CopySource{name}": value}
        error, status = refused(s3.copy_object, Bucket=bucket, Key="b", CopySource=f"{bucket}/a", **how)
        header = "".join(f"-{letter}" if letter.isupper() else letter for letter in name)
        assert (error["Condition"], status) == (f"x-amz-copy-source{header}", 412)
    s3.copy_object(Bucket=bucket, Key="b", CopySource=f"{bucket}/a", CopySourceIfModifiedSince=earlier)

    assert body_of(s3, bucket, "b") == b"x"


def test_an_old_version_can_be_copied_over_the_new_one(s3, versioned):
    old = s3.put_object(Bucket=versioned, Key="a", Body=b"old")["VersionId"]
    s3.put_object(Bucket=versioned, Key="a", Body=b"new")

    answer = s3.copy_object(
        Bucket=versioned, Key="a", CopySource={"Bucket": versioned, "Key": "a", "VersionId": old}
    )  # fmt: skip

    assert answer["CopySourceVersionId"] == old
    assert answer["VersionId"] != old
    assert body_of(s3, versioned, "a") == b"old"


def test_what_is_not_there_cannot_be_copied(s3, bucket):
    key, _ = refused(s3.copy_object, Bucket=bucket, Key="b", CopySource=f"{bucket}/no")
    place, _ = refused(s3.copy_object, Bucket=bucket, Key="b", CopySource="nowhere/no")

    assert (key["Code"], key["Key"]) == ("NoSuchKey", "no")
    assert (place["Code"], place["BucketName"]) == ("NoSuchBucket", "nowhere")
