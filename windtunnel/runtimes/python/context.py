"""The context object that a Python function gets as its second argument."""

import json
import time


class Identity:
    def __init__(self, cognito_identity_id=None, cognito_identity_pool_id=None):
        self.cognito_identity_id = cognito_identity_id
        self.cognito_identity_pool_id = cognito_identity_pool_id

    def __repr__(self):
        return "CognitoIdentity([cognito_identity_id=%s,cognito_identity_pool_id=%s])" % (
            self.cognito_identity_id,
            self.cognito_identity_pool_id,
        )


class Client:
    _FIELDS = ("installation_id", "app_title", "app_version_name", "app_version_code", "app_package_name")

    def __init__(self, values):
        for name in self._FIELDS:
            setattr(self, name, values.get(name))


class ClientContext:
    def __init__(self, values):
        self.client = Client(values["client"]) if values.get("client") else None
        self.custom = values.get("custom")
        self.env = values.get("env")


class LambdaContext:
    """AWS: https://docs.aws.amazon.com/lambda/latest/dg/python-context.html"""

    def __init__(self, headers, surroundings, write):
        self.aws_request_id = headers["lambda-runtime-aws-request-id"]
        self.invoked_function_arn = headers.get("lambda-runtime-invoked-function-arn", "")
        self.function_name = surroundings["AWS_LAMBDA_FUNCTION_NAME"]
        self.function_version = surroundings["AWS_LAMBDA_FUNCTION_VERSION"]
        self.memory_limit_in_mb = surroundings["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"]
        self.log_group_name = surroundings.get("AWS_LAMBDA_LOG_GROUP_NAME")  # not there with SnapStart
        self.log_stream_name = surroundings.get("AWS_LAMBDA_LOG_STREAM_NAME")
        self.tenant_id = None
        client = headers.get("lambda-runtime-client-context")
        self.client_context = ClientContext(json.loads(client)) if client else None
        identity = headers.get("lambda-runtime-cognito-identity")
        known = json.loads(identity) if identity else {}
        self.identity = Identity(known.get("cognitoIdentityId"), known.get("cognitoIdentityPoolId"))
        self._write = write
        self._deadline = _deadline(headers)

    def get_remaining_time_in_millis(self):
        return max(int((self._deadline - time.monotonic()) * 1000), 0)

    def log(self, message):
        self._write(str(message))

    def __repr__(self):
        return "LambdaContext([%s])" % ",".join(
            "%s=%s" % (name, value) for name, value in vars(self).items() if not name.startswith("_")
        )


def _deadline(headers):
    """In this process's monotonic seconds: the platform's clock may be a virtual one, so it says how much is left."""
    left = headers.get("windtunnel-time-left-ms")
    if left is None:
        return time.monotonic() + int(headers["lambda-runtime-deadline-ms"]) / 1000 - time.time()
    return time.monotonic() + float(left) / 1000
