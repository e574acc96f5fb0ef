"""Event source mappings: from a queue to a function. Streams follow; until then they are refused by name."""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from windtunnel.aws.errors import ApiError, NotImplementedHere
from windtunnel.fabric.patterns import InvalidPattern, compiled
from windtunnel.fabric.queue_poller import QueuePoller, QueueSource
from windtunnel.services.lambda_ import names, shown
from windtunnel.services.lambda_.checks import check_tags
from windtunnel.services.lambda_.functions import LambdaTables, page
from windtunnel.services.lambda_.records import Mapping

DEFAULT_BATCH = 10
MAXIMUM_BATCH = 10_000
MAXIMUM_FIFO_BATCH = 10
MAXIMUM_WINDOW_S = 300


class EventSources(LambdaTables):
    inert = {"CreateEventSourceMapping.KMSKeyArn": "Stored nowhere: filter criteria are not encrypted on this machine."}

    def __init__(self, *place: Any) -> None:
        super().__init__(*place)
        self._pollers: dict[str, QueuePoller] = {}

    def resume(self) -> None:
        for mapping in self.mappings.all():
            self._run(mapping)

    async def create_event_source_mapping(
        self, ctx, FunctionName, EventSourceArn=None, Enabled=True, BatchSize=None, FilterCriteria=None,
        MaximumBatchingWindowInSeconds=0, FunctionResponseTypes=(), ScalingConfig=None, StartingPosition=None,
        Tags=None, DestinationConfig=None, BisectBatchOnFunctionError=None, MaximumRecordAgeInSeconds=None,
        MaximumRetryAttempts=None, ParallelizationFactor=None, TumblingWindowInSeconds=None,
    ):  # fmt: skip
        named = names.parse(FunctionName)
        if named.name not in self.functions:
            raise names.not_found(self._arn_asked(named))
        config = self.configuration_of(named.name, named.qualifier)
        if not EventSourceArn:
            raise names.invalid("Unrecognized event source.")
        kind = EventSourceArn.split(":")[2]
        if kind != "sqs":
            _check_kind(EventSourceArn, kind)
            _check_position(EventSourceArn, kind, StartingPosition)
            raise NotImplementedHere(f"An event source mapping from {kind}")
        _refuse_of_streams(
            DestinationConfig=DestinationConfig,
            BisectBatchOnFunctionError=BisectBatchOnFunctionError,
            MaximumRecordAgeInSeconds=MaximumRecordAgeInSeconds,
            MaximumRetryAttempts=MaximumRetryAttempts,
            ParallelizationFactor=ParallelizationFactor,
            TumblingWindowInSeconds=TumblingWindowInSeconds,
        )
        if StartingPosition:
            raise names.invalid("StartingPosition is not valid for SQS event sources.")
        await self._check_queue(EventSourceArn, config.timeout)
        function_arn = self.arn_of(named.name, named.qualifier)
        for other in self.mappings.all():
            if other.source == EventSourceArn and other.function_arn == function_arn:
                raise ApiError(
                    "ResourceConflictException",
                    f'An event source mapping with SQS arn (" {EventSourceArn} ") and function (" {named.name} ") already '
                    f"exists. Please update or delete the existing mapping with UUID {other.id}",
                    status=409, Type="User",
                )  # fmt: skip
        mapping_id = self.ids.uuid()
        mapping = Mapping(
            id=mapping_id,
            arn=self.home.arn("lambda", f"event-source-mapping:{mapping_id}"),
            source=EventSourceArn,
            function_arn=function_arn,
            batch_size=DEFAULT_BATCH if BatchSize is None else BatchSize,
            window=MaximumBatchingWindowInSeconds or 0,
            state="Enabled" if Enabled else "Disabled",
            enabled=Enabled,
            modified_at=self.clock.now(),
            response_types=tuple(FunctionResponseTypes or ()),
            filters=_patterns(FilterCriteria),
            maximum_concurrency=(ScalingConfig or {}).get("MaximumConcurrency"),
            tags=dict(Tags or {}),
        )
        check_tags(mapping.tags)
        _check(mapping)
        self.mappings.put(mapping)
        self._run(mapping)
        return shown.mapping(mapping, "Creating")

    def get_event_source_mapping(self, ctx, UUID):
        return shown.mapping(self._mapping(UUID))

    def list_event_source_mappings(self, ctx, EventSourceArn=None, FunctionName=None, Marker=None, MaxItems=100):
        found = self.mappings.all()
        if EventSourceArn:
            found = [m for m in found if m.source == EventSourceArn]
        if FunctionName:
            named = names.parse(FunctionName)
            arn = self.arn_of(named.name, named.qualifier)
            found = [m for m in found if m.function_arn == arn]
        return page("EventSourceMappings", [shown.mapping(m) for m in found], Marker, MaxItems or 100)

    def update_event_source_mapping(
        self, ctx, UUID, FunctionName=None, Enabled=None, BatchSize=None, FilterCriteria=None,
        MaximumBatchingWindowInSeconds=None, FunctionResponseTypes=None, ScalingConfig=None, DestinationConfig=None,
        BisectBatchOnFunctionError=None, MaximumRecordAgeInSeconds=None, MaximumRetryAttempts=None,
        ParallelizationFactor=None, TumblingWindowInSeconds=None,
    ):  # fmt: skip
        mapping = self._mapping(UUID)
        _refuse_of_streams(
            DestinationConfig=DestinationConfig,
            BisectBatchOnFunctionError=BisectBatchOnFunctionError,
            MaximumRecordAgeInSeconds=MaximumRecordAgeInSeconds,
            MaximumRetryAttempts=MaximumRetryAttempts,
            ParallelizationFactor=ParallelizationFactor,
            TumblingWindowInSeconds=TumblingWindowInSeconds,
        )
        enabled = mapping.enabled if Enabled is None else Enabled
        changes: dict[str, Any] = {"enabled": enabled, "state": "Enabled" if enabled else "Disabled"}
        if FunctionName is not None:
            named = names.parse(FunctionName)
            self.configuration_of(named.name, named.qualifier)
            changes["function_arn"] = self.arn_of(named.name, named.qualifier)
        if BatchSize is not None:
            changes["batch_size"] = BatchSize
        if MaximumBatchingWindowInSeconds is not None:
            changes["window"] = MaximumBatchingWindowInSeconds
        if FunctionResponseTypes is not None:
            changes["response_types"] = tuple(FunctionResponseTypes)
        if FilterCriteria is not None:
            changes["filters"] = _patterns(FilterCriteria)
        if ScalingConfig is not None:
            changes["maximum_concurrency"] = ScalingConfig.get("MaximumConcurrency")
        changed = replace(mapping, **changes, modified_at=self.clock.now())
        _check(changed)
        self.mappings.put(changed)
        self._stop(UUID)
        self._run(changed)
        if enabled == mapping.enabled:
            return shown.mapping(changed, "Updating")
        return shown.mapping(changed, "Enabling" if enabled else "Disabling")

    def delete_event_source_mapping(self, ctx, UUID):
        mapping = self._mapping(UUID)
        self._stop(UUID)
        self.mappings.delete(UUID)
        return shown.mapping(mapping, "Deleting")

    def _mapping(self, uuid: str) -> Mapping:
        mapping = self.mappings.get(uuid)
        if mapping is None:
            raise names.no_resource()
        return mapping

    async def _check_queue(self, arn: str, timeout: int) -> None:
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

    def _run(self, mapping: Mapping) -> None:
        if not mapping.enabled:
            return
        name = names.parse(mapping.function_arn).name
        function = self.configurations.get(name, "$LATEST")
        role = function.role if function else ""
        filters = [compiled(pattern) for pattern in mapping.filters]
        source = QueueSource(
            mapping=mapping.id,
            queue_arn=mapping.source,
            function_arn=mapping.function_arn,
            batch_size=mapping.batch_size,
            window_s=mapping.window,
            partial_failures="ReportBatchItemFailures" in mapping.response_types,
            maximum_concurrency=mapping.maximum_concurrency,
            access_key=self.home.cloud.credentials.of_function(self.home.account, role, name).id,
            accepts=(lambda record: any(matches(_for_matching(record)) for matches in filters)) if filters else None,
        )
        poller = self._pollers[mapping.id] = QueuePoller(
            self.home, source, lambda result: self._report(mapping.id, result)
        )
        poller.start()

    def _stop(self, mapping_id: str) -> None:
        poller = self._pollers.pop(mapping_id, None)
        if poller is not None:
            poller.stop()

    def _report(self, mapping_id: str, result: str) -> None:
        mapping = self.mappings.get(mapping_id)
        if mapping is not None and mapping.last_result != result:
            self.mappings.put(replace(mapping, last_result=result))


