"""Another account and what it is refused, for tests of policies of resources."""

import json

import pytest
from botocore.exceptions import ClientError

ME = "000000000000"
OTHER = "222222222222"


def policy(action, resource, principal=None, **condition):
    statement = {
        "Effect": "Allow",
        "Principal": principal or {"AWS": f"arn:aws:iam::{OTHER}:root"},
        "Action": action,
        "Resource": resource,
    }
    if condition:
        statement["Condition"] = condition
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def refused(call, **params):
    """Code and message of the error that this call gets."""
    with pytest.raises(ClientError) as error:
        call(**params)
    return error.value.response["Error"]["Code"], error.value.response["Error"]["Message"]
