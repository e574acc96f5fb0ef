"""Talking to a cloud that runs already, as any client would: a boto3 client for its endpoint."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from windtunnel.cli.main import Problem

ENDPOINT = "http://localhost:4566"


def client(service: str, endpoint: str) -> Any:
    import boto3
    from botocore.config import Config

    from windtunnel.kernel import surroundings

    return boto3.client(
        service,
        endpoint_url=endpoint,
        region_name=surroundings.variable("AWS_DEFAULT_REGION", "us-east-1"),
        aws_access_key_id=surroundings.variable("AWS_ACCESS_KEY_ID", "testing"),
        aws_secret_access_key=surroundings.variable("AWS_SECRET_ACCESS_KEY", "testing"),
        config=Config(retries={"total_max_attempts": 1}, read_timeout=910),
    )


@contextmanager
def problems(endpoint: str) -> Iterator[None]:
    """What a call may fail with becomes a Problem."""
    from botocore.exceptions import ClientError, EndpointConnectionError

    try:
        yield
    except EndpointConnectionError:
        raise Problem(f"Nothing answers at {endpoint}. Start it with: windtunnel up (or serve)") from None
    except ClientError as error:
        raise Problem(f"{error.response['Error']['Code']}: {error.response['Error']['Message']}") from None


def function_named(name: str, endpoint: str) -> str:
    """The real name of a function given by its name or its logical id in a stack. Raises Problem that lists what there is."""
    functions = [
        f["FunctionName"]
        for f in client("lambda", endpoint).get_paginator("list_functions").paginate().search("Functions")
    ]
    if name in functions:
        return name
    for stack in client("cloudformation", endpoint).describe_stacks()["Stacks"]:
        resources = client("cloudformation", endpoint).describe_stack_resources(StackName=stack["StackName"])[
            "StackResources"
        ]
        for resource in resources:
            if resource["LogicalResourceId"] == name and resource["ResourceType"] == "AWS::Lambda::Function":
                return str(resource["PhysicalResourceId"])
    known = ", ".join(functions) or "none at all"
    raise Problem(f"There is no function {name}. Known at {endpoint}: {known}.")
