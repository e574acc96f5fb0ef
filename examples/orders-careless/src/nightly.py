import json

import boto3

functions = boto3.client("lambda")


def handler(event, context):
    answer = functions.invoke(FunctionName="FulfilOrder", Payload=json.dumps({"Records": []}))
    return {"status": answer["StatusCode"]}
