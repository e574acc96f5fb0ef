"""GET /orders/{id}: shows what became of an order."""

import json
import logging
import os
import re

import boto3
from botocore.exceptions import ClientError

logger = logging.getLogger()
store = boto3.client("s3")
ARCHIVE = os.environ["ARCHIVE"]
ID = re.compile(r"[0-9a-f]{16}")


def handler(event, context):
    name = (event.get("pathParameters") or {}).get("id", "")
    if not ID.fullmatch(name):
        return answer(400, {"error": "The id of an order is sixteen hexadecimal digits."})
    try:
        found = store.get_object(Bucket=ARCHIVE, Key=f"orders/{name}.json")
    except ClientError as error:
        if error.response["Error"]["Code"] not in ("NoSuchKey", "AccessDenied"):
            raise
        logger.info("order not found", extra={"order": name})
        return answer(404, {"error": "There is no such order, or it is not fulfilled yet."})
    return answer(200, json.loads(found["Body"].read()))


def answer(status, content):
    return {"statusCode": status, "headers": {"content-type": "application/json"}, "body": json.dumps(content)}
