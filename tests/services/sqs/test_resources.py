"""Queues and their policies in templates."""

import json

_READ = {"Effect": "Allow", "Principal": "*", "Action": "sqs:ReceiveMessage", "Resource": "*"}


def deployed(cloud, resources):
    """The stack `jobs`, made or changed."""
    client = cloud.client("cloudformation")
    known = [each["StackName"] for each in client.describe_stacks()["Stacks"]]
    act = client.update_stack if known else client.create_stack
    act(StackName="jobs", TemplateBody=json.dumps({"Resources": resources}))
    cloud.advance(60)


def queue(name, **properties):
    return {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": name, **properties}}


def policy_of(*queues):
    document = {"Version": "2012-10-17", "Statement": [_READ]}
    properties = {"Queues": [{"Ref": each} for each in queues], "PolicyDocument": document}
    return {"Type": "AWS::SQS::QueuePolicy", "Properties": properties}


def attributes(cloud, name):
    sqs = cloud.client("sqs")
    url = sqs.get_queue_url(QueueName=name)["QueueUrl"]
    return sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]


def test_a_policy_moves_from_queue_to_queue(cloud):
    queues = {"One": queue("one"), "Two": queue("two"), "Three": queue("three")}
    deployed(cloud, {**queues, "Policy": policy_of("One", "Two")})

    deployed(cloud, {**queues, "Policy": policy_of("Two", "Three")})

    have = ["Policy" in attributes(cloud, name) for name in ("one", "two", "three")]
    assert have == [False, True, True]


def test_a_limit_of_size_that_is_taken_back_is_the_one_of_former_times(cloud):
    deployed(cloud, {"Jobs": queue("jobs", MaximumMessageSize=2048, DelaySeconds=5)})

    deployed(cloud, {"Jobs": queue("jobs")})

    now = attributes(cloud, "jobs")
    assert (now["MaximumMessageSize"], now["DelaySeconds"]) == ("262144", "0")
