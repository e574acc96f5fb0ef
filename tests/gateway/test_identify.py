"""From a request to service, operation, account and region."""

from __future__ import annotations

import pytest

from windtunnel.aws import models
from windtunnel.gateway import names
from windtunnel.gateway.data_plane import DataPlane
from windtunnel.gateway.identify import Identify, Target, Unidentified
from windtunnel.gateway.messages import Request

from .doors import json_call, signed


def target(request: Request, identify: Identify | None = None) -> Target:
    found = (identify or Identify())(request)
    assert isinstance(found, Target)
    return found


def named(request: Request) -> tuple[str, str, str]:
    found = target(request)
    return found.operation.service.name, found.operation.name, found.protocol


def rest(method: str, url: str, service: str = "", host: str = "localhost:4566", **headers: str) -> Request:
    path, _, query = url.partition("?")
    sent = {"host": host, **{name.replace("_", "-"): value for name, value in headers.items()}}
    if service:
        sent["authorization"] = signed(service)
    return Request(method, path, query, sent)


def test_the_signature_gives_the_region() -> None:
    request = json_call("AmazonSQS.ListQueues", b"{}")
    request.headers["authorization"] = signed("sqs", region="eu-central-1")

    assert target(request).region == "eu-central-1"


def test_an_access_key_of_twelve_digits_is_the_account() -> None:
    request = json_call("AmazonSQS.ListQueues", b"{}")
    request.headers["authorization"] = signed("sqs", key="111122223333")

    assert target(request).account == "111122223333"


def test_the_account_of_another_access_key_is_looked_up() -> None:
    identify = Identify(account_of={"AKIAIOSFODNN7EXAMPLE": "444455556666"}.get)

    assert target(json_call("AmazonSQS.ListQueues", b"{}"), identify).account == "444455556666"


def test_without_a_signature_the_defaults_hold() -> None:
    request = json_call("AmazonSQS.ListQueues", b"{}")
    del request.headers["authorization"]

    found = target(request)

    assert (found.account, found.region, found.access_key) == ("000000000000", "us-east-1", "")


@pytest.mark.parametrize(
    ("service", "prefix", "operation", "expected"),
    [
        ("states", "AWSStepFunctions", "ListStateMachines", "stepfunctions"),
        ("monitoring", "GraniteServiceVersion20100801", "PutMetricData", "cloudwatch"),
        ("dynamodb", "DynamoDB_20120810", "PutItem", "dynamodb"),
        ("dynamodb", "DynamoDBStreams_20120810", "GetRecords", "dynamodbstreams"),
        ("logs", "Logs_20140328", "PutLogEvents", "logs"),
    ],
)
def test_a_target_names_service_and_operation(service: str, prefix: str, operation: str, expected: str) -> None:
    assert named(json_call(f"{prefix}.{operation}", b"{}", service)) == (expected, operation, "json")


@pytest.mark.parametrize("prefix", sorted(names.TARGETS))
def test_the_table_of_target_prefixes_agrees_with_the_models(prefix: str) -> None:
    assert models.load(names.TARGETS[prefix]).target_prefix == prefix


@pytest.mark.parametrize(
    ("version", "service"), [(version, service) for version, found in names.VERSIONS.items() for service in found]
)
def test_the_table_of_versions_agrees_with_the_models(version: str, service: str) -> None:
    assert models.load(service).api_version == version


def test_every_path_of_lambda_is_known_without_a_signature() -> None:
    assert {names.by_path(uri) for _, uri in models.load("lambda").routes.values()} == {("lambda",)}


