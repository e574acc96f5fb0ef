"""Objects: put and read, whole and in part, with conditions and checksums."""

import base64
import hashlib
import urllib.request

import pytest

from tests.services.s3.asking import body_of, refused


def test_what_is_put_is_read_with_all_that_was_said_about_it(s3, bucket):
    put = s3.put_object(
        Bucket=bucket,
        Key="a/b c.txt",
        Body=b"hello",
        ContentType="text/plain",
        CacheControl="no-cache",
        ContentDisposition='attachment; filename="foo.jpg"',
        Metadata={"Colour": "blue"},
    )
    got = s3.get_object(Bucket=bucket, Key="a/b c.txt")

    assert put["ETag"] == got["ETag"] == f'"{hashlib.md5(b"hello").hexdigest()}"'
    assert got["Body"].read() == b"hello"
    assert (got["ContentType"], got["CacheControl"], got["Metadata"]) == ("text/plain", "no-cache", {"colour": "blue"})
    assert got["ContentDisposition"] == 'attachment; filename="foo.jpg"'
    assert (got["AcceptRanges"], got["ContentLength"], got["ServerSideEncryption"]) == ("bytes", 5, "AES256")


def test_an_object_that_says_no_type_is_binary(s3, bucket):
    s3.put_object(Bucket=bucket, Key="a", Body=b"x")

    assert s3.head_object(Bucket=bucket, Key="a")["ContentType"] == "binary/octet-stream"


def test_a_key_that_is_not_there_is_named(s3, bucket):
    error, status = refused(s3.get_object, Bucket=bucket, Key="no")
    head, head_status = refused(s3.head_object, Bucket=bucket, Key="no")

    assert error == {"Code": "NoSuchKey", "Message": "The specified key does not exist.", "Key": "no"}
    assert (head["Code"], head["Message"]) == ("404", "Not Found")
    assert status == head_status == 404


@pytest.mark.parametrize(
    ("header", "content", "said"),
    [
        ("bytes=0-8", b"012345678", "bytes 0-8/10"),
        ("bytes=1-", b"123456789", "bytes 1-9/10"),
        ("bytes=-2", b"89", "bytes 8-9/10"),
        ("bytes=-15", b"0123456789", "bytes 0-9/10"),
        ("bytes=0-100", b"0123456789", "bytes 0-9/10"),
    ],
)
def test_a_range_is_a_part_of_the_body(s3, bucket, header, content, said):
    s3.put_object(Bucket=bucket, Key="digits", Body=b"0123456789")

    got = s3.get_object(Bucket=bucket, Key="digits", Range=header)

    assert (got["Body"].read(), got["ContentRange"], got["ContentLength"]) == (content, said, len(content))


def test_a_part_of_a_body_has_a_status_of_its_own(s3, bucket):
    s3.put_object(Bucket=bucket, Key="digits", Body=b"0123456789")

    got = s3.get_object(Bucket=bucket, Key="digits", Range="bytes=0-1")

    assert got["ResponseMetadata"]["HTTPStatusCode"] == 206


@pytest.mark.parametrize("header", ["bytes=-", "bytes=1-0", "bytes=0-1,3-4", "0-3"])
def test_a_range_that_makes_no_sense_is_passed_over(s3, bucket, header):
    s3.put_object(Bucket=bucket, Key="digits", Body=b"0123456789")

    got = s3.get_object(Bucket=bucket, Key="digits", Range=header)

    assert got["ResponseMetadata"]["HTTPStatusCode"] == 200
    assert got["Body"].read() == b"0123456789"


@pytest.mark.parametrize("header", ["bytes=100-200", "bytes=-0"])
def test_a_range_behind_the_end_is_refused(s3, bucket, header):
    s3.put_object(Bucket=bucket, Key="digits", Body=b"0123456789")

    error, status = refused(s3.get_object, Bucket=bucket, Key="digits", Range=header)

    assert status == 416
    assert error == {
        "Code": "InvalidRange",
        "Message": "The requested range is not satisfiable",
        "ActualObjectSize": "10",
        "RangeRequested": header,
    }


