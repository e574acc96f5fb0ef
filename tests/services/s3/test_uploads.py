"""Multipart uploads."""

import hashlib

import pytest

from tests.services.s3.asking import body_of, refused

PART = b"a" * (5 * 1024 * 1024)


def begun(s3, bucket, key="big", **how):
    return {
        "Bucket": bucket,
        "Key": key,
        "UploadId": s3.create_multipart_upload(Bucket=bucket, Key=key, **how)["UploadId"],
    }


def uploaded(s3, upload, number, body, **how):
    return {"PartNumber": number, "ETag": s3.upload_part(**upload, PartNumber=number, Body=body, **how)["ETag"]}


def test_parts_become_an_object(s3, bucket):
    upload = begun(s3, bucket, ContentType="text/plain", Metadata={"a": "b"})
    parts = [uploaded(s3, upload, 1, PART), uploaded(s3, upload, 2, b"end")]

    done = s3.complete_multipart_upload(**upload, MultipartUpload={"Parts": parts})
    got = s3.get_object(Bucket=bucket, Key="big")

    digests = b"".join(hashlib.md5(body).digest() for body in (PART, b"end"))
    assert done["ETag"] == f'"{hashlib.md5(digests).hexdigest()}-2"'
    assert (done["Bucket"], done["Key"], done["ChecksumType"]) == (bucket, "big", "FULL_OBJECT")
    assert got["Body"].read() == PART + b"end"
    assert (got["ContentType"], got["Metadata"]) == ("text/plain", {"a": "b"})


def test_a_part_of_an_object_can_be_read(s3, bucket):
    upload = begun(s3, bucket)
    parts = [uploaded(s3, upload, 1, PART), uploaded(s3, upload, 2, b"end")]
    s3.complete_multipart_upload(**upload, MultipartUpload={"Parts": parts})

    part = s3.get_object(Bucket=bucket, Key="big", PartNumber=2)
    error, status = refused(s3.get_object, Bucket=bucket, Key="big", PartNumber=10)

    assert (part["Body"].read(), part["PartsCount"]) == (b"end", 2)
    assert part["ContentRange"] == "bytes 5242880-5242882/5242883"
    assert (error["ActualPartCount"], error["PartNumberRequested"], status) == ("2", "10", 416)


def test_the_checksum_of_the_whole_is_made_where_nobody_asked_for_one(s3, bucket):
    upload = begun(s3, bucket)
    parts = [uploaded(s3, upload, 1, b"a" * 10)]

    assert (
        s3.complete_multipart_upload(**upload, MultipartUpload={"Parts": parts})["ChecksumCRC64NVME"] == "DBqAA21lxVU="
    )


def test_the_checksum_of_checksums_counts_the_parts(s3, bucket):
    upload = begun(s3, bucket, ChecksumAlgorithm="CRC32")
    parts = []
    for number, body in ((1, PART + b"a"), (2, PART + b"a"), (3, b"a" * 10)):
        answer = s3.upload_part(**upload, PartNumber=number, Body=body, ChecksumAlgorithm="CRC32")
        parts.append({"PartNumber": number, "ETag": answer["ETag"], "ChecksumCRC32": answer["ChecksumCRC32"]})

    missing, _ = refused(
        s3.complete_multipart_upload,
        **upload,
        MultipartUpload={"Parts": [{**parts[0], "ChecksumCRC32": ""}, *parts[1:]]},
    )
    done = s3.complete_multipart_upload(**upload, MultipartUpload={"Parts": parts})

    assert missing["Message"].endswith("It was missing for part 1 in the request.")
    assert (done["ChecksumCRC32"], done["ChecksumType"]) == ("5FRUiw==-3", "COMPOSITE")


def test_only_the_last_part_may_be_small(s3, bucket):
    upload = begun(s3, bucket)
    parts = [uploaded(s3, upload, 1, b"test"), uploaded(s3, upload, 2, b"test")]

    error, _ = refused(s3.complete_multipart_upload, **upload, MultipartUpload={"Parts": parts})

    assert error["Code"] == "EntityTooSmall"
    assert (error["PartNumber"], error["ProposedSize"], error["MinSizeAllowed"]) == ("1", "4", "5242880")


