"""A client and documents for the tests of IAM."""

import json

import pytest

TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
        ],
    }
)
POLICY = json.dumps(
    {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}]}
)


@pytest.fixture
def iam(cloud):
    return cloud.client("iam")


@pytest.fixture
def role(iam):
    iam.create_role(RoleName="worker", AssumeRolePolicyDocument=TRUST)
    return "worker"


@pytest.fixture
def policy(iam):
    return iam.create_policy(PolicyName="read", PolicyDocument=POLICY)["Policy"]["Arn"]
