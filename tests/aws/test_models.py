"""Models are read as they stand in botocore's files."""

from __future__ import annotations

import subprocess
import sys

import pytest

from windtunnel.aws import models


def test_a_service_knows_its_names() -> None:
    service = models.load("cloudwatch")

    assert service.protocols == ("smithy-rpc-v2-cbor", "json", "query")
    assert (service.signing_name, service.target_prefix) == ("monitoring", "GraniteServiceVersion20100801")


def test_an_operation_knows_its_place_in_http() -> None:
    operation = models.load("s3").operations["ListObjectsV2"]

    assert (operation.method, operation.path, operation.query) == ("GET", "/{Bucket}", (("list-type", "2"),))


def test_shapes_may_contain_themselves() -> None:
    attribute = models.load("dynamodb").shapes.named("AttributeValue")

    assert attribute.members["L"].member is attribute


def test_an_error_is_found_by_name_and_by_code() -> None:
    service = models.load("iam")

    assert service.error("NoSuchEntity") is service.error("NoSuchEntityException")


def test_a_service_that_does_not_exist_has_no_model() -> None:
    with pytest.raises(KeyError, match="frobnicator"):
        models.load("frobnicator")


@pytest.mark.parametrize("name", ["", "..", "../data", "a/b"])
def test_a_name_is_no_path(name: str) -> None:
    assert not models.exists(name)


def test_botocore_is_not_imported() -> None:
    code = "import sys; from windtunnel.aws import models; models.load('sqs'); sys.exit('botocore' in sys.modules)"

    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