def test_parts_that_were_not_uploaded_are_refused(s3, bucket):
    upload = begun(s3, bucket)
    part = uploaded(s3, upload, 1, b"test")

    etag, _ = refused(s3.complete_multipart_upload, **upload, MultipartUpload={"Parts": [{**part, "ETag": "0"}]})
    number, _ = refused(s3.complete_multipart_upload, **upload, MultipartUpload={"Parts": [{**part, "PartNumber": 2}]})
    order = {"Parts": [{**part, "PartNumber": 2}, part]}
    unordered, _ = refused(s3.complete_multipart_upload, **upload, MultipartUpload=order)
    none, _ = refused(s3.complete_multipart_upload, **upload)

    assert (etag["Code"], etag["PartNumber"]) == ("InvalidPart", "1")
    assert (number["Code"], number["PartNumber"]) == ("InvalidPart", "2")
    assert unordered["Code"] == "InvalidPartOrder"
    assert none["Message"] == "You must specify at least one part"


def test_an_upload_that_is_not_there_is_named(s3, bucket):
    upload = {"Bucket": bucket, "Key": "big", "UploadId": "fakeid"}

    error, status = refused(s3.upload_part, **upload, PartNumber=1, Body=b"x")

    assert (error["Code"], error["UploadId"], status) == ("NoSuchUpload", "fakeid", 404)


def test_an_aborted_upload_is_gone(s3, bucket):
    upload = begun(s3, bucket)
    uploaded(s3, upload, 1, b"x")

    s3.abort_multipart_upload(**upload)

    assert "Uploads" not in s3.list_multipart_uploads(Bucket=bucket)
    assert refused(s3.list_parts, **upload)[0]["Code"] == "NoSuchUpload"


def test_uploads_and_parts_are_listed_in_pages(s3, bucket):
    upload = begun(s3, bucket)
    for number in (3, 1, 2):
        uploaded(s3, upload, number, b"x")

    first = s3.list_parts(**upload, MaxParts=2)
    rest = s3.list_parts(**upload, PartNumberMarker=first["NextPartNumberMarker"])
    uploads = s3.list_multipart_uploads(Bucket=bucket)

    assert [part["PartNumber"] for part in first["Parts"]] == [1, 2]
    assert [part["PartNumber"] for part in rest["Parts"]] == [3]
    assert (first["IsTruncated"], rest["IsTruncated"]) == (True, False)
    assert [(each["Key"], each["UploadId"]) for each in uploads["Uploads"]] == [("big", upload["UploadId"])]


def test_a_part_can_be_a_copy_of_a_range(s3, bucket):
    s3.put_object(Bucket=bucket, Key="digits", Body=b"0123456789")
    upload = begun(s3, bucket)
    how = {**upload, "PartNumber": 1, "CopySource": f"{bucket}/digits"}

    part = s3.upload_part_copy(**how, CopySourceRange="bytes=0-8")["CopyPartResult"]
    s3.complete_multipart_upload(**upload, MultipartUpload={"Parts": [{"PartNumber": 1, "ETag": part["ETag"]}]})

    assert body_of(s3, bucket, "big") == b"012345678"


@pytest.mark.parametrize(
    ("header", "code"),
    [("0-8", "InvalidArgument"), ("bytes=1-0", "InvalidArgument"), ("bytes=0-100", "InvalidArgument"),
     ("bytes=100-200", "InvalidRequest")],
)  # fmt: skip
def test_a_range_to_copy_must_be_inside_the_source(s3, bucket, header, code):
    s3.put_object(Bucket=bucket, Key="digits", Body=b"0123456789")
    upload = begun(s3, bucket)

    error, _ = refused(
        s3.upload_part_copy, **upload, PartNumber=1, CopySource=f"{bucket}/digits", CopySourceRange=header
    )

    assert error["Code"] == code


def test_a_conditional_completion_fails_when_the_object_changed_meanwhile(s3, bucket):
    etag = s3.put_object(Bucket=bucket, Key="big", Body=b"old")["ETag"]
    upload = begun(s3, bucket)
    parts = {"Parts": [uploaded(s3, upload, 1, b"new")]}
    s3.put_object(Bucket=bucket, Key="big", Body=b"old")

    error, status = refused(s3.complete_multipart_upload, **upload, MultipartUpload=parts, IfMatch=etag)

    assert (error["Code"], error["Condition"], status) == ("ConditionalRequestConflict", "If-Match", 409)


def test_boto3_uploads_and_downloads_files_in_parts(s3, bucket, tmp_path):
    file = tmp_path / "big.bin"
    file.write_bytes(b"z" * 20_000_000)

    s3.upload_file(str(file), bucket, "file")
    s3.download_file(bucket, "file", str(tmp_path / "back.bin"))

    assert (tmp_path / "back.bin").read_bytes() == file.read_bytes()
