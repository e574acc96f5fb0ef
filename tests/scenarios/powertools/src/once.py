"""A payment that is made once, however often its event comes."""

import os
import uuid

from aws_lambda_powertools.utilities.idempotency import DynamoDBPersistenceLayer, IdempotencyConfig, idempotent

payments = DynamoDBPersistenceLayer(table_name=os.environ["PAYMENTS"])


@idempotent(config=IdempotencyConfig(event_key_jmespath="order"), persistence_store=payments)
def handler(event, context):
    if event.get("fails"):
        raise ValueError("no money")
    return {"payment": str(uuid.uuid4())}
