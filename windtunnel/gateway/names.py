"""The names under which services are addressed, where they are not simply the service's name in the models."""

from __future__ import annotations

import re

# Signing names and endpoint prefixes → services that may be meant, in the order in which they are tried.
_SIGNING = {
    "apigateway": ("apigateway", "apigatewayv2"),
    "appconfig": ("appconfig", "appconfigdata"),
    "dynamodb": ("dynamodb", "dynamodbstreams"),
    "monitoring": ("cloudwatch",),
    "s3express": ("s3",),
    "states": ("stepfunctions",),
    "streams": ("dynamodbstreams",),
    "email": ("ses", "sesv2"),
    "ses": ("ses", "sesv2"),
}

# X-Amz-Target prefixes → services, for requests that are not signed.
TARGETS = {
    "AWSEvents": "events",
    "AWSStepFunctions": "stepfunctions",
    "AmazonSQS": "sqs",
    "AmazonSSM": "ssm",
    "CodeDeploy_20141006": "codedeploy",
    "DynamoDBStreams_20120810": "dynamodbstreams",
    "DynamoDB_20120810": "dynamodb",
    "GraniteServiceVersion20100801": "cloudwatch",
    "Kinesis_20131202": "kinesis",
    "Logs_20140328": "logs",
    "TrentService": "kms",
    "secretsmanager": "secretsmanager",
}

# `Version` of the query protocol → services, for requests that are not signed.
VERSIONS = {
    "2010-03-31": ("sns",),
    "2010-05-08": ("iam",),
    "2010-05-15": ("cloudformation",),
    "2010-08-01": ("cloudwatch",),
    "2011-06-15": ("sts",),
    "2012-11-05": ("sqs",),
}

_PATHS = {
    "apikeys": ("apigateway",),
    "domainnames": ("apigateway",),
    "restapis": ("apigateway",),
    "schedules": ("scheduler",),
    "schedule-groups": ("scheduler",),
    "usageplans": ("apigateway",),
    "v2": ("apigatewayv2",),
}


_DATE = re.compile(r"\d{4}-\d\d-\d\d$")


def by_path(path: str) -> tuple[str, ...]:
    """The services that an unsigned REST request may be for: Lambda's paths begin with a date, most others are S3's."""
    first = path[1:].partition("/")[0]
    return ("lambda",) if _DATE.match(first) else _PATHS.get(first, ("s3",))


def candidates(signing_name: str) -> tuple[str, ...]:
    """The services that a signing name or an endpoint prefix may stand for."""
    return _SIGNING.get(signing_name) or ((signing_name,) if signing_name else ())


UNSIGNED = {"ConfirmSubscription": "sns", "Unsubscribe": "sns"}
"""Actions of links that AWS sends to people and endpoints: nobody signs them, and no version tells their service."""
