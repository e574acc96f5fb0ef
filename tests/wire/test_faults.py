"""Errors arrive with their code, message and status, for every error of every operation."""

from __future__ import annotations

import pytest

from windtunnel.aws import models
from windtunnel.aws.errors import ApiError
from windtunnel.gateway.protocols import codec

from . import oracle

ID = "11111111-2222-3333-4444-555555555555"
MESSAGE = "No such thing: <a> & 'b'."


@pytest.mark.parametrize(("service", "protocol"), oracle.CASES)
def test_every_error_of_the_model_arrives_with_code_message_and_status(service: str, protocol: str) -> None:
    wrong = []

    for name in oracle.model(service).operation_names:
        operation = models.load(service).operations[name]
        if operation.method == "HEAD":
            continue
        for shape in oracle.model(service).operation_model(name).error_shapes:
            response = codec(protocol).fault(models.load(service), operation, ApiError(shape.name, MESSAGE), ID)
            read = oracle.parsed(service, protocol, name, response)
            code = shape.metadata.get("error", {}).get("code") or shape.name
            status = shape.metadata.get("error", {}).get("httpStatusCode", response.status)
            found = (read["Error"]["Code"].removeprefix("AWS.SimpleQueueService."), read["Error"]["Message"])
            if service == "sqs":
                found = (read["Error"].get("QueryErrorCode", read["Error"]["Code"]), read["Error"]["Message"])
            expected = (shape.name if protocol in ("json", "rest-json") else code, MESSAGE)
            if service == "cloudwatch":
                expected = (code, MESSAGE)
            if found != expected or response.status != status or response.status < 400:
                wrong.append(f"{name}, {shape.name}: {found} {response.status}, not {expected} {status}")

    assert not wrong, f"{len(wrong)} errors:\n" + "\n".join(wrong[:10])


@pytest.mark.parametrize(("service", "protocol"), oracle.CASES)
def test_a_code_that_the_model_does_not_have_arrives_too(service: str, protocol: str) -> None:
    name = next(n for n, op in models.load(service).operations.items() if op.method != "HEAD")
    error = ApiError("Peculiar", MESSAGE, status=418)

    response = codec(protocol).fault(models.load(service), models.load(service).operations[name], error, ID)

    read = oracle.parsed(service, protocol, name, response)
    assert (read["Error"]["Code"], read["Error"]["Message"], response.status) == ("Peculiar", MESSAGE, 418)
    assert read["ResponseMetadata"]["RequestId"] == ID
