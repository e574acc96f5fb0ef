"""Amazon CloudWatch: alarms and dashboards as they are declared. Metrics, and alarms that go off by them, are not built yet."""

from windtunnel.aws.operations import Declaration

declaration = Declaration(
    api="cloudwatch",
    nouns=("alarms.Alarms", "dashboards.Dashboards"),
    types={"AWS::CloudWatch::Alarm": "resources.AlarmType", "AWS::CloudWatch::Dashboard": "resources.DashboardType"},
)
