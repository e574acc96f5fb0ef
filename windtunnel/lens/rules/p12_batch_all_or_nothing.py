"""P12: one bad message makes the whole batch fail."""

from windtunnel.lens import evidence
from windtunnel.lens.proven import by_experiment
from windtunnel.lens.rule import Finding, Rule

DEFAULT_BATCH = 10


class BatchAllOrNothing(Rule):
    """
    Without partial batch responses one bad message returns the whole batch to the queue: the good ones are done again and again
    until the bad one is dead-lettered. A batch with one bad record is sent and the answer is looked at.
    """

    id = "P12-batch-all-or-nothing"
    severity = "error"
    title = "One bad message makes the whole batch fail"
    fix = (
        "Set FunctionResponseTypes: [ReportBatchItemFailures] on the event source, catch the error of each record, and return "
        'its messageId in "batchItemFailures".'
    )
    source = "https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html"
    absent = "No function reads a queue."
    experiment = "poison-batch"
    bad = """
Transform: AWS::Serverless-2016-10-31
Resources:
  Jobs: {Type: AWS::SQS::Queue}
  Worker:
    Type: AWS::Serverless::Function
    Properties:
      Runtime: python3.13
      Handler: app.handler
      CodeUri: src/
      Events:
        Jobs: {Type: SQS, Properties: {Queue: !GetAtt Jobs.Arn}}
"""
    good = bad.replace(
        "Queue: !GetAtt Jobs.Arn", "Queue: !GetAtt Jobs.Arn, FunctionResponseTypes: [ReportBatchItemFailures]"
    )

    def subjects(self, estate):
        return [f for f in estate.functions if f.queue_sources]

    def check(self, estate):
        for function in self.subjects(estate):
            for source in function.queue_sources:
                types = source.settings.get("FunctionResponseTypes") or []
                if int(source.settings.get("BatchSize", DEFAULT_BATCH)) > 1 and "ReportBatchItemFailures" not in types:
                    text = "the event source does not ask for ReportBatchItemFailures"
                    says = f"{function.logical_id} can only fail a batch as a whole"
                    yield Finding(function, says, (evidence.template(source.where, text),))
        yield from by_experiment(estate, self.experiment, self.subjects(estate))
