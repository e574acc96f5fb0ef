"""A compressed object in S3, read line by line without being loaded."""

from aws_lambda_powertools.utilities.streaming.s3_object import S3Object


def handler(event, context):
    object = S3Object(bucket=event["bucket"], key=event["key"], is_gzip=True)
    return [line.decode().strip() for line in object]
