"""The `cloud` fixture: what tests of applications rely on."""

from pathlib import Path

import pytest

from windtunnel.testing import RunningCloud

EXAMPLE = Path(__file__).parents[2] / "examples" / "orders"


def test_two_clouds_in_a_process_share_nothing():
    with RunningCloud() as one, RunningCloud() as other:
        one.client("sqs").create_queue(QueueName="jobs")
        one.advance(hours=6)

        assert not other.client("sqs").list_queues().get("QueueUrls")
        assert other.now == one.now - 6 * 3600
        assert other.records("ApiCalled", operation="CreateQueue") == []


def test_an_application_is_deployed_and_reached(cloud):
    deployment = cloud.deploy(EXAMPLE, Stage="test")

    assert deployment.types["TakeOrder"] == "AWS::Lambda::Function"
    assert deployment.outputs["ApiUrl"].startswith("http://localhost:")
    assert deployment.outputs["ApiUrl"].endswith("/test")
    body = {"httpMethod": "POST", "body": '{"customer": "ada", "items": [{"sku": "lamp", "quantity": 1}]}'}
    import json

    answer = cloud.client("lambda").invoke(
        FunctionName=deployment.physical["TakeOrder"], Payload=json.dumps(body).encode()
    )
    cloud.settle()
    assert json.loads(answer["Payload"].read())["statusCode"] == 202
    [batch] = cloud.records("BatchProcessed")
    assert batch.fact.failed == ()


def test_real_time_cannot_be_advanced():
    with RunningCloud(time="real") as cloud, pytest.raises(TypeError, match="Only virtual time can be advanced"):
        cloud.advance(1)


def test_the_workspace_is_gone_when_the_cloud_is_closed():
    with RunningCloud() as cloud:
        workspace = cloud.inside.workspace
        assert workspace.is_dir()

    assert not workspace.exists()


def test_closing_twice_is_harmless():
    cloud = RunningCloud().__enter__()
    cloud.close()
    cloud.close()
