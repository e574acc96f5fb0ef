"""POST /orders: checks an order and hands it over to be fulfilled."""

import json
import logging
import os

import boto3

import orders

logger = logging.getLogger()
queue = boto3.client("sqs")
QUEUE_URL = os.environ["ORDERS_QUEUE"]


def handler(event, context):
    try:
        order = orders.from_request(event.get("body"))
    except orders.Refused as refusal:
        logger.info("order refused", extra={"reason": str(refusal)})
        return answer(400, {"error": str(refusal)})
    queue.send_message(QueueUrl=QUEUE_URL, MessageBody=json.dumps(order))
    logger.info("order taken", extra={"order": order["id"], "items": len(order["items"])})
    return answer(202, {"id": order["id"]})


def answer(status, content):
    return {"statusCode": status, "headers": {"content-type": "application/json"}, "body": json.dumps(content)}
