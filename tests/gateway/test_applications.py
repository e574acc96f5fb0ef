"""Traffic of applications: function URLs, and finding what a request is for."""

import pytest

from tests.services.apigatewayv2.asking import ECHO, ask, function
from tests.services.lambda_.functions import open_to_all, package
from windtunnel.kernel.settings import Settings
from windtunnel.testing import RunningCloud

FORBIDDEN = (
    "Forbidden. For troubleshooting Function URL authorization issues, see: "
    "https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html"
)


def url(cloud, source=ECHO, **config):
    """The id of a function's URL."""
    function(cloud, source)
    config = {"AuthType": "NONE", **config}
    made = cloud.client("lambda").create_function_url_config(FunctionName="fn", **config)["FunctionUrl"]
    open_to_all(cloud.client("lambda"))
    return made.partition("//")[2].partition(".")[0]


@pytest.mark.parametrize(
    ("answer", "body"),
    [
        ("'hello'", b"hello"), ("3", b"3"), ("3.1", b"3.1"), ("True", b"true"), ("{'hello': 'world'}", b'{"hello":"world"}'),
        ("['hello', 3, True]", b'["hello",3,true]'), ("{'statusCode': 200, 'body': 'body123'}", b"body123"),
    ],
)  # fmt: skip
def test_what_the_function_returns_is_the_answer(cloud, answer, body):
    found = ask(cloud, f"/_url/{url(cloud, answer)}/")

    assert (found.status, found.body, found["content-type"]) == (200, body, "application/json")


def test_the_event_has_the_request(cloud):
    function_url = url(cloud)

    event = ask(cloud, f"/_url/{function_url}/a%20b?x=1", "PUT", {"Cookie": "c=1"}, b"text").json

    assert (event["version"], event["routeKey"], event["rawPath"]) == ("2.0", "$default", "/a%20b")
    assert event["requestContext"]["http"]["method"] == "PUT"
    assert event["requestContext"]["domainName"] == f"{function_url}.lambda-url.us-east-1.on.aws"
    assert event["requestContext"]["accountId"] == "anonymous"
    assert event["cookies"] == ["c=1"]
    assert event["body"] == "text"


def test_the_url_answers_under_its_own_host(cloud):
    function_url = url(cloud, "event['rawPath']")

    found = ask(cloud, "/x/y", headers={"Host": f"{function_url}.lambda-url.us-east-1.localhost:4566"})

    assert found.body == b"/x/y"


def test_an_unknown_url_is_forbidden(cloud):
    found = ask(cloud, "/_url/nothing/")

    assert (found.status, found.json, found["x-amzn-errortype"]) == (
        403,
        {"Message": FORBIDDEN},
        "AccessDeniedException",
    )


def test_a_url_with_iam_wants_a_signature(cloud):
    function_url = url(cloud, AuthType="AWS_IAM")
    signature = (
        "AWS4-HMAC-SHA256 Credential=AKIATEST/20260101/us-east-1/lambda/aws4_request, SignedHeaders=host, Signature=0"
    )

    unsigned = ask(cloud, f"/_url/{function_url}/")
    signed = ask(cloud, f"/_url/{function_url}/", headers={"Authorization": signature})

    assert (unsigned.status, unsigned.json["Message"]) == (403, FORBIDDEN)
    assert signed.json["requestContext"]["authorizer"]["iam"]["accessKey"] == "AKIATEST"


def test_an_error_of_the_function_is_a_bad_gateway(cloud):
    found = ask(cloud, f"/_url/{url(cloud, '1 / 0')}/")

    assert (found.status, found.body) == (502, b"Internal Server Error")


def test_a_url_without_room_says_so(cloud):
    function_url = url(cloud)
    cloud.client("lambda").put_function_concurrency(FunctionName="fn", ReservedConcurrentExecutions=0)

    found = ask(cloud, f"/_url/{function_url}/")

    assert found.status == 429
    assert found.json["Reason"] == "ReservedFunctionConcurrentInvocationLimitExceeded"


def test_a_url_has_its_own_cors(cloud):
    cors = {"AllowOrigins": ["https://a"], "AllowMethods": ["GET"], "AllowCredentials": True, "MaxAge": 9}
    function_url = url(cloud, "'x'", Cors=cors)
    origin = {"Origin": "https://a"}

    preflight = ask(cloud, f"/_url/{function_url}/", "OPTIONS", {**origin, "Access-Control-Request-Method": "GET"})
    actual = ask(cloud, f"/_url/{function_url}/", headers=origin)
    other = ask(cloud, f"/_url/{function_url}/", headers={"Origin": "https://b"})

    assert (preflight["access-control-allow-methods"], preflight["access-control-max-age"]) == ("GET", "9")
    assert actual["access-control-allow-origin"] == "https://a"
    assert actual["access-control-allow-credentials"] == "true"
    assert "access-control-allow-origin" not in other


def test_a_url_of_another_region_is_found(cloud):
    there = cloud.client("lambda", region="eu-west-1")
    there.create_function(
        FunctionName="fn", Role="arn:aws:iam::000000000000:role/test", Runtime="python3.11", Handler="index.handler",
        Code={"ZipFile": package(index="def handler(event, context):\n    return 'eu'\n")},
    )  # fmt: skip
    made = there.create_function_url_config(FunctionName="fn", AuthType="NONE")["FunctionUrl"]
    open_to_all(there)

    assert ask(cloud, f"/_url/{made.partition('//')[2].partition('.')[0]}/").body == b"eu"


def test_each_request_is_recorded(cloud):
    function_url = url(cloud, "'x'")

    ask(cloud, f"/_url/{function_url}/orders", "POST", body=b"")

    [fact] = [entry.fact for entry in cloud.records("RouteRequested")]
    assert (fact.api, fact.kind, fact.method, fact.path, fact.status) == (function_url, "Url", "POST", "/orders", 200)


def test_a_url_without_authorisation_wants_a_policy_that_is_open_to_everybody(cloud):
    function_url = url(cloud, "'x'")
    aws = cloud.client("lambda")
    assert ask(cloud, f"/_url/{function_url}/").status == 200

    aws.remove_permission(FunctionName="fn", StatementId="via")
    assert ask(cloud, f"/_url/{function_url}/").status == 200
    aws.remove_permission(FunctionName="fn", StatementId="url")

    found = ask(cloud, f"/_url/{function_url}/")
    assert (found.status, found.json["Message"]) == (403, FORBIDDEN)


def test_one_permission_is_not_enough_after_october_2026(cloud):
    function_url = url(cloud, "'x'")
    cloud.client("lambda").remove_permission(FunctionName="fn", StatementId="via")

    cloud.advance(days=304)

    assert ask(cloud, f"/_url/{function_url}/").status == 403


def test_a_url_is_found_again_after_a_restart(tmp_path):
    settings = Settings(data=str(tmp_path))
    with RunningCloud(settings) as cloud:
        function_url = url(cloud, "'still here'")

    with RunningCloud(settings) as cloud:
        assert ask(cloud, f"/_url/{function_url}/").body == b"still here"
