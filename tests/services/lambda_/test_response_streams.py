"""Answers that are read while the function writes them: a runtime of its own that streams, word by word."""

import base64
import io
import json
import time
import urllib.request
import zipfile

import pytest
from botocore.exceptions import ClientError

from tests.services.lambda_.functions import ECHO, ROLE, create

STREAMER = """#!/usr/bin/env python3
import base64, http.client, json, os

def piece(connection, data):
    connection.send(b"%x\\r\\n%b\\r\\n" % (len(data), data))

while True:
    api = http.client.HTTPConnection(os.environ["AWS_LAMBDA_RUNTIME_API"])
    api.request("GET", "/2018-06-01/runtime/invocation/next")
    event = api.getresponse()
    wish = json.loads(event.read())
    if "body" in wish:
        wish = json.loads(wish["body"])
    id = event.headers["Lambda-Runtime-Aws-Request-Id"]
    api.putrequest("POST", "/2018-06-01/runtime/invocation/" + id + "/response")
    api.putheader("Lambda-Runtime-Function-Response-Mode", "streaming")
    api.putheader("Content-Type", wish.get("type", "text/plain"))
    api.putheader("Transfer-Encoding", "chunked")
    api.endheaders()
    for word in wish["say"] * wish.get("times", 1):
        piece(api, word.encode("latin-1"))
    if wish.get("exit"):
        os._exit(3)
    if wish.get("hang"):
        import time
        time.sleep(60)
    if wish.get("fail"):
        failure = base64.b64encode(json.dumps({"errorType": "Late", "errorMessage": "too late"}).encode())
        trailers = b"Lambda-Runtime-Function-Error-Type: Late\\r\\nLambda-Runtime-Function-Error-Body: " + failure
        api.send(b"0\\r\\n" + trailers + b"\\r\\n\\r\\n")
    else:
        api.send(b"0\\r\\n\\r\\n")
    api.getresponse().read()
    api.close()
"""


@pytest.fixture
def streamer(cloud):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        entry = zipfile.ZipInfo("bootstrap")
        entry.external_attr = 0o755 << 16
        archive.writestr(entry, STREAMER)
    cloud.client("lambda").create_function(
        FunctionName="streamer", Role=ROLE, Runtime="provided.al2023", Handler="any",
        Code={"ZipFile": buffer.getvalue()}, Timeout=10,
    )  # fmt: skip
    return "streamer"


def streamed(cloud, name, event, **members):
    answer = cloud.client("lambda").invoke_with_response_stream(
        FunctionName=name, Payload=json.dumps(event).encode(), **members
    )
    return answer, list(answer["EventStream"])


def test_an_answer_arrives_in_the_pieces_that_the_function_wrote(cloud, streamer):
    answer, events = streamed(cloud, streamer, {"say": ["one ", "two ", "three"]})

    assert b"".join(e["PayloadChunk"]["Payload"] for e in events[:-1]) == b"one two three"
    assert events[-1] == {"InvokeComplete": {}}
    assert answer["StatusCode"] == 200
    assert answer["ExecutedVersion"] == "$LATEST"


def test_the_first_piece_is_there_before_the_function_has_ended(cloud, streamer):
    answer = cloud.client("lambda").invoke_with_response_stream(
        FunctionName=streamer, Payload=json.dumps({"say": ["early"], "hang": True}).encode()
    )

    first = next(iter(answer["EventStream"]))
    answer["EventStream"].close()

    assert first == {"PayloadChunk": {"Payload": b"early"}}


def test_after_the_first_6_mb_an_answer_comes_at_2_mb_a_second(cloud, streamer):
    event = {"say": ["x" * 65536], "times": 7 * 16}
    answer = cloud.client("lambda").invoke_with_response_stream(
        FunctionName=streamer, Payload=json.dumps(event).encode()
    )
    received, burst_at = 0, 0.0
    for event in answer["EventStream"]:
        received += len(event.get("PayloadChunk", {}).get("Payload", b""))
        if received >= 6 << 20 and not burst_at:
            burst_at = time.perf_counter()

    assert received == 7 << 20
    assert time.perf_counter() - burst_at >= 0.45


