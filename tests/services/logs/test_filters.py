"""Metric filters, subscriptions, destinations, resource policies."""

import base64
import gzip
import json

import pytest

from tests.services.lambda_.functions import create
from tests.services.logs.asking import refused

METRIC = {"metricName": "Errors", "metricNamespace": "App", "metricValue": "1", "defaultValue": 0.0}
NOTE = """
def handler(event, context):
    with open({path!r}, "a") as file:
        file.write(event["awslogs"]["data"])
"""


def test_a_metric_filter_is_kept_and_shown(cloud, logs, group):
    logs.put_metric_filter(
        logGroupName=group, filterName="errors", filterPattern="ERROR", metricTransformations=[METRIC]
    )

    [shown] = logs.describe_metric_filters(metricName="Errors", metricNamespace="App")["metricFilters"]

    assert shown == {
        "filterName": "errors",
        "filterPattern": "ERROR",
        "metricTransformations": [METRIC],
        "creationTime": int(cloud.now * 1000),
        "logGroupName": group,
        "applyOnTransformedLogs": False,
    }
    assert logs.describe_log_groups()["logGroups"][0]["metricFilterCount"] == 1
    assert logs.describe_metric_filters(metricName="Other", metricNamespace="App")["metricFilters"] == []


def test_a_metric_filter_can_be_taken_away_once(logs, group):
    which = {"logGroupName": group, "filterName": "errors"}
    logs.put_metric_filter(**which, filterPattern="", metricTransformations=[METRIC])
    logs.delete_metric_filter(**which)

    assert refused(logs.delete_metric_filter, **which) == (
        "ResourceNotFoundException",
        "The specified metric filter does not exist.",
    )


@pytest.mark.windtunnel(isolation="inline")
def test_a_function_is_sent_the_events_that_match(cloud, logs, group, put, tmp_path):
    noted = tmp_path / "noted"
    arn = create(cloud, NOTE.format(path=str(noted)))["FunctionArn"]
    logs.put_subscription_filter(
        logGroupName=group, filterName="errors", filterPattern="ERROR", destinationArn=arn
    )  # fmt: skip

    put("ERROR one", "INFO two", "ERROR three")
    cloud.settle()

    content = json.loads(gzip.decompress(base64.b64decode(noted.read_text())))
    assert [event["message"] for event in content["logEvents"]] == ["ERROR one", "ERROR three"]
    assert (content["messageType"], content["owner"]) == ("DATA_MESSAGE", "000000000000")
    assert (content["logGroup"], content["logStream"], content["subscriptionFilters"]) == (group, "one", ["errors"])
    [delivered] = cloud.records("LogsDelivered")
    assert (delivered.fact.target, delivered.fact.events, delivered.fact.error) == (arn, 2, "")


def test_a_subscription_needs_a_function_that_is_there(logs, group):
    code, words = refused(
        logs.put_subscription_filter,
        logGroupName=group,
        filterName="f",
        filterPattern="",
        destinationArn="arn:aws:lambda:us-east-1:000000000000:function:no",
    )

    assert code == "InvalidParameterException"
    assert words.startswith("Could not execute the lambda function.")
    assert logs.describe_subscription_filters(logGroupName=group)["subscriptionFilters"] == []


def test_subscriptions_that_are_not_there_are_named(logs, group):
    assert refused(logs.delete_subscription_filter, logGroupName=group, filterName="no") == (
        "ResourceNotFoundException",
        "The specified subscription filter does not exist.",
    )
    assert refused(logs.delete_subscription_filter, logGroupName="/no", filterName="no") == (
        "ResourceNotFoundException",
        "The specified log group does not exist.",
    )


def test_a_destination_goes_through_its_life(cloud, logs):
    target = "arn:aws:kinesis:us-east-1:000000000000:stream/s"
    role = "arn:aws:iam::000000000000:role/r"
    made = logs.put_destination(destinationName="d", targetArn=target, roleArn=role)["destination"]
    logs.put_destination_policy(destinationName="d", accessPolicy="{}")

    [shown] = logs.describe_destinations(DestinationNamePrefix="d")["destinations"]
    logs.delete_destination(destinationName="d")

    assert made == {
        "destinationName": "d",
        "targetArn": target,
        "roleArn": role,
        "arn": "arn:aws:logs:us-east-1:000000000000:destination:d",
        "creationTime": int(cloud.now * 1000),
    }
    assert shown == {**made, "accessPolicy": "{}"}
    assert logs.describe_destinations()["destinations"] == []


def test_ten_resource_policies_are_enough(logs):
    for number in range(10):
        logs.put_resource_policy(policyName=f"p{number}", policyDocument="{}")

    shown = logs.describe_resource_policies()["resourcePolicies"]

    assert (len(shown), shown[0]["policyScope"]) == (10, "ACCOUNT")
    assert refused(logs.put_resource_policy, policyName="p10", policyDocument="{}") == (
        "LimitExceededException",
        "Resource limit exceeded.",
    )


def test_what_is_not_built_is_refused_by_name(logs, group):
    code, words = refused(logs.start_query, logGroupName=group, startTime=0, endTime=1, queryString="fields @message")

    assert (code, words) == ("NotImplemented", "logs:StartQuery is not implemented by windtunnel.")


def test_groups_and_filters_are_made_by_templates(cloud, logs):
    template = {
        "Resources": {
            "Group": {"Type": "AWS::Logs::LogGroup", "Properties": {"LogGroupName": "/t", "RetentionInDays": 7}},
            "Stream": {
                "Type": "AWS::Logs::LogStream",
                "Properties": {"LogGroupName": {"Ref": "Group"}, "LogStreamName": "s"},
            },
            "Filter": {
                "Type": "AWS::Logs::MetricFilter",
                "Properties": {
                    "LogGroupName": {"Ref": "Group"},
                    "FilterPattern": "ERROR",
                    "MetricTransformations": [
                        {"MetricName": "Errors", "MetricNamespace": "App", "MetricValue": "1", "DefaultValue": 0}
                    ],
                },
            },
        },
        "Outputs": {"Arn": {"Value": {"Fn::GetAtt": ["Group", "Arn"]}}},
    }
    cloudformation = cloud.client("cloudformation")
    cloudformation.create_stack(StackName="app", TemplateBody=json.dumps(template))
    cloud.settle()

    stack = cloudformation.describe_stacks(StackName="app")["Stacks"][0]
    assert stack["StackStatus"] == "CREATE_COMPLETE"
    assert stack["Outputs"][0]["OutputValue"] == "arn:aws:logs:us-east-1:000000000000:log-group:/t:*"
    assert logs.describe_log_groups()["logGroups"][0]["retentionInDays"] == 7
    assert [each["logStreamName"] for each in logs.describe_log_streams(logGroupName="/t")["logStreams"]] == ["s"]
    assert logs.describe_metric_filters()["metricFilters"][0]["metricTransformations"][0]["metricName"] == "Errors"
