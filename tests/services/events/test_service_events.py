"""What services of AWS tell the default bus."""

from tests.services.events.events import arrived, ruled

TEMPLATE = "Resources: {Jobs: {Type: AWS::SQS::Queue, Properties: {QueueName: jobs}}}"
ALARM = {
    "AlarmName": "errors", "AlarmDescription": "too many", "Namespace": "AWS/Lambda", "MetricName": "Errors",
    "Dimensions": [{"Name": "FunctionName", "Value": "f"}], "Statistic": "Sum", "Period": 60, "EvaluationPeriods": 1,
    "Threshold": 0.0, "ComparisonOperator": "GreaterThanThreshold",
}  # fmt: skip
ARN = "arn:aws:cloudwatch:us-east-1:000000000000:alarm:errors"


def deployed(cloud, template=TEMPLATE):
    stack = cloud.client("cloudformation").create_stack(StackName="shop", TemplateBody=template)["StackId"]
    cloud.settle()
    return stack


def test_the_states_of_a_stack_are_told(cloud):
    url = ruled(
        cloud, pattern={"source": ["aws.cloudformation"], "detail-type": ["CloudFormation Stack Status Change"]}
    )

    stack = deployed(cloud)

    events = sorted(arrived(cloud, url), key=lambda event: event["detail"]["status-details"]["status"])
    done, begun = events
    assert begun["detail"]["status-details"] == {"status": "CREATE_IN_PROGRESS", "status-reason": "User Initiated"}
    assert done["resources"] == [stack]
    assert done["detail"] == {
        "stack-id": stack, "status-details": {"status": "CREATE_COMPLETE", "status-reason": ""}, "client-request-token": "",
    }  # fmt: skip


def test_the_states_of_a_resource_are_told(cloud):
    pattern = {
        "detail-type": ["CloudFormation Resource Status Change"],
        "detail": {"status-details": {"status": ["CREATE_COMPLETE"]}},
    }
    url = ruled(cloud, pattern=pattern)

    stack = deployed(cloud)

    [event] = arrived(cloud, url)
    assert (event["source"], event["account"], event["region"]) == ("aws.cloudformation", "000000000000", "us-east-1")
    assert event["detail"] == {
        "stack-id": stack,
        "logical-resource-id": "Jobs",
        "physical-resource-id": "https://sqs.us-east-1.amazonaws.com/000000000000/jobs",
        "status-details": {"status": "CREATE_COMPLETE", "status-reason": ""},
        "resource-type": "AWS::SQS::Queue",
        "client-request-token": "",
    }


def test_a_stack_that_nobody_listens_to_sends_nothing(cloud):
    deployed(cloud)

    assert not cloud.records("EventPut")


def test_a_change_of_an_alarms_state_is_told(cloud):
    url = ruled(cloud, pattern={"source": ["aws.cloudwatch"]})
    cloudwatch = cloud.client("cloudwatch")
    cloudwatch.put_metric_alarm(**ALARM)

    cloudwatch.set_alarm_state(
        AlarmName="errors", StateValue="ALARM", StateReason="drill", StateReasonData='{"version":"1.0"}'
    )
    cloud.settle()

    [event] = arrived(cloud, url)
    assert (event["detail-type"], event["resources"]) == ("CloudWatch Alarm State Change", [ARN])
    detail = event["detail"]
    assert detail["alarmName"] == "errors"
    assert {**detail["state"], "timestamp": ""} == {
        "value": "ALARM", "reason": "drill", "reasonData": '{"version":"1.0"}', "timestamp": "",
    }  # fmt: skip
    assert detail["state"]["timestamp"].endswith("+0000")
    assert detail["previousState"]["value"] == "INSUFFICIENT_DATA"
    [query] = detail["configuration"]["metrics"]
    assert detail["configuration"]["description"] == "too many"
    assert query["returnData"] is True
    assert query["metricStat"] == {
        "metric": {"namespace": "AWS/Lambda", "name": "Errors", "dimensions": {"FunctionName": "f"}},
        "period": 60,
        "stat": "Sum",
    }


def test_a_state_that_stays_is_not_told(cloud):
    url = ruled(cloud, pattern={"source": ["aws.cloudwatch"]})
    cloud.client("cloudwatch").put_metric_alarm(**ALARM)

    cloud.client("cloudwatch").set_alarm_state(AlarmName="errors", StateValue="INSUFFICIENT_DATA", StateReason="same")
    cloud.settle()

    assert arrived(cloud, url) == []


def test_an_archive_keeps_what_a_service_told(cloud):
    bus = "arn:aws:events:us-east-1:000000000000:event-bus/default"
    cloud.client("events").create_archive(ArchiveName="all", EventSourceArn=bus)
    cloud.client("cloudwatch").put_metric_alarm(**ALARM)

    cloud.client("cloudwatch").set_alarm_state(AlarmName="errors", StateValue="OK", StateReason="drill")
    cloud.settle()

    assert cloud.client("events").describe_archive(ArchiveName="all")["EventCount"] == 1


def test_what_was_told_is_brought_after_a_restart(started):
    cloud = started()
    url = ruled(cloud, pattern={"source": ["aws.cloudwatch"]})
    home = cloud.inside.home("000000000000", "us-east-1")
    told = home.service("events").nouns["ServiceEvents"]

    async def cut_off(delivery):
        raise ConnectionAbortedError("the process ends here")

    told.attempt = cut_off

    async def accept():
        told.accept("aws.cloudwatch", "CloudWatch Alarm State Change", [], {"alarmName": "a"})

    cloud.run(accept)
    cloud.settle()
    cloud.inside.bugs.clear()
    cloud = started()
    cloud.advance(minutes=2)

    [event] = arrived(cloud, url)
    assert event["detail"] == {"alarmName": "a"}
