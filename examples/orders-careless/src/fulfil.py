import json
import os
import uuid

import boto3


def handler(event, context):
    s3 = boto3.client("s3")
    for record in event["Records"]:
        order = json.loads(record["body"])
        s3.put_object(Bucket=os.environ["ARCHIVE"], Key=f"orders/{uuid.uuid4()}.json", Body=json.dumps(order))
        print("fulfilled", order)
