"""Where the deployed application is: the outputs of its stack, on AWS as on this machine."""

import os

import boto3
import pytest


@pytest.fixture(scope="session")
def outputs():
    stack = os.environ.get("AWS_SAM_STACK_NAME")
    if not stack:
        pytest.skip("AWS_SAM_STACK_NAME says which deployed stack is tested; windtunnel check sets it.")
    described = boto3.client("cloudformation").describe_stacks(StackName=stack)["Stacks"][0]
    return {output["OutputKey"]: output["OutputValue"] for output in described["Outputs"]}
