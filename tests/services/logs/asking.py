"""How tests of CloudWatch Logs look at answers and refusals."""

import pytest
from botocore.exceptions import ClientError


def refused(call, **params):
    """Code and words of the error that a call is answered with."""
    with pytest.raises(ClientError) as failing:
        call(**params)
    error = failing.value.response["Error"]
    return error["Code"], error["Message"]


def messages(answer):
    return [event["message"] for event in answer["events"]]
