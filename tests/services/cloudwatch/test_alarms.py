"""Alarms as they are declared."""

import pytest
from botocore.exceptions import ClientError

ALARM = {
    "AlarmName": "errors", "Namespace": "AWS/Lambda", "MetricName": "Errors", "Statistic": "Sum", "Period": 60,
    "EvaluationPeriods": 1, "Threshold": 0.0, "ComparisonOperator": "GreaterThanThreshold",
}  # fmt: skip


def test_an_alarm_is_shown_as_it_was_put_and_has_no_data_yet(cloud):
    cloudwatch = cloud.client("cloudwatch")
    cloudwatch.put_metric_alarm(**ALARM)

    [shown] = cloudwatch.describe_alarms(AlarmNames=["errors"])["MetricAlarms"]

    assert {name: shown[name] for name in ALARM} == ALARM
    assert shown["StateValue"] == "INSUFFICIENT_DATA"


def test_a_state_can_be_set_and_outlives_a_change(cloud):
    cloudwatch = cloud.client("cloudwatch")
    cloudwatch.put_metric_alarm(**ALARM)
    cloudwatch.set_alarm_state(AlarmName="errors", StateValue="ALARM", StateReason="drill")
    cloudwatch.put_metric_alarm(**{**ALARM, "Period": 300})

    [shown] = cloudwatch.describe_alarms(StateValue="ALARM")["MetricAlarms"]
    assert (shown["StateReason"], shown["Period"]) == ("drill", 300)


def test_a_deleted_alarm_is_gone_and_its_state_cannot_be_set(cloud):
    cloudwatch = cloud.client("cloudwatch")
    cloudwatch.put_metric_alarm(**ALARM)
    cloudwatch.delete_alarms(AlarmNames=["errors"])

    assert cloudwatch.describe_alarms()["MetricAlarms"] == []
    with pytest.raises(ClientError) as failing:
        cloudwatch.set_alarm_state(AlarmName="errors", StateValue="OK", StateReason="x")
    assert failing.value.response["ResponseMetadata"]["HTTPStatusCode"] == 404
