"""
What AWS's managed policies for Lambda applications say. Of the hundreds of others only AWS has the documents.

AWS: https://docs.aws.amazon.com/aws-managed-policy/latest/reference/policy-list.html
"""

from __future__ import annotations

import functools
from typing import Any

from windtunnel.policy.documents import Document

_LOGS = ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"]
_INTERFACES = [
    "ec2:CreateNetworkInterface", "ec2:DescribeNetworkInterfaces", "ec2:DescribeSubnets", "ec2:DeleteNetworkInterface",
    "ec2:AssignPrivateIpAddresses", "ec2:UnassignPrivateIpAddresses",
]  # fmt: skip
_XRAY = [
    "xray:PutTraceSegments", "xray:PutTelemetryRecords", "xray:GetSamplingRules", "xray:GetSamplingTargets",
    "xray:GetSamplingStatisticSummaries",
]  # fmt: skip
_STREAM = ["dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator", "dynamodb:ListStreams"]


def _allow(*actions: str, resource: str = "*") -> dict[str, Any]:
    return {"Effect": "Allow", "Action": list(actions), "Resource": resource}


_STATEMENTS: dict[str, list[dict[str, Any]]] = {
    "AdministratorAccess": [_allow("*")],
    "PowerUserAccess": [
        {"Effect": "Allow", "NotAction": ["iam:*", "organizations:*", "account:*"], "Resource": "*"},
        _allow(
            "account:GetAccountInformation", "account:GetGovCloudAccountInformation", "account:GetPrimaryEmail",
            "account:ListRegions", "iam:CreateServiceLinkedRole", "iam:DeleteServiceLinkedRole", "iam:ListRoles",
            "organizations:DescribeEffectivePolicy", "organizations:DescribeOrganization",
        ),
    ],
    "AWSLambda_FullAccess": [
        _allow(
            "cloudformation:DescribeStacks", "cloudformation:ListStackResources", "cloudwatch:ListMetrics",
            "cloudwatch:GetMetricData", "ec2:DescribeSecurityGroups", "ec2:DescribeSubnets", "ec2:DescribeVpcs",
            "kms:ListAliases", "iam:GetPolicy", "iam:GetPolicyVersion", "iam:GetRole", "iam:GetRolePolicy",
            "iam:ListAttachedRolePolicies", "iam:ListRolePolicies", "iam:ListRoles", "lambda:*", "logs:DescribeLogGroups",
            "states:DescribeStateMachine", "states:ListStateMachines", "tag:GetResources", "xray:GetTraceSummaries",
            "xray:BatchGetTraces",
        ),
        {**_allow("iam:PassRole"), "Condition": {"StringEquals": {"iam:PassedToService": "lambda.amazonaws.com"}}},
        _allow(
            "logs:DescribeLogStreams", "logs:GetLogEvents", "logs:FilterLogEvents",
            resource="arn:aws:logs:*:*:log-group:/aws/lambda/*",
        ),
    ],
    "service-role/AWSLambdaRole": [_allow("lambda:InvokeFunction")],
    "service-role/AWSLambdaBasicExecutionRole": [_allow(*_LOGS)],
    "service-role/AWSLambdaVPCAccessExecutionRole": [_allow(*_LOGS, *_INTERFACES)],
    "service-role/AWSLambdaENIManagementAccess": [_allow(*_INTERFACES)],
    "service-role/AWSLambdaSQSQueueExecutionRole": [
        _allow("sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes", *_LOGS)
    ],
    "service-role/AWSLambdaDynamoDBExecutionRole": [_allow(*_STREAM, *_LOGS)],
    "service-role/AWSLambdaKinesisExecutionRole": [
        _allow(
            "kinesis:DescribeStream", "kinesis:DescribeStreamSummary", "kinesis:GetRecords", "kinesis:GetShardIterator",
            "kinesis:ListShards", "kinesis:ListStreams", "kinesis:SubscribeToShard", *_LOGS,
        )
    ],
    "AWSLambdaInvocation-DynamoDB": [_allow("lambda:InvokeFunction"), _allow(*_STREAM)],
    "AWSLambdaExecute": [_allow("logs:*", resource="arn:aws:logs:*:*:*"), _allow("s3:GetObject", "s3:PutObject", resource="arn:aws:s3:::*")],
    "AWSXRayDaemonWriteAccess": [_allow(*_XRAY)],
    "AmazonSQSFullAccess": [_allow("sqs:*")],
    "AmazonSNSFullAccess": [_allow("sns:*")],
    "AmazonS3FullAccess": [_allow("s3:*", "s3-object-lambda:*")],
    "AmazonEventBridgeFullAccess": [_allow("events:*", "schemas:*", "scheduler:*", "pipes:*")],
    "CloudWatchLogsFullAccess": [_allow("logs:*", "cloudwatch:GenerateQuery")],
    "AWSStepFunctionsFullAccess": [_allow("states:*")],
}  # fmt: skip


@functools.cache
def managed(name: str) -> Document | None:
    """The policy of this path and name; None where only AWS knows it."""
    statements = _STATEMENTS.get(name)
    return None if statements is None else Document({"Version": "2012-10-17", "Statement": statements})
