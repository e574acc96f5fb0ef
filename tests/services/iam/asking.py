"""How tests of IAM look at refusals."""

import pytest
from botocore.exceptions import ClientError


def refused(call, **params):
    """Code and words of the error that a call is answered with."""
    with pytest.raises(ClientError) as failing:
        call(**params)
    error = failing.value.response["Error"]
    return error["Code"], error["Message"]
