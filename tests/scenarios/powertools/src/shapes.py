"""Events as models, as validated documents, and as data classes."""

from aws_lambda_powertools.utilities.data_classes import SQSEvent, event_source
from aws_lambda_powertools.utilities.parser import BaseModel, event_parser
from aws_lambda_powertools.utilities.validation import validator


class Order(BaseModel):
    id: int
    items: list[str]


@event_parser(model=Order)
def parsed(event: Order, context):
    return event.model_dump()


SCHEMA = {"type": "object", "required": ["id"], "properties": {"id": {"type": "integer"}}}


@validator(inbound_schema=SCHEMA)
def validated(event, context):
    return event["id"]


@event_source(data_class=SQSEvent)
def typed(event: SQSEvent, context):
    return [record.body for record in event.records]
