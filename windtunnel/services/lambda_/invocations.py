"""Invoking functions: which version, whether there is room, and what came back."""

from __future__ import annotations

import base64
import functools
from collections.abc import Callable
from typing import Any

import msgspec

from windtunnel.aws.credentials import AccessKey
from windtunnel.aws.errors import ApiError
from windtunnel.engine.spec import Invocation, Outcome, Spec
from windtunnel.engine.streaming import Stream
from windtunnel.services.lambda_ import names, packages
from windtunnel.services.lambda_.facts import InvocationThrottled
from windtunnel.services.lambda_.functions import LambdaTables
from windtunnel.services.lambda_.records import LATEST, Configuration

MAXIMUM_SYNC_BYTES = 6_291_556
MAXIMUM_ASYNC_BYTES = 1_048_576
ACCOUNT_CONCURRENCY = 1_000
POISONED = b'{"errorMessage":"This event was made to fail.","errorType":"PoisonEvent"}'
_parsed = functools.lru_cache(maxsize=1024)(names.parse)
_RAW = msgspec.json.Decoder(msgspec.Raw)


class Invocations(LambdaTables):
    def __init__(self, *place: Any) -> None:
        super().__init__(*place)
        self._running: dict[str, int] = {}
        self._total = 0
        self._specs: dict[tuple[str, str], tuple[Configuration, Spec]] = {}
        self.poison: set[bytes] = set()
        """Fault injection: an invocation whose payload contains one of these fails as if the function had raised."""

    async def invoke(
        self, ctx, FunctionName, InvocationType="RequestResponse", LogType="None", ClientContext=None, Payload=b"",
        Qualifier=None,
    ):  # fmt: skip
        named = _parsed(FunctionName, Qualifier)
        if named.name not in self.functions or not self._is_here(named):
            raise names.not_found(self._arn_asked(named))
        if InvocationType == "DryRun":
            self.configuration_of(named.name, named.qualifier)
            return {"StatusCode": 204}
        payload = checked_payload(Payload, MAXIMUM_ASYNC_BYTES if InvocationType == "Event" else MAXIMUM_SYNC_BYTES)
        if InvocationType == "Event":
            self.configuration_of(named.name, named.qualifier)
            self.noun("Asynchronous").accept(ctx, named.name, named.qualifier, payload)
            return {"StatusCode": 202}
        tail = LogType == "Tail"
        config, outcome = await self.run(
            named.name, named.qualifier, payload, ctx.request_id, ctx.trace, client_context(ClientContext), tail
        )
        answer: dict[str, Any] = {"StatusCode": 200, "ExecutedVersion": config.version, "Payload": outcome.payload}
        if outcome.error:
            answer["FunctionError"] = outcome.error
        if tail:
            answer["LogResult"] = base64.b64encode(outcome.log_tail).decode()
        return answer

    def invoke_async(self, ctx, FunctionName, InvokeArgs=b""):
        named = names.parse(FunctionName)
        self.configuration_of(named.name, named.qualifier)
        self.noun("Asynchronous").accept(
            ctx, named.name, named.qualifier, checked_payload(InvokeArgs, MAXIMUM_ASYNC_BYTES)
        )
        return {"Status": 202}

    async def run(
        self,
        name: str,
        qualifier: str,
        payload: bytes,
        request_id: str,
        trace: str,
        client_context: str = "",
        tail: bool = False,
        stream: Stream | None = None,
        chosen: Callable[[Configuration], None] | None = None,
    ) -> tuple[Configuration, Outcome]:
        """
        Run the version that the qualifier means, an alias's weights applied; `chosen` is told which. Raises
        TooManyRequestsException.
        """
        config = self._chosen(name, qualifier)
        if chosen is not None:
            chosen(config)
        self._admit(name)
        try:
            if self.poison and any(mark in payload for mark in self.poison):
                return config, Outcome(status="error", payload=POISONED, error="Unhandled")
            spec = self.spec(config)
            invocation = Invocation(
                payload=payload, request_id=request_id, function_arn=self.arn_of(name, qualifier), trace=trace,
                client_context=client_context, tail=tail,
            )  # fmt: skip
            try:
                return config, await self.home.cloud.engine.invoke(spec, invocation, stream)
            except LookupError as missing:
                raise names.invalid(str(missing)) from None
        finally:
            self._running[name] -= 1
            self._total -= 1

    def expect(self, name: str) -> None:
        """Let the engine get ready what the first invocation of a new or changed function would have to wait for."""
        self.home.spawn(self._expect(name), f"preparation of {name}")

    async def _expect(self, name: str) -> None:
        config = self.configurations.get(name, LATEST)
        if config is None:
            return
        try:
            await self.home.cloud.engine.expect(self.spec(config))
        except LookupError:
            return  # said to whoever invokes it
        except ApiError:
            return  # a package that cannot be unpacked is refused at the invocation

    def _chosen(self, name: str, qualifier: str) -> Configuration:
        alias = self.aliases.get(name, qualifier) if qualifier else None
        if alias is not None and alias.weights:
            [(other, weight)] = alias.weights.items()
            if self.ids.fraction() < weight:
                return self.configuration_of(name, other)
        return self.configuration_of(name, qualifier)

    def _admit(self, name: str) -> None:
        """Take one of the function's concurrent executions, or refuse in Lambda's words."""
        reserved = self.functions.get(name).reserved
        running = self._running.get(name, 0)
        reason = ""
        if reserved is not None:
            if running >= reserved:
                reason = "ReservedFunctionConcurrentInvocationLimitExceeded"
        elif self._total >= ACCOUNT_CONCURRENCY:
            reason = "ConcurrentInvocationLimitExceeded"
        if reason:
            self.home.record(InvocationThrottled(self.arn_of(name), reason))
            raise ApiError("TooManyRequestsException", "Rate Exceeded.", status=429, Reason=reason, Type="User")
        self._running[name] = running + 1
        self._total += 1

    def spec(self, config: Configuration) -> Spec:
        """What the engine needs to run this version; made once for each state of it."""
        known = self._specs.get((config.name, config.version))
        if known is not None and known[0] is config:
            return known[1]
        spec = self._spec(config)
        self._specs[config.name, config.version] = (config, spec)
        return spec

    def _spec(self, config: Configuration) -> Spec:
        workspace = self.home.cloud.workspace
        key: AccessKey = self.home.cloud.credentials.of_function(self.home.account, config.role, config.name)
        code = packages.unpacked(self.home.blobs.get(config.blob), config.blob, workspace)
        layers = []
        for arn in config.layers:
            layer_name, number = arn.split(":")[-2:]
            layer = self.layer_versions.get(layer_name, int(number))
            layers.append(str(packages.unpacked(self.home.blobs.get(layer.blob), layer.blob, workspace)))
        return Spec(
            function_arn=config.arn,
            name=config.name,
            version=config.version,
            revision=config.revision,
            runtime=config.runtime,
            handler=config.handler,
            code=str(code),
            layers=tuple(layers),
            environment=config.environment or {},
            credentials={
                "AWS_ACCESS_KEY_ID": key.id,
                "AWS_SECRET_ACCESS_KEY": key.secret,
                "AWS_SESSION_TOKEN": key.session_token,
            },
            endpoint=self.home.cloud.endpoint,
            memory_mb=config.memory,
            timeout_s=config.timeout,
            ephemeral_mb=config.ephemeral,
            region=self.home.region,
            account=self.home.account,
            log_group=config.log_group,
            log_stream=f"{_date_path(self.clock.now())}/[{config.version}]{self.ids.hex(32)}",
            tracing=config.tracing == "Active",
            log_format=config.logging.get("LogFormat", "Text"),
            application_log_level=config.logging.get("ApplicationLogLevel", ""),
            system_log_level=config.logging.get("SystemLogLevel", ""),
        )