def _for_matching(record: dict[str, Any]) -> dict[str, Any]:
    """A record as filters see it: a body that is JSON is looked into."""
    import msgspec

    try:
        body = msgspec.json.decode(record["body"])
    except msgspec.DecodeError:
        return record
    return {**record, "body": body if isinstance(body, dict) else record["body"]}


def _patterns(criteria: dict[str, Any] | None) -> tuple[str, ...]:
    patterns = tuple(entry.get("Pattern") or "" for entry in (criteria or {}).get("Filters") or ())
    for pattern in patterns:
        try:
            compiled(pattern)
        except InvalidPattern:
            raise names.invalid("Invalid filter pattern definition.") from None
    return patterns


def _check_kind(source: str, kind: str) -> None:
    if kind not in ("kinesis", "dynamodb", "kafka", "mq", "rds"):
        raise names.invalid(
            f"Unrecognized event source, must be kinesis, dynamodb stream or sqs. Unsupported source arn : {source}"
        )


def _refuse_of_streams(**given: Any) -> None:
    """What only streams have."""
    for name, value in given.items():
        if value is not None:
            raise names.invalid(f"Unsupported {name} parameter for given event source mapping type.")


def _check_position(source: str, kind: str, position: str | None) -> None:
    if kind not in ("dynamodb", "kinesis"):
        return
    if position is None:
        raise names.invalid(
            "1 validation error detected: Value null at 'startingPosition' failed to satisfy constraint: Member must not be "
            "null."
        )
    if kind == "dynamodb" and position == "AT_TIMESTAMP":
        raise names.invalid(f"Unsupported starting position for arn type: {source}")


def _check(mapping: Mapping) -> None:
    if mapping.source.endswith(".fifo"):
        if mapping.batch_size > MAXIMUM_FIFO_BATCH:
            raise names.invalid(f"Batch size must be less than or equal to {MAXIMUM_FIFO_BATCH} for FIFO queues.")
        if mapping.window:
            raise names.invalid("Batching window is not supported for FIFO queues.")
    if mapping.batch_size > DEFAULT_BATCH and mapping.window < 1:
        raise names.invalid(
            "Maximum batch window in seconds must be greater than 0 if maximum batch size is greater than 10"
        )
