"""M6: logs are kept for ever."""

from windtunnel.lens import evidence
from windtunnel.lens.rule import Finding, Rule


class LogRetention(Rule):
    """
    A log group that Lambda makes by itself keeps everything for ever, and is paid for as long. Declared in the template, with a
    retention, it costs what it is worth and goes with the stack.
    """

    id = "M6-log-retention"
    severity = "warning"
    title = "Logs are kept for ever"
    fix = "Declare an AWS::Logs::LogGroup with RetentionInDays for the function, and name it in LoggingConfig.LogGroup."
    source = "https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs.html"
    existing = ("WS1004", "CKV_AWS_66")
    bad = """
Resources:
  Talker:
    Type: AWS::Lambda::Function
    Properties: {Runtime: python3.13, Handler: app.handler, Code: src/, Role: arn:aws:iam::000000000000:role/talker}
"""
    good = """
Resources:
  Talker:
    Type: AWS::Lambda::Function
    Properties:
      Runtime: python3.13
      Handler: app.handler
      Code: src/
      Role: arn:aws:iam::000000000000:role/talker
      LoggingConfig: {LogGroup: !Ref TalkerLog}
  TalkerLog: {Type: AWS::Logs::LogGroup, Properties: {RetentionInDays: 30}}
"""

    def check(self, estate):
        for function in estate.functions:
            groups = [g for g in estate.log_groups if _is_of(g, function)]
            if not groups:
                text = "no log group with a retention belongs to it"
                yield Finding(
                    function,
                    f"the log of {function.logical_id} is kept for ever",
                    (evidence.template(function.where(), text),),
                )
            for group in groups:
                if not group.properties.get("RetentionInDays"):
                    text = f"{group.logical_id} has no RetentionInDays"
                    yield Finding(
                        function,
                        f"the log of {function.logical_id} is kept for ever",
                        (evidence.template(group.where(), text),),
                    )


def _is_of(group, function) -> bool:
    logging = function.properties.get("LoggingConfig") or {}
    if isinstance(logging.get("LogGroup"), dict) and function.mentions(group.logical_id, "LoggingConfig"):
        return True
    name = group.properties.get("LogGroupName")
    if name is not None and (group.mentions(function.logical_id, "LogGroupName") or name == logging.get("LogGroup")):
        return True
    own = function.properties.get("FunctionName")
    return isinstance(own, str) and name == f"/aws/lambda/{own}"
