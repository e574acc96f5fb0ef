"""Dashboards: kept, shown, and part of templates."""

import json

import pytest
from botocore.exceptions import ClientError

BODY = json.dumps({"widgets": []})


@pytest.fixture
def cloudwatch(cloud):
    return cloud.client("cloudwatch")


def test_a_dashboard_is_kept_as_it_was_put(cloudwatch):
    cloudwatch.put_dashboard(DashboardName="orders", DashboardBody=BODY)

    found = cloudwatch.get_dashboard(DashboardName="orders")
    assert found["DashboardBody"] == BODY
    assert found["DashboardArn"] == "arn:aws:cloudwatch::000000000000:dashboard/orders"


def test_dashboards_are_listed_by_prefix(cloudwatch):
    for name in ("orders-b", "orders-a", "stock"):
        cloudwatch.put_dashboard(DashboardName=name, DashboardBody=BODY)

    listed = cloudwatch.list_dashboards(DashboardNamePrefix="orders")["DashboardEntries"]

    assert [(each["DashboardName"], each["Size"]) for each in listed] == [("orders-a", 15), ("orders-b", 15)]


def test_a_body_that_is_no_json_is_refused(cloudwatch):
    with pytest.raises(ClientError, match="must be a valid JSON object"):
        cloudwatch.put_dashboard(DashboardName="orders", DashboardBody="{")


def test_a_dashboard_that_is_not_there_is_neither_shown_nor_deleted(cloudwatch):
    cloudwatch.put_dashboard(DashboardName="orders", DashboardBody=BODY)

    with pytest.raises(ClientError, match="Dashboard none does not exist"):
        cloudwatch.get_dashboard(DashboardName="none")
    with pytest.raises(ClientError, match="Dashboard none does not exist"):
        cloudwatch.delete_dashboards(DashboardNames=["orders", "none"])
    assert cloudwatch.get_dashboard(DashboardName="orders")


def test_what_looks_on_is_part_of_a_stack(cloud, cloudwatch):
    body = """
Resources:
  Board: {Type: AWS::CloudWatch::Dashboard, Properties: {DashboardName: b, DashboardBody: !Sub '{"widgets": ["${AWS::Region}"]}'}}
  Query: {Type: AWS::Logs::QueryDefinition, Properties: {Name: errors, QueryString: fields @message, LogGroupNames: [/a]}}
  Group: {Type: AWS::ResourceGroups::Group, Properties: {Name: !Sub "AI-${AWS::StackName}", ResourceQuery: {Type: CLOUDFORMATION_STACK_1_0}}}
  Insights: {Type: AWS::ApplicationInsights::Application, Properties: {ResourceGroupName: !Ref Group, AutoConfigurationEnabled: true}}
"""
    stacks = cloud.client("cloudformation")
    stacks.create_stack(StackName="shop", TemplateBody=body)
    cloud.settle()

    assert cloudwatch.get_dashboard(DashboardName="b")["DashboardBody"] == '{"widgets": ["us-east-1"]}'
    [query] = cloud.client("logs").describe_query_definitions()["queryDefinitions"]
    assert (query["name"], query["queryString"], query["logGroupNames"]) == ("errors", "fields @message", ["/a"])
    found = stacks.describe_stack_resources(StackName="shop")["StackResources"]
    assert {r["LogicalResourceId"]: r["PhysicalResourceId"] for r in found}["Insights"] == "AI-shop"

    stacks.delete_stack(StackName="shop")
    cloud.settle()

    assert cloudwatch.list_dashboards()["DashboardEntries"] == []
    assert cloud.client("logs").describe_query_definitions()["queryDefinitions"] == []
