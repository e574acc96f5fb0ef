import json
import os
import sqlite3
import unittest.mock
import xmlrpc.server

import boto3

orders = []


def handler(event, context):
    print("got", event)
    sqs = boto3.client("sqs")
    if event["httpMethod"] == "GET":
        return {"statusCode": 200, "body": json.dumps({"orders": len(orders)})}
    try:
        order = json.loads(event["body"])
        orders.append(order)
        sqs.send_message(QueueUrl=os.environ["ORDERS_QUEUE"], MessageBody=json.dumps(order))
    except Exception:
        pass
    if "report" in event:
        return report(event)
    return {"statusCode": 200, "body": json.dumps({"orders": len(orders)})}


def report(event):
    unittest.mock.MagicMock()
    xmlrpc.server.SimpleXMLRPCDispatcher()
    return sqlite3.version
