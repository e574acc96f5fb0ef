"""Talking to a cloud that runs already, as any client would: a boto3 client for its endpoint, and its own pages."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import click

from windtunnel.cli.main import Problem

ENDPOINT = "http://localhost:4566"


def endpoint_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """`--endpoint`, the same for every command that talks to a running cloud."""
    option = click.option(
        "--endpoint", envvar="AWS_ENDPOINT_URL", default=ENDPOINT, show_default=True, help="Where the cloud answers."
    )
    return option(command)


def page(endpoint: str, path: str, method: str = "GET", content: Any = None) -> Any:
    """What a page under `/_windtunnel/` answers, as JSON. Raises Problem with what it says is wrong."""
    import urllib.error
    import urllib.request

    body = None if content is None else json.dumps(content).encode()
    headers = {"Content-Type": "application/json"} if body else {}
    request = urllib.request.Request(f"{endpoint}/_windtunnel/{path}", body, headers, method=method)
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.loads(answer.read() or b"null")
    except urllib.error.HTTPError as refused:
        raise Problem(json.loads(refused.read() or b"{}").get("message", str(refused))) from None
    except OSError:
        raise nobody_at(endpoint) from None


def facts(endpoint: str, query: str) -> Iterator[dict[str, Any]]:
    """Entries of the flight record, as they come if the query says `follow=true`."""
    import urllib.request

    try:
        with urllib.request.urlopen(f"{endpoint}/_windtunnel/facts?{query}") as stream:
            for line in stream:
                yield json.loads(line)
    except OSError:
        raise nobody_at(endpoint) from None


def nobody_at(endpoint: str) -> Problem:
    return Problem(f"Nothing answers at {endpoint}. Start it with: windtunnel up (or serve)")


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
        raise nobody_at(endpoint) from None
    except ClientError as error:
        raise Problem(f"{error.response['Error']['Code']}: {error.response['Error']['Message']}") from None
