"""Services that invoke a function: what its policy would say to it on AWS is noted, and decides between accounts."""

import json

from tests.services.apigatewayv2.asking import ask
from tests.services.lambda_.functions import ECHO, create
from tests.services.sns.topics import topic
from tests.services.visiting import OTHER

FN = "arn:aws:lambda:us-east-1:000000000000:function:fn"


def noted(cloud):
    return [(e.fact.sender, e.fact.action, e.fact.resource) for e in cloud.records("PermissionMissing")]


def allow(cloud, service, source, **members):
    cloud.client("lambda").add_permission(
        FunctionName="fn",
        StatementId="s",
        Action="lambda:InvokeFunction",
        Principal=service,
        SourceArn=source,
        **members,
    )


def publish(cloud, arn):
    cloud.client("sns").publish(TopicArn=arn, Message="x")
    cloud.settle()


def test_a_topic_without_a_permission_invokes_and_is_noted_once(cloud):
    create(cloud, ECHO)
    arn = topic(cloud)
    cloud.client("sns").subscribe(TopicArn=arn, Protocol="lambda", Endpoint=FN)

    publish(cloud, arn)
    publish(cloud, arn)

    assert len(cloud.records("Invoked")) == 2
    assert noted(cloud) == [("sns.amazonaws.com", "lambda:InvokeFunction", FN)]


def test_a_topic_with_a_permission_is_not_noted(cloud):
    create(cloud, ECHO)
    arn = topic(cloud)
    allow(cloud, "sns.amazonaws.com", arn)
    cloud.client("sns").subscribe(TopicArn=arn, Protocol="lambda", Endpoint=FN)

    publish(cloud, arn)

    assert cloud.records("Invoked") and noted(cloud) == []


def test_a_permission_for_another_topic_does_not_help(cloud):
    create(cloud, ECHO)
    arn = topic(cloud)
    allow(cloud, "sns.amazonaws.com", arn + "-old")
    cloud.client("sns").subscribe(TopicArn=arn, Protocol="lambda", Endpoint=FN)

    publish(cloud, arn)

    assert [resource for _, _, resource in noted(cloud)] == [FN]


def test_the_permission_of_an_alias_is_its_own(cloud):
    create(cloud, ECHO)
    client = cloud.client("lambda")
    client.publish_version(FunctionName="fn")
    client.create_alias(FunctionName="fn", Name="live", FunctionVersion="1")
    arn = topic(cloud)
    allow(cloud, "sns.amazonaws.com", arn)
    cloud.client("sns").subscribe(TopicArn=arn, Protocol="lambda", Endpoint=f"{FN}:live")

    publish(cloud, arn)

    assert [resource for _, _, resource in noted(cloud)] == [f"{FN}:live"]


def test_a_rule_is_noted_with_its_own_arn(cloud):
    create(cloud, ECHO)
    events = cloud.client("events")
    rule = events.put_rule(Name="placed", EventPattern=json.dumps({"source": ["shop"]}))["RuleArn"]
    events.put_targets(Rule="placed", Targets=[{"Id": "1", "Arn": FN}])

    events.put_events(Entries=[{"Source": "shop", "DetailType": "t", "Detail": "{}"}])

    [entry] = cloud.records("PermissionMissing")
    assert (entry.fact.sender, entry.fact.source) == ("events.amazonaws.com", rule)


def test_an_http_api_names_its_route_and_what_the_permission_of_any_stage_allows(cloud):
    create(cloud, ECHO)
    api = cloud.client("apigatewayv2").create_api(Name="a", ProtocolType="HTTP", RouteKey="GET /orders/{id}", Target=FN)

    path = f"/_api/{api['ApiId']}/orders/7"

    assert ask(cloud, path).status == 200
    assert [e.fact.source.rpartition(":")[2] for e in cloud.records("PermissionMissing")] == [
        f"{api['ApiId']}/$default/GET/orders/{{id}}"
    ]

    allow(
        cloud, "apigateway.amazonaws.com", f"arn:aws:execute-api:us-east-1:000000000000:{api['ApiId']}/*/GET/orders/*"
    )
    assert ask(cloud, path).status == 200
    assert len(cloud.records("PermissionMissing")) == 1


def test_a_topic_of_another_account_needs_the_permission(cloud):
    create(cloud, ECHO)
    sns = cloud.client("sns", account=OTHER)
    arn = sns.create_topic(Name="theirs")["TopicArn"]
    sns.subscribe(TopicArn=arn, Protocol="lambda", Endpoint=FN)

    sns.publish(TopicArn=arn, Message="x")
    cloud.settle()
    assert not cloud.records("Invoked")

    allow(cloud, "sns.amazonaws.com", arn)
    sns.publish(TopicArn=arn, Message="x")
    cloud.settle()
    assert len(cloud.records("Invoked")) == 1