def test_a_read_may_depend_on_the_entity_tag(s3, bucket):
    etag = s3.put_object(Bucket=bucket, Key="a", Body=b"x")["ETag"]

    same, same_status = refused(s3.get_object, Bucket=bucket, Key="a", IfNoneMatch=etag)
    other, other_status = refused(s3.get_object, Bucket=bucket, Key="a", IfMatch='"0"')

    assert (same["Code"], same_status) == ("304", 304)
    assert (other["Code"], other["Condition"], other_status) == ("PreconditionFailed", "If-Match", 412)
    assert body_of(s3, bucket, "a", IfMatch=etag) == b"x"


def test_a_read_may_depend_on_the_time_of_the_last_change(cloud, s3, bucket):
    s3.put_object(Bucket=bucket, Key="a", Body=b"x")
    changed = s3.head_object(Bucket=bucket, Key="a")["LastModified"]
    cloud.advance(60)

    _, not_modified = refused(s3.get_object, Bucket=bucket, Key="a", IfModifiedSince=changed)
    failed, _ = refused(s3.get_object, Bucket=bucket, Key="a", IfUnmodifiedSince=changed.replace(year=2001))

    assert not_modified == 304
    assert failed["Condition"] == "If-Unmodified-Since"


def test_put_if_none_match_creates_only(s3, bucket):
    s3.put_object(Bucket=bucket, Key="a", Body=b"first", IfNoneMatch="*")

    error, status = refused(s3.put_object, Bucket=bucket, Key="a", Body=b"second", IfNoneMatch="*")

    assert (error["Code"], error["Condition"], status) == ("PreconditionFailed", "If-None-Match", 412)
    assert body_of(s3, bucket, "a") == b"first"


def test_put_if_match_replaces_only_what_it_knows(s3, bucket):
    etag = s3.put_object(Bucket=bucket, Key="a", Body=b"first")["ETag"]

    wrong, _ = refused(s3.put_object, Bucket=bucket, Key="a", IfMatch='"0"')
    absent, _ = refused(s3.put_object, Bucket=bucket, Key="b", IfMatch=etag)
    star, status = refused(s3.put_object, Bucket=bucket, Key="a", IfMatch="*")
    s3.put_object(Bucket=bucket, Key="a", Body=b"second", IfMatch=etag)

    assert (wrong["Code"], absent["Code"]) == ("PreconditionFailed", "NoSuchKey")
    assert (star["Code"], star["Header"], status) == ("NotImplemented", "If-Match", 501)
    assert body_of(s3, bucket, "a") == b"second"


@pytest.mark.parametrize(
    ("algorithm", "value"),
    [
        ("CRC32", "MzVIGw=="),
        ("CRC64NVME", "pX30eiUx5C0="),
        ("SHA256", "lyTB4g5uPk1/V+0l+dTvsAblCFkNUoyQ2ll/andcE+U="),
    ],
)
def test_a_checksum_that_is_right_is_kept_and_shown(s3, bucket, algorithm, value):
    member = f"Checksum{algorithm}"

    put = s3.put_object(Bucket=bucket, Key="a", Body=b'{"key": "value"}', **{member: value})
    head = s3.head_object(Bucket=bucket, Key="a", ChecksumMode="ENABLED")

    assert put[member] == head[member] == value
    assert head["ChecksumType"] == "FULL_OBJECT"


@pytest.mark.parametrize("algorithm", ["CRC32", "CRC32C", "CRC64NVME", "SHA1", "SHA256"])
def test_a_checksum_that_is_wrong_is_refused(s3, bucket, algorithm):
    size = {"CRC32": 4, "CRC32C": 4, "CRC64NVME": 8, "SHA1": 20, "SHA256": 32}[algorithm]
    wrong = base64.b64encode(b"\0" * size).decode()

    value, _ = refused(s3.put_object, Bucket=bucket, Key="a", Body=b"body", **{f"Checksum{algorithm}": wrong})
    form, _ = refused(s3.put_object, Bucket=bucket, Key="a", Body=b"body", **{f"Checksum{algorithm}": "wrong"})

    assert value["Code"] == "BadDigest"
    assert value["Message"] == f"The {algorithm} you specified did not match the calculated checksum."
    assert form["Code"] == "InvalidRequest"
    assert form["Message"] == f"Value for x-amz-checksum-{algorithm.lower()} header is invalid."


