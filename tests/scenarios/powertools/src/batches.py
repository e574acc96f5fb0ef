"""A batch of messages, one of which fails."""

from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response

processor = BatchProcessor(event_type=EventType.SQS)


def one(record):
    if record.json_body["fails"]:
        raise ValueError("this one fails")


def handler(event, context):
    return process_partial_response(event=event, record_handler=one, processor=processor, context=context)
