"""Queues, topics and functions of a running cloud as people name them: by name, ARN, or logical id in a stack."""

from __future__ import annotations

from windtunnel.cli import remote
from windtunnel.cli.main import Problem


def queue(name: str, endpoint: str) -> str:
    """The URL of a queue. Raises Problem that lists what there is."""
    sqs = remote.client("sqs", endpoint)
    urls = queues(endpoint)
    wanted = name.rpartition(":")[2] if name.startswith("arn:") else name
    by_name = {url.rpartition("/")[2]: url for url in urls}
    if url := by_name.get(wanted) or (name if name in urls else None):
        return str(url)
    made = _physical(name, "AWS::SQS::Queue", endpoint)
    if made is not None:
        return str(sqs.get_queue_url(QueueName=made.rpartition("/")[2])["QueueUrl"])
    raise _unknown("queue", name, by_name, endpoint)


def queues(endpoint: str) -> list[str]:
    pages = remote.client("sqs", endpoint).get_paginator("list_queues").paginate(PaginationConfig={"PageSize": 1000})
    return [url for page in pages for url in page.get("QueueUrls", ())]


def topic(name: str, endpoint: str) -> str:
    """The ARN of a topic. Raises Problem that lists what there is."""
    pages = remote.client("sns", endpoint).get_paginator("list_topics").paginate()
    arns = [each["TopicArn"] for page in pages for each in page["Topics"]]
    return _by_arn("topic", name, arns, "AWS::SNS::Topic", endpoint)


def stream(name: str, endpoint: str) -> str:
    """The name of a Kinesis stream. Raises Problem that lists what there is."""
    pages = remote.client("kinesis", endpoint).get_paginator("list_streams").paginate()
    names = {each: each for page in pages for each in page["StreamNames"]}
    wanted = name.rpartition("/")[2]
    if wanted in names:
        return wanted
    made = _physical(name, "AWS::Kinesis::Stream", endpoint)
    if made is None:
        raise _unknown("stream", name, names, endpoint)
    return made


def function(name: str, endpoint: str) -> str:
    """The name of a function. Raises Problem that lists what there is."""
    pages = remote.client("lambda", endpoint).get_paginator("list_functions").paginate()
    names = {each["FunctionName"]: each["FunctionArn"] for page in pages for each in page["Functions"]}
    wanted = name.split(":")[6] if name.startswith("arn:aws:lambda:") else name
    if wanted in names:
        return wanted
    made = _physical(name, "AWS::Lambda::Function", endpoint)
    if made is None:
        raise _unknown("function", name, names, endpoint)
    return made


def _by_arn(what: str, name: str, arns: list[str], kind: str, endpoint: str) -> str:
    by_name = {arn.rpartition(":")[2]: arn for arn in arns}
    found = name if name in arns else by_name.get(name) or _physical(name, kind, endpoint)
    if found is None:
        raise _unknown(what, name, by_name, endpoint)
    return found


def _physical(logical_id: str, kind: str, endpoint: str) -> str | None:
    """What a stack made under this logical id."""
    cloudformation = remote.client("cloudformation", endpoint)
    for stack in cloudformation.describe_stacks()["Stacks"]:
        for resource in cloudformation.describe_stack_resources(StackName=stack["StackName"])["StackResources"]:
            if (resource["LogicalResourceId"], resource["ResourceType"]) == (logical_id, kind):
                return str(resource["PhysicalResourceId"])
    return None


def _unknown(what: str, name: str, known: dict[str, str], endpoint: str) -> Problem:
    return Problem(f"There is no {what} {name}. Known at {endpoint}: {', '.join(sorted(known)) or 'none at all'}.")
