"""Queues as event sources: what their mappings may say, and the poller that serves them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from windtunnel.aws.errors import ApiError
from windtunnel.fabric.queue_poller import QueuePoller, QueueSource, seen_by_filters
from windtunnel.services.lambda_ import event_filters, names
from windtunnel.services.lambda_.functions import LambdaTables
from windtunnel.services.lambda_.queue_batches import QueueBatches
from windtunnel.services.lambda_.records import Mapping

DEFAULT_BATCH = 10
MAXIMUM_FIFO_BATCH = 10
FEWEST_POLLERS = 2
MINIMUM_POLLERS = 2
MAXIMUM_POLLERS = 200
OPTIONS = ("ScalingConfig", "ProvisionedPollerConfig", "MetricsConfig")


class QueueSources(LambdaTables):
    async def check_queue(self, arn: str, timeout: int) -> None:
        """Raises InvalidParameterValueException for a queue that is not there, or too impatient for the function."""
        _, _, _, region, account, name = arn.split(":", 5)
        url = f"https://sqs.{region}.amazonaws.com/{account}/{name}"
        wish = {"QueueUrl": url, "AttributeNames": ["VisibilityTimeout"]}
        try:
            answer = await self.home.call("sqs", "GetQueueAttributes", wish, account=account, region=region)
        except ApiError as error:
            raise names.invalid(
                "Error occurred while ReceiveMessage. SQS Error Code: AWS.SimpleQueueService.NonExistentQueue. "
                f"SQS Error Message: {error.message}"
            ) from None
        visibility = int(answer["Attributes"]["VisibilityTimeout"])
        if visibility < timeout:
            raise names.invalid(
                f"Queue visibility timeout: {visibility} seconds is less than Function timeout: {timeout} seconds"
            )

    def options(self, given: dict[str, Any], known: dict[str, Any]) -> dict[str, Any]:
        """
        What only some sources have, as it is stored: `given` over what was `known` before; an empty member takes it back.

        Raises InvalidParameterValueException for what belongs to streams.
        """
        for name, value in given.items():
            if value is not None and name not in OPTIONS:
                raise names.invalid(f"Unsupported {name} parameter for given event source mapping type.")
        options = {name: value for name, value in {**known, **_named(given)}.items() if value}
        if pollers := options.get("ProvisionedPollerConfig"):
            options["ProvisionedPollerConfig"] = _pollers(pollers)
            if options.get("ScalingConfig"):
                raise names.invalid("ScalingConfig and ProvisionedPollerConfig can not be specified together.")
        return options

    def check(self, mapping: Mapping) -> None:
        if mapping.source.endswith(".fifo"):
            if mapping.batch_size > MAXIMUM_FIFO_BATCH:
                raise names.invalid(f"Batch size must be less than or equal to {MAXIMUM_FIFO_BATCH} for FIFO queues.")
            if mapping.window:
                raise names.invalid("Batching window is not supported for FIFO queues.")
        if mapping.batch_size > DEFAULT_BATCH and mapping.window < 1:
            raise names.invalid(
                "Maximum batch window in seconds must be greater than 0 if maximum batch size is greater than 10"
            )

    def poller(self, mapping: Mapping, report: Callable[[str], None]) -> QueuePoller:
        name = names.parse(mapping.function_arn).name
        function = self.configurations.get(name, "$LATEST")
        accepts = event_filters.accepting(mapping.filters)
        provisioned = mapping.options.get("ProvisionedPollerConfig", {})
        partial = "ReportBatchItemFailures" in mapping.response_types
        source = QueueSource(
            reader=mapping.id,
            queue_arn=mapping.source,
            target=mapping.function_arn,
            batch_size=mapping.batch_size,
            window_s=mapping.window,
            partial_failures=partial,
            maximum_concurrency=mapping.options.get("ScalingConfig", {}).get("MaximumConcurrency"),
            minimum_pollers=provisioned.get("MinimumPollers"),
            maximum_pollers=provisioned.get("MaximumPollers"),
            access_key=self.home.cloud.credentials.of_function(
                self.home.account, function.role if function else "", name
            ).id,
            accepts=(lambda record: accepts(seen_by_filters(record))) if accepts else None,
        )
        batches = QueueBatches(self.home, mapping.function_arn, partial, mapping.source.endswith(".fifo"))
        return QueuePoller(self.home, source, batches.process, report)


def _named(given: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in given.items() if value is not None}


def _pollers(wish: dict[str, Any]) -> dict[str, int]:
    # AWS: https://docs.aws.amazon.com/lambda/latest/api/API_ProvisionedPollerConfig.html
    fewest, most = wish.get("MinimumPollers", MINIMUM_POLLERS), wish.get("MaximumPollers", MAXIMUM_POLLERS)
    for name, value in (("MinimumPollers", fewest), ("MaximumPollers", most)):
        if value < FEWEST_POLLERS:
            raise names.invalid(f"{name} must be greater than or equal to {FEWEST_POLLERS} for SQS event sources.")
    if fewest > most:
        raise names.invalid("MinimumPollers must be less than or equal to MaximumPollers.")
    return {"MinimumPollers": fewest, "MaximumPollers": most}
