"""M10: nobody is told when the function fails."""

from windtunnel.lens import evidence
from windtunnel.lens.rule import Finding, Rule

TELLING = frozenset(["Errors", "Throttles", "DeadLetterErrors", "5XXError", "5xx", "AsyncEventsDropped"])


class NoAlarm(Rule):
    """
    A failure that raises no alarm is found by customers. At the least the function's errors, or the depth of the dead-letter queue
    that its failures end in, must be watched.
    """

    id = "M10-no-alarm"
    severity = "error"
    title = "No alarm tells of failures"
    fix = (
        "Add an AWS::CloudWatch::Alarm on the metric Errors of AWS/Lambda with the function's name, and one on "
        "ApproximateNumberOfMessagesVisible of its dead-letter queue."
    )
    source = "https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics.html"
    bad = """
Resources:
  Silent:
    Type: AWS::Lambda::Function
    Properties: {Runtime: python3.13, Handler: app.handler, Code: src/, Role: arn:aws:iam::000000000000:role/silent}
"""
    good = (
        bad
        + """
  SilentErrors:
    Type: AWS::CloudWatch::Alarm
    Properties:
      Namespace: AWS/Lambda
      MetricName: Errors
      Dimensions: [{Name: FunctionName, Value: !Ref Silent}]
      Statistic: Sum
      Period: 60
      EvaluationPeriods: 1
      Threshold: 0
      ComparisonOperator: GreaterThanThreshold
"""
    )

    def check(self, estate):
        for function in estate.functions:
            queues = {estate.failure_target(function)} | {
                _dead_letter_queue(estate, s.origin) for s in function.queue_sources
            }
            watched = [a for a in estate.alarms if _watches(a, function, queues)]
            if not watched:
                text = f"none of {len(estate.alarms)} alarms names it or its dead-letter queue"
                yield Finding(
                    function,
                    f"nobody is told when {function.logical_id} fails",
                    (evidence.template(function.where(), text),),
                )


def _watches(alarm, function, queues) -> bool:
    metric = alarm.properties.get("MetricName")
    if (metric in TELLING or alarm.properties.get("Metrics")) and alarm.mentions(function.logical_id):
        return True
    named = function.properties.get("FunctionName")
    if isinstance(named, str) and any(d.get("Value") == named for d in alarm.properties.get("Dimensions") or []):
        return True
    return any(queue and alarm.mentions(queue) for queue in queues)


def _dead_letter_queue(estate, origin: str) -> str:
    from windtunnel.deploy.intrinsics import names_in

    queue = estate.named(origin)
    policy = queue.properties.get("RedrivePolicy") if queue is not None else None
    return next(iter(names_in((policy or {}).get("deadLetterTargetArn")) if isinstance(policy, dict) else []), "")
