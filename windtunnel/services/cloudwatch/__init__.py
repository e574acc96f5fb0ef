"""Amazon CloudWatch: alarms as they are declared. Metrics, and alarms that go off by them, are not built yet."""

from windtunnel.aws.operations import Declaration

declaration = Declaration(
    api="cloudwatch", nouns=("alarms.Alarms",), types={"AWS::CloudWatch::Alarm": "resources.AlarmType"}
)
