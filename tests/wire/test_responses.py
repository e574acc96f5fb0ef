"""What we answer is what botocore reads, for every operation of every service."""

from __future__ import annotations

import io
from typing import Any

import pytest
from botocore.handlers import parse_get_bucket_location

from windtunnel.aws import models
from windtunnel.gateway.protocols import codec

from . import oracle, samples

# Not described by the model; and one whose old model has two members in one place.
APART = {("s3", "GetBucketLocation"), ("s3", "GetBucketNotification")}
ID = "11111111-2222-3333-4444-555555555555"


@pytest.mark.parametrize("kind", ["minimal", "full"])
@pytest.mark.parametrize(("service", "protocol"), oracle.CASES)
def test_answers_arrive_as_they_were_given(service: str, protocol: str, kind: str) -> None:
    wrong = []

    for name in oracle.model(service).operation_names:
        output = oracle.model(service).operation_model(name)
        if output.has_event_stream_output or (service, name) in APART:
            continue
        given = getattr(samples, kind)(output.output_shape)
        difference = _difference(service, protocol, name, given)
        if difference:
            wrong.append(f"{name}: {difference}")

    assert not wrong, f"{len(wrong)} operations:\n" + "\n".join(wrong[:10])


def _difference(service: str, protocol: str, name: str, given: dict[str, Any]) -> str:
    operation = models.load(service).operations[name]
    try:
        response = codec(protocol).answer(operation, given, ID)
        read = oracle.parsed(service, protocol, name, response)
    except Exception as error:
        return repr(error)
    metadata = read.pop("ResponseMetadata")
    if ID not in (metadata.get("RequestId"), metadata["HTTPHeaders"].get("x-amzn-requestid")):
        return f"has no request id: {metadata}"
    expected, got = samples.plain(_visible(operation, given)), samples.plain(_stated(operation, given, read))
    return "" if got == expected else f"\n  gave {expected}\n  read {got}"


def _visible(operation: Any, given: dict[str, Any]) -> dict[str, Any]:
    """A HEAD has no body."""
    if operation.method == "HEAD":
        return {name: value for name, value in given.items() if operation.output.members[name].location}
    return given


def _stated(operation: Any, given: dict[str, Any], read: dict[str, Any]) -> dict[str, Any]:
    """Without what every HTTP response has: a status, and a body that may be empty."""
    members = operation.output.members if operation.output is not None else {}
    always = {name for name, shape in members.items() if shape.location == "statusCode"} | {
        operation.output and operation.output.payload
    }
    return {name: value for name, value in read.items() if name in given or name not in always}


def test_the_location_of_a_bucket_is_the_text_of_the_root_element() -> None:
    operation = models.load("s3").operations["GetBucketLocation"]

    response = codec("rest-xml").answer(operation, {"LocationConstraint": "eu-west-1"}, ID)

    read: dict[str, Any] = {}
    http = type("Http", (), {"content": response.body, "raw": io.BytesIO(response.body)})
    parse_get_bucket_location(read, http)
    assert read["LocationConstraint"] == "eu-west-1"


def test_a_member_that_the_model_does_not_have_is_a_bug() -> None:
    operation = models.load("sqs").operations["SendMessage"]

    with pytest.raises(Exception, match="has no member 'Id'"):
        codec("json").answer(operation, {"Id": "1"}, ID)
