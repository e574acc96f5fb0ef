"""Handing a document to the queue, topic, function, bus, stream or bucket that an ARN names: dead letters and destinations."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from windtunnel.aws.arns import parse
from windtunnel.aws.calls import Sender
from windtunnel.aws.errors import ApiError, NotImplementedHere
from windtunnel.aws.home import Home


async def put(
    home: Home,
    arn: str,
    body: str,
    *,
    access_key: str = "",
    attributes: dict[str, dict[str, Any]] | None = None,
    trace: str = "",
    source: str = "lambda",
    detail_type: str = "",
    resources: tuple[str, ...] = (),
    group: str = "",
    deduplication: str = "",
    key: str = "",
    sender: Sender | None = None,
) -> None:
    """
    `group` is that of the message in a queue, or the partition key in a stream; `deduplication` is the message's id where
    the queue is a FIFO one. `key` is that of the object in a bucket; an invocation record has one of its own. `sender` is the
    service that does it by itself, where there is no `access_key`.

    Raises the ApiError of the call that refused it.
    """
    target = parse(arn)
    how: dict[str, Any] = {
        "access_key": access_key, "trace": trace, "account": target.account, "region": target.region, "sender": sender
    }  # fmt: skip
    if target.service == "sqs":
        url = f"https://sqs.{target.region}.amazonaws.com/{target.account}/{target.resource}"
        wish: dict[str, Any] = {"QueueUrl": url, "MessageBody": body}
        if attributes:
            wish["MessageAttributes"] = attributes
        if group:
            wish["MessageGroupId"] = group
        if target.resource.endswith(".fifo") and deduplication:
            wish["MessageDeduplicationId"] = deduplication
        if trace:
            wish["MessageSystemAttributes"] = {"AWSTraceHeader": {"DataType": "String", "StringValue": trace}}
        await home.call("sqs", "SendMessage", wish, **how)
    elif target.service == "sns":
        wish = {"TopicArn": arn, "Message": body}
        if attributes:
            wish["MessageAttributes"] = attributes
        await home.call("sns", "Publish", wish, **how)
    elif target.service == "lambda":
        wish = {"FunctionName": arn, "InvocationType": "Event", "Payload": body.encode()}
        await home.call("lambda", "Invoke", wish, **how)
    elif target.service == "events":
        entry = {
            "Source": source,
            "DetailType": detail_type,
            "Detail": body,
            "EventBusName": arn,
            "Resources": list(resources),
        }
        [answer] = (await home.call("events", "PutEvents", {"Entries": [entry]}, **how))["Entries"]
        if code := answer.get("ErrorCode"):
            raise ApiError(code, answer["ErrorMessage"])
    elif target.service == "kinesis":
        wish = {"StreamARN": arn, "Data": body.encode(), "PartitionKey": group or home.ids.uuid()}
        await home.call("kinesis", "PutRecord", wish, **how)
    elif target.service == "s3":
        how |= {"account": "", "region": ""}
        call = {"Bucket": target.resource, "Key": key or _invocation_key(home, body), "Body": body.encode()}
        await home.call("s3", "PutObject", call, **how)
    else:
        raise NotImplementedHere(f"{arn} as a destination")


def _invocation_key(home: Home, body: str) -> str:
    # AWS: https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html ("S3 destinations")
    function = json.loads(body)["requestContext"]["functionArn"].split(":")[6]
    at = datetime.fromtimestamp(home.clock.now(), UTC)
    return f"aws/lambda/async/{function}/{at:%Y/%m/%d}/{at:%Y-%m-%dT%H.%M.%S}-{home.ids.uuid()}"