@pytest.mark.parametrize(
    ("method", "url", "service", "expected"),
    [
        ("GET", "/restapis/abc123", "apigateway", ("apigateway", "GetRestApi", "rest-json")),
        ("GET", "/v2/apis/abc123", "apigateway", ("apigatewayv2", "GetApi", "rest-json")),
        ("POST", "/2015-03-31/functions/f/invocations", "lambda", ("lambda", "Invoke", "rest-json")),
        ("GET", "/2015-03-31/functions/", "lambda", ("lambda", "ListFunctions", "rest-json")),
        ("GET", "/2015-03-31/functions", "lambda", ("lambda", "ListFunctions", "rest-json")),
        (
            "GET",
            "/2018-10-31/layers?find=LayerVersion&Arn=a",
            "lambda",
            ("lambda", "GetLayerVersionByArn", "rest-json"),
        ),
        ("GET", "/2018-10-31/layers", "lambda", ("lambda", "ListLayers", "rest-json")),
        ("GET", "/schedules/a", "scheduler", ("scheduler", "GetSchedule", "rest-json")),
        ("GET", "/schedules/a", "", ("scheduler", "GetSchedule", "rest-json")),
        ("POST", "/2015-03-31/functions/f/invocations", "", ("lambda", "Invoke", "rest-json")),
        ("GET", "/", "s3", ("s3", "ListBuckets", "rest-xml")),
        ("PUT", "/b", "s3", ("s3", "CreateBucket", "rest-xml")),
        ("PUT", "/b/", "s3", ("s3", "CreateBucket", "rest-xml")),
        ("GET", "/b?list-type=2&prefix=x", "s3", ("s3", "ListObjectsV2", "rest-xml")),
        ("GET", "/b?prefix=x", "s3", ("s3", "ListObjects", "rest-xml")),
        ("GET", "/b/k", "", ("s3", "GetObject", "rest-xml")),
        ("GET", "/b/k?x-id=GetObject", "s3", ("s3", "GetObject", "rest-xml")),
        ("GET", "/b/k?uploadId=u", "s3", ("s3", "ListParts", "rest-xml")),
        ("GET", "/b/k?tagging", "s3", ("s3", "GetObjectTagging", "rest-xml")),
        ("PUT", "/b/k", "s3", ("s3", "PutObject", "rest-xml")),
        ("PUT", "/b/k?partNumber=1&uploadId=u", "s3", ("s3", "UploadPart", "rest-xml")),
        ("POST", "/b/k?uploads", "s3", ("s3", "CreateMultipartUpload", "rest-xml")),
        ("POST", "/b/k?uploadId=u", "s3", ("s3", "CompleteMultipartUpload", "rest-xml")),
        ("POST", "/b?delete", "s3", ("s3", "DeleteObjects", "rest-xml")),
        ("DELETE", "/b/k?uploadId=u", "s3", ("s3", "AbortMultipartUpload", "rest-xml")),
        ("HEAD", "/b", "s3", ("s3", "HeadBucket", "rest-xml")),
    ],
)
def test_method_and_path_name_the_operation(method: str, url: str, service: str, expected: tuple[str, ...]) -> None:
    assert named(rest(method, url, service)) == expected


def test_a_copy_is_told_from_a_put_by_its_source() -> None:
    source = {"x_amz_copy_source": "/b/other"}

    assert named(rest("PUT", "/b/k", "s3", **source))[1] == "CopyObject"
    assert named(rest("PUT", "/b/k?partNumber=1&uploadId=u", "s3", **source))[1] == "UploadPartCopy"


@pytest.mark.parametrize(
    ("host", "path", "labels"),
    [
        ("localhost:4566", "/photos/a/b%20c//d", {"Bucket": "photos", "Key": "a/b c//d"}),
        ("photos.s3.localhost:4566", "/a/b", {"Bucket": "photos", "Key": "a/b"}),
        ("photos.localhost:4566", "/a/b", {"Bucket": "photos", "Key": "a/b"}),
        ("my.photos.localhost:4566", "/a/b", {"Bucket": "my.photos", "Key": "a/b"}),
        ("my.photos.s3.eu-west-1.amazonaws.com", "/a", {"Bucket": "my.photos", "Key": "a"}),
        ("s3.us-east-1.amazonaws.com", "/photos/a/", {"Bucket": "photos", "Key": "a/"}),
    ],
)
def test_a_bucket_stands_in_path_or_host(host: str, path: str, labels: dict[str, str]) -> None:
    found = target(rest("GET", path, "s3", host))

    assert (found.operation.name, found.labels) == ("GetObject", labels)


