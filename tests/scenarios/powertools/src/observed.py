"""Logger, Metrics and Tracer around one handler."""

from aws_lambda_powertools import Logger, Metrics, Tracer
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext

logger = Logger()
metrics = Metrics()
tracer = Tracer()


@tracer.capture_method
def price(order):
    tracer.put_annotation("order", order["id"])
    return order["price"] * 2


@logger.inject_lambda_context(correlation_id_path="id", log_event=True)
@tracer.capture_lambda_handler
@metrics.log_metrics(capture_cold_start_metric=True)
def handler(event: dict, context: LambdaContext) -> dict:
    logger.append_keys(customer="c1")
    logger.info("an order", extra={"price": event["price"]})
    metrics.add_metric(name="Orders", unit=MetricUnit.Count, value=1)
    metrics.add_dimension(name="kind", value="new")
    if event.get("fails"):
        raise ValueError("no such order")
    return {"price": price(event), "left": context.get_remaining_time_in_millis() > 0}