def test_a_function_that_does_not_stream_answers_in_one_piece(cloud):
    create(cloud, ECHO)

    _, events = streamed(cloud, "fn", {"a": 1}, LogType="Tail")

    assert [json.loads(e["PayloadChunk"]["Payload"]) for e in events[:-1]] == [{"a": 1}]
    assert b"REPORT RequestId" in base64.b64decode(events[-1]["InvokeComplete"]["LogResult"])


def test_a_failure_on_the_way_completes_the_stream_with_its_error(cloud, streamer):
    _, events = streamed(cloud, streamer, {"say": ["half"], "fail": True})

    complete = events[-1]["InvokeComplete"]
    assert events[0] == {"PayloadChunk": {"Payload": b"half"}}
    assert complete["ErrorCode"] == "Late"
    assert json.loads(complete["ErrorDetails"])["errorMessage"] == "too late"


def test_a_runtime_that_dies_on_the_way_completes_the_stream_with_its_exit(cloud, streamer):
    _, events = streamed(cloud, streamer, {"say": ["half"], "exit": True})

    assert events[-1]["InvokeComplete"]["ErrorCode"] in ("Runtime.ExitError", "Runtime.TruncatedResponse")


def test_a_failure_before_the_first_piece_is_all_of_the_stream(cloud):
    create(cloud, "def handler(e, c):\n    raise ValueError('no')\n")

    _, events = streamed(cloud, "fn", {})

    assert [e["InvokeComplete"]["ErrorCode"] for e in events] == ["ValueError"]


def test_a_function_that_is_not_there_is_an_error_of_the_call(cloud):
    with pytest.raises(ClientError) as refused:
        streamed(cloud, "nothing", {})

    assert refused.value.response["Error"]["Code"] == "ResourceNotFoundException"


def test_invoke_gathers_what_a_function_streams(cloud, streamer):
    answer = cloud.client("lambda").invoke(FunctionName=streamer, Payload=b'{"say": ["\\"a", "b\\""]}')

    assert answer["Payload"].read() == b'"ab"'


def url_of(cloud, name, mode):
    cloud.listen()
    aws = cloud.client("lambda")
    aws.add_permission(
        FunctionName=name,
        StatementId="url",
        Action="lambda:InvokeFunctionUrl",
        Principal="*",
        FunctionUrlAuthType="NONE",
    )
    aws.add_permission(
        FunctionName=name,
        StatementId="invoke",
        Action="lambda:InvokeFunction",
        Principal="*",
        InvokedViaFunctionUrl=True,
    )
    return aws.create_function_url_config(FunctionName=name, AuthType="NONE", InvokeMode=mode)["FunctionUrl"]


def post(cloud, url, event):
    host = url.split("/")[2]
    local = f"http://127.0.0.1:{host.rpartition(':')[2]}/_url/{host.split('.')[0]}/"
    request = urllib.request.Request(local, json.dumps(event).encode(), {"Content-Type": "application/json"})
    return urllib.request.urlopen(request)


def test_a_url_sends_the_body_as_the_function_writes_it(cloud, streamer):
    url = url_of(cloud, streamer, "RESPONSE_STREAM")

    with post(cloud, url, {"say": ["one ", "two"], "type": "text/plain"}) as response:
        assert response.read() == b"one two"
        assert response.headers["Content-Type"] == "text/plain"
        assert response.headers["Transfer-Encoding"] == "chunked"


def test_a_prelude_says_status_headers_and_cookies(cloud, streamer):
    url = url_of(cloud, streamer, "RESPONSE_STREAM")
    prelude = json.dumps({"statusCode": 202, "headers": {"x-mine": "yes"}, "cookies": ["a=1"]})
    kind = "application/vnd.awslambda.http-integration-response"

    with post(cloud, url, {"say": [prelude[:9], prelude[9:] + "\0" * 3, "\0" * 5 + "body"], "type": kind}) as response:
        assert (response.status, response.read()) == (202, b"body")
        assert response.headers["x-mine"] == "yes"
        assert response.headers["Set-Cookie"] == "a=1"
