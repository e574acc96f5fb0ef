"""Event source mappings: from a queue (`queue_sources.py`) or a stream (`stream_sources.py`) to a function."""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from windtunnel.aws.errors import ApiError, NotImplementedHere
from windtunnel.fabric.queue_poller import QueuePoller
from windtunnel.fabric.stream_poller import StreamPoller
from windtunnel.services.lambda_ import event_filters, names, queue_sources, shown, stream_sources
from windtunnel.services.lambda_.checks import check_tags
from windtunnel.services.lambda_.functions import LambdaTables, page
from windtunnel.services.lambda_.records import Mapping

_NOT_ENCRYPTED = "Stored nowhere: filter criteria are not encrypted on this machine."
_NO_METRICS = "Kept and shown; the metrics of mappings are not written yet."
OTHER_KINDS = ("kafka", "mq", "rds")


class EventSources(LambdaTables):
    inert = {
        "CreateEventSourceMapping.KMSKeyArn": _NOT_ENCRYPTED,
        "UpdateEventSourceMapping.KMSKeyArn": _NOT_ENCRYPTED,
        "CreateEventSourceMapping.MetricsConfig": _NO_METRICS,
        "UpdateEventSourceMapping.MetricsConfig": _NO_METRICS,
    }

    def __init__(self, *place: Any) -> None:
        super().__init__(*place)
        self._pollers: dict[str, QueuePoller | StreamPoller] = {}
        self._stopped: dict[str, StreamPoller] = {}

    def resume(self) -> None:
        for mapping in self.mappings.all():
            self._run(mapping)

    async def create_event_source_mapping(
        self, ctx, FunctionName, EventSourceArn=None, Enabled=True, BatchSize=None, FilterCriteria=None,
        MaximumBatchingWindowInSeconds=0, FunctionResponseTypes=(), ScalingConfig=None, StartingPosition=None,
        StartingPositionTimestamp=None, Tags=None, DestinationConfig=None, BisectBatchOnFunctionError=None,
        MaximumRecordAgeInSeconds=None, MaximumRetryAttempts=None, ParallelizationFactor=None, TumblingWindowInSeconds=None,
        ProvisionedPollerConfig=None, MetricsConfig=None, SelfManagedEventSource=None, SourceAccessConfigurations=None, Topics=None,
    ):  # fmt: skip
        named = names.parse(FunctionName)
        if named.name not in self.functions:
            raise names.not_found(self._arn_asked(named))
        config = self.configuration_of(named.name, named.qualifier)
        if SelfManagedEventSource:
            if not SourceAccessConfigurations:
                raise names.invalid("Required 'sourceAccessConfigurations' parameter is missing.")
            raise NotImplementedHere("An event source mapping from a Kafka cluster")
        if Topics or SourceAccessConfigurations:
            raise NotImplementedHere("The members Topics and SourceAccessConfigurations of an event source mapping")
        if not EventSourceArn:
            raise names.invalid("Unrecognized event source.")
        kind = _kind(EventSourceArn)
        given = {
            "ScalingConfig": ScalingConfig,
            "ProvisionedPollerConfig": ProvisionedPollerConfig,
            "MetricsConfig": MetricsConfig,
            "DestinationConfig": DestinationConfig,
            "BisectBatchOnFunctionError": BisectBatchOnFunctionError,
            "MaximumRecordAgeInSeconds": MaximumRecordAgeInSeconds,
            "MaximumRetryAttempts": MaximumRetryAttempts,
            "ParallelizationFactor": ParallelizationFactor,
            "TumblingWindowInSeconds": TumblingWindowInSeconds,
        }
        source = self._source(EventSourceArn)
        start: dict[str, Any] = {}
        if kind == "sqs":
            options = source.options(given, {})
            if StartingPosition:
                raise names.invalid("StartingPosition is not valid for SQS event sources.")
            await source.check_queue(EventSourceArn, config.timeout)
        else:
            start = source.start(EventSourceArn, StartingPosition, StartingPositionTimestamp)
            options = source.options(given, {})
            await source.check_stream(EventSourceArn)
        function_arn = self.arn_of(named.name, named.qualifier)
        self._check_new(EventSourceArn, function_arn, named.name)
        default = queue_sources.DEFAULT_BATCH if kind == "sqs" else stream_sources.DEFAULT_BATCH
        mapping_id = self.ids.uuid()
        mapping = Mapping(
            id=mapping_id,
            arn=self.home.arn("lambda", f"event-source-mapping:{mapping_id}"),
            source=EventSourceArn,
            function_arn=function_arn,
            batch_size=default if BatchSize is None else BatchSize,
            window=MaximumBatchingWindowInSeconds or 0,
            state="Enabled" if Enabled else "Disabled",
            enabled=Enabled,
            modified_at=self.clock.now(),
            response_types=tuple(FunctionResponseTypes or ()),
            filters=event_filters.patterns(FilterCriteria),
            last_result="" if kind == "sqs" else stream_sources.NOTHING_YET,
            tags=dict(Tags or {}),
            options={**start, **options},
        )
        check_tags(mapping.tags)
        source.check(mapping)
        self.mappings.put(mapping)
        self._run(mapping)
        poller = self._pollers.get(mapping_id)
        if isinstance(poller, StreamPoller):
            await poller.ready()  # from now on nothing is missed, wherever it begins
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
        ParallelizationFactor=None, TumblingWindowInSeconds=None, ProvisionedPollerConfig=None, MetricsConfig=None,
    ):  # fmt: skip
        mapping = self._mapping(UUID)
        source = self._source(mapping.source)
        given = {
            "ScalingConfig": ScalingConfig,
            "ProvisionedPollerConfig": ProvisionedPollerConfig,
            "MetricsConfig": MetricsConfig,
            "DestinationConfig": DestinationConfig,
            "BisectBatchOnFunctionError": BisectBatchOnFunctionError,
            "MaximumRecordAgeInSeconds": MaximumRecordAgeInSeconds,
            "MaximumRetryAttempts": MaximumRetryAttempts,
            "ParallelizationFactor": ParallelizationFactor,
            "TumblingWindowInSeconds": TumblingWindowInSeconds,
        }
        enabled = mapping.enabled if Enabled is None else Enabled
        changes: dict[str, Any] = {
            "enabled": enabled,
            "state": "Enabled" if enabled else "Disabled",
            "options": source.options(given, mapping.options),
        }
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
            changes["filters"] = event_filters.patterns(FilterCriteria)
        changed = replace(mapping, **changes, modified_at=self.clock.now())
        source.check(changed)
        self.mappings.put(changed)
        self._stop(UUID)
        self._run(changed)
        if enabled == mapping.enabled:
            return shown.mapping(changed, "Updating")
        return shown.mapping(changed, "Enabling" if enabled else "Disabling")

    def delete_event_source_mapping(self, ctx, UUID):
        mapping = self._mapping(UUID)
        self._stop(UUID)
        self._stopped.pop(UUID, None)
        self.mappings.delete(UUID)
        self.checkpoints.clear(UUID)
        return shown.mapping(mapping, "Deleting")

    def _mapping(self, uuid: str) -> Mapping:
        mapping = self.mappings.get(uuid)
        if mapping is None:
            raise names.no_resource()
        return mapping

    def _source(self, arn: str) -> Any:
        """Who knows the sources of this kind: a `QueueSources` or a `StreamSources`."""
        return self.noun("QueueSources" if arn.split(":")[2] == "sqs" else "StreamSources")

    def _check_new(self, source: str, function_arn: str, name: str) -> None:
        for other in self.mappings.all():
            if other.source == source and other.function_arn == function_arn:
                if source.split(":")[2] == "sqs":
                    problem = (
                        f'An event source mapping with SQS arn (" {source} ") and function (" {name} ") already exists.'
                    )
                else:
                    problem = f'The event source arn (" {source} ") and function (" {name} ") provided mapping already exists.'
                raise ApiError(
                    "ResourceConflictException",
                    f"{problem} Please update or delete the existing mapping with UUID {other.id}",
                    status=409, Type="User",
                )  # fmt: skip

    def _run(self, mapping: Mapping) -> None:
        if not mapping.enabled:
            return
        poller = self._source(mapping.source).poller(mapping, lambda result: self._report(mapping.id, result))
        self._pollers[mapping.id] = poller
        if isinstance(poller, StreamPoller):
            poller.start(self._stopped.pop(mapping.id, None))
        else:
            poller.start()

    def _stop(self, mapping_id: str) -> None:
        poller = self._pollers.pop(mapping_id, None)
        if poller is not None:
            poller.stop()
        if isinstance(poller, StreamPoller):
            self._stopped[mapping_id] = poller

    def _report(self, mapping_id: str, result: str) -> None:
        mapping = self.mappings.get(mapping_id)
        if mapping is not None and mapping.last_result != result:
            self.mappings.put(replace(mapping, last_result=result))


def _kind(source: str) -> str:
    """Raises InvalidParameterValueException for what is no event source, NotImplementedHere for one that is not built."""
    kind = source.split(":")[2]
    if kind == "sqs" or kind in stream_sources.KINDS:
        return kind
    if kind in OTHER_KINDS:
        raise NotImplementedHere(f"An event source mapping from {kind}")
    raise names.invalid(
        f"Unrecognized event source, must be kinesis, dynamodb stream or sqs. Unsupported source arn : {source}"
    )
