"""Clients as their makers ship them, where they are on the machine: nothing of them is changed but the endpoint."""

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.anomalies.serving import Serving

ORDERS = Path(__file__).parents[2] / "examples" / "orders"
TEMPLATE = """
Resources:
  Jobs: {Type: AWS::SQS::Queue, Properties: {QueueName: from-the-cli}}
Outputs:
  Url: {Value: !Ref Jobs}
"""


@pytest.fixture
def serving(tmp_path):
    running = Serving(str(tmp_path / "data"))
    yield running
    running.stop()


def call(serving, *command, cwd=None):
    environment = {
        **os.environ, "AWS_ENDPOINT_URL": serving.endpoint, "AWS_ACCESS_KEY_ID": "testing", "AWS_SECRET_ACCESS_KEY": "testing",
        "AWS_DEFAULT_REGION": "us-east-1", "AWS_EC2_METADATA_DISABLED": "true", "SAM_CLI_TELEMETRY": "0", "AWS_PAGER": "",
    }  # fmt: skip
    done = subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True, check=False, timeout=110)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("aws") is None, reason="the AWS CLI is not installed")
def test_the_aws_cli_deploys_a_template_and_uses_a_bucket(serving, tmp_path):
    (tmp_path / "template.yaml").write_text(TEMPLATE)
    (tmp_path / "hello.txt").write_text("hello")

    call(
        serving,
        "aws",
        "cloudformation",
        "deploy",
        "--stack-name",
        "cli",
        "--template-file",
        "template.yaml",
        cwd=tmp_path,
    )
    call(serving, "aws", "s3", "mb", "s3://from-the-cli")
    call(serving, "aws", "s3", "cp", "hello.txt", "s3://from-the-cli/hello.txt", cwd=tmp_path)

    stacks = json.loads(call(serving, "aws", "cloudformation", "describe-stacks", "--stack-name", "cli"))
    assert stacks["Stacks"][0]["Outputs"][0]["OutputValue"].endswith("/from-the-cli")
    assert call(serving, "aws", "s3", "cp", "s3://from-the-cli/hello.txt", "-") == "hello"


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("sam") is None, reason="the SAM CLI is not installed (PyPI: aws-sam-cli)")
def test_sam_builds_and_deploys_the_example(serving, tmp_path):
    app = shutil.copytree(ORDERS, tmp_path / "orders")

    call(serving, "sam", "build", cwd=app)
    told = call(
        serving, "sam", "deploy", "--stack-name", "orders", "--resolve-s3", "--capabilities", "CAPABILITY_IAM",
        "--no-confirm-changeset", "--region", "us-east-1", cwd=app,
    )  # fmt: skip

    assert "Successfully created/updated stack - orders" in told
    assert len(serving.client("lambda").list_functions()["Functions"]) == 3