def checked_payload(payload: bytes, limit: int) -> bytes:
    """JSON, or nothing, which stands for `{}`; raises InvalidRequestContentException or RequestTooLargeException."""
    if not payload:
        return b"{}"
    if len(payload) > limit:
        raise ApiError(
            "RequestTooLargeException", f"{len(payload)} byte payload is too large for the {_KIND[limit]} invocation type "
            f"(limit {limit} bytes)", status=413, Type="User",
        )  # fmt: skip
    try:
        _RAW.decode(payload)
    except msgspec.DecodeError as error:
        raise ApiError(
            "InvalidRequestContentException",
            f"Could not parse request body into json: Could not parse payload into json: {error}",
            status=400,
            Type="User",
        ) from None
    return payload


_KIND = {MAXIMUM_SYNC_BYTES: "RequestResponse", MAXIMUM_ASYNC_BYTES: "Event"}


def client_context(text: str | None) -> str:
    """The JSON in it. Raises InvalidRequestContentException."""
    if not text:
        return ""
    try:
        return base64.b64decode(text, validate=True).decode()
    except ValueError:
        raise ApiError("InvalidRequestContentException", "Client context must be a valid Base64-encoded JSON object.",
            status=400, Type="User") from None  # fmt: skip


def _date_path(now: float) -> str:
    from windtunnel.aws import timestamps

    return timestamps.iso(now)[:10].replace("-", "/")