def test_a_host_names_service_and_region_of_an_unsigned_request() -> None:
    found = target(rest("GET", "/2015-03-31/functions", host="lambda.eu-west-1.amazonaws.com"))

    assert (found.operation.name, found.region) == ("ListFunctions", "eu-west-1")


@pytest.mark.parametrize(
    ("host", "path", "expected"),
    [
        ("a1b2.execute-api.localhost:4566", "/dev/pets?x=1", ("execute-api", "a1b2", "/dev/pets")),
        ("a1b2.execute-api.us-west-2.amazonaws.com", "/", ("execute-api", "a1b2", "/")),
        ("d4e5.lambda-url.us-east-1.on.aws", "/x", ("lambda-url", "d4e5", "/x")),
        ("localhost:4566", "/_api/a1b2/dev/pets/1", ("execute-api", "a1b2", "/dev/pets/1")),
        ("localhost:4566", "/_api/a1b2", ("execute-api", "a1b2", "/")),
        ("localhost:4566", "/restapis/a1b2/dev/_user_request_/pets", ("execute-api", "a1b2", "/dev/pets")),
        ("localhost:4566", "/restapis/a1b2/dev/_user_request_", ("execute-api", "a1b2", "/dev/")),
        ("localhost:4566", "/_url/d4e5/x%20y", ("lambda-url", "d4e5", "/x%20y")),
    ],
)
def test_traffic_of_the_application_is_told_from_calls(host: str, path: str, expected: tuple[str, ...]) -> None:
    found = Identify()(rest("GET", path, host=host))

    assert isinstance(found, DataPlane)
    assert (found.kind, found.id, found.rest_of_path) == expected


def test_a_form_names_its_action() -> None:
    headers = {"host": "localhost:4566", "content-type": "application/x-www-form-urlencoded"}

    assert named(Request("POST", "/", "", headers, b"Action=GetCallerIdentity&Version=2011-06-15")) == (
        "sts",
        "GetCallerIdentity",
        "query",
    )


def test_an_action_may_stand_in_the_query_string() -> None:
    assert named(rest("GET", "/?Action=ListTopics&Version=2010-03-31", "sns")) == ("sns", "ListTopics", "query")


def test_a_presigned_url_is_a_signature_too() -> None:
    credential = "111122223333%2F20240501%2Feu-west-1%2Fs3%2Faws4_request"

    found = target(
        rest("GET", f"/b/k?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential={credential}&X-Amz-Signature=0")
    )

    assert (found.operation.name, found.account, found.region) == ("GetObject", "111122223333", "eu-west-1")


@pytest.mark.parametrize(
    ("request_", "status", "protocol"),
    [
        (json_call("AmazonSQS.Frobnicate", b"{}"), 501, "json"),
        (json_call("Frobnicator.Frobnicate", b"{}", "frobnicator"), 501, "json"),
        (json_call("", b"{}"), 400, "json"),
        (rest("GET", "/nothing/here", "lambda"), 404, "rest-json"),
        (rest("GET", "/x", "frobnicator"), 501, "rest-json"),
        (rest("PATCH", "/b/k", "s3"), 405, "rest-xml"),
        (rest("POST", "/b", "s3"), 501, "rest-xml"),
        (rest("POST", "/", "sns"), 400, "query"),
        (rest("GET", "/?Action=Frobnicate", "sns"), 501, "query"),
    ],
)
def test_what_no_operation_fits_is_refused_in_the_shape_of_the_protocol(
    request_: Request, status: int, protocol: str
) -> None:
    with pytest.raises(Unidentified) as raised:
        Identify()(request_)

    assert (raised.value.error.status, raised.value.protocol) == (status, protocol)