def test_a_wrong_md5_is_refused(s3, bucket):
    other = base64.b64encode(hashlib.md5(b"other").digest()).decode()

    wrong, _ = refused(s3.put_object, Bucket=bucket, Key="a", Body=b"body", ContentMD5=other)
    none, _ = refused(s3.put_object, Bucket=bucket, Key="a", Body=b"body", ContentMD5="xx")

    assert (wrong["Code"], none["Code"]) == ("BadDigest", "InvalidDigest")


def test_the_answer_can_be_given_other_headers(s3, bucket):
    s3.put_object(Bucket=bucket, Key="a", Body=b"x")

    got = s3.get_object(Bucket=bucket, Key="a", ResponseContentType="image/jpeg", ResponseCacheControl="max-age=74")

    assert (got["ContentType"], got["CacheControl"]) == ("image/jpeg", "max-age=74")


def test_presigned_urls_put_and_get(cloud, bucket):
    import boto3

    url = cloud.listen()
    s3 = boto3.client("s3", endpoint_url=url, region_name="us-east-1", aws_access_key_id="a", aws_secret_access_key="b")
    put = s3.generate_presigned_url("put_object", Params={"Bucket": bucket, "Key": "up"})
    get = s3.generate_presigned_url("get_object", Params={"Bucket": bucket, "Key": "up"})

    urllib.request.urlopen(urllib.request.Request(put, data=b"via url", method="PUT")).close()

    with urllib.request.urlopen(get) as answer:
        assert answer.read() == b"via url"


def test_a_key_may_be_1024_bytes_long_and_no_longer(s3, bucket):
    s3.put_object(Bucket=bucket, Key="k" * 1024)

    error, _ = refused(s3.put_object, Bucket=bucket, Key="k" * 1025)

    assert (error["Code"], error["Message"]) == ("KeyTooLongError", "Your key is too long")


def test_a_storage_class_that_is_none_is_refused(s3, bucket):
    error, _ = refused(s3.put_object, Bucket=bucket, Key="a", StorageClass="OUTPOSTS")

    assert (error["Code"], error["StorageClassRequested"]) == ("InvalidStorageClass", "OUTPOSTS")


def test_an_archived_object_is_not_read(s3, bucket):
    s3.put_object(Bucket=bucket, Key="a", Body=b"x", StorageClass="DEEP_ARCHIVE")

    error, status = refused(s3.get_object, Bucket=bucket, Key="a")

    assert (error["Code"], error["StorageClass"], status) == ("InvalidObjectState", "DEEP_ARCHIVE", 403)


def test_an_object_with_a_customers_key_is_read_with_that_key_only(s3, bucket):
    key = {"SSECustomerAlgorithm": "AES256", "SSECustomerKey": "k" * 32}
    s3.put_object(Bucket=bucket, Key="a", Body=b"secret", **key)

    without, _ = refused(s3.get_object, Bucket=bucket, Key="a")
    other, status = refused(
        s3.get_object, Bucket=bucket, Key="a", SSECustomerAlgorithm="AES256", SSECustomerKey="x" * 32
    )

    assert without["Message"].startswith("The object was stored using a form of Server Side Encryption.")
    assert (other["Code"], status) == ("AccessDenied", 403)
    assert body_of(s3, bucket, "a", **key) == b"secret"


def test_a_member_that_is_not_there_is_refused_by_name(s3, bucket):
    error, status = refused(s3.put_object, Bucket=bucket, Key="a", Body=b"x", ChecksumSHA512="eA==")

    assert (error["Code"], status) == ("NotImplemented", 501)
    assert "ChecksumSHA512" in error["Message"]
