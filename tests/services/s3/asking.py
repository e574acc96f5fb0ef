"""What tests of S3 ask again and again."""

import pytest
from botocore.exceptions import ClientError


def refused(call, *args, **params):
    """The error, with its further members, and the status that a call is answered with."""
    with pytest.raises(ClientError) as failing:
        call(*args, **params)
    response = failing.value.response
    return response["Error"], response["ResponseMetadata"]["HTTPStatusCode"]


def body_of(s3, bucket, key, **how):
    return s3.get_object(Bucket=bucket, Key=key, **how)["Body"].read()


def keys_of(answer):
    return [entry["Key"] for entry in answer.get("Contents", [])]
