"""Signatures are checked where the settings ask for it."""

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from windtunnel.kernel.settings import Settings
from windtunnel.testing import RunningCloud


def client(cloud, service, key, secret):
    return boto3.client(
        service, endpoint_url=cloud.inside.endpoint, region_name="us-east-1", aws_access_key_id=key,
        aws_secret_access_key=secret, config=Config(retries={"total_max_attempts": 1}),
    )  # fmt: skip


@pytest.fixture
def strict():
    with RunningCloud(Settings(verify_signatures=True), time="real") as cloud:
        cloud.listen()
        yield cloud


def test_a_wrong_secret_is_refused_and_a_right_one_is_not(strict):
    async def issue():
        return strict.inside.credentials.issue(
            "000000000000", "arn:aws:iam::000000000000:user/ada", "AIDA", 0.0, prefix="AKIA"
        )

    key = strict.run(issue)

    with pytest.raises(ClientError) as failing:
        client(strict, "sts", key.id, "wrong").get_caller_identity()

    assert failing.value.response["Error"]["Code"] == "SignatureDoesNotMatch"
    assert client(strict, "sts", key.id, key.secret).get_caller_identity()["Account"] == "000000000000"


def test_a_key_that_nobody_gave_out_is_refused(strict):
    with pytest.raises(ClientError) as failing:
        client(strict, "sqs", "AKIAUNKNOWN", "x").list_queues()

    assert failing.value.response["ResponseMetadata"]["HTTPStatusCode"] == 403
