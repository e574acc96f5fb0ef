"""Invoking functions: which version, whether there is room, and what came back."""

from __future__ import annotations

import asyncio
import base64
import functools
import hashlib
from collections.abc import Callable
from typing import Any

import msgspec
from msgspec.structs import replace

from windtunnel.aws.credentials import AccessKey
from windtunnel.aws.errors import ApiError
from windtunnel.aws.operations import Context
from windtunnel.engine.spec import Debug, Invocation, Outcome, Spec
from windtunnel.engine.streaming import Stream
from windtunnel.services.lambda_ import names, payloads, traces
from windtunnel.services.lambda_.facts import RecursionStopped
from windtunnel.services.lambda_.functions import LambdaTables
from windtunnel.services.lambda_.records import LATEST, Configuration
from windtunnel.services.lambda_.snapshots import takes_part
from windtunnel.services.lambda_.unpacking import Packages

POISONED = b'{"errorMessage":"This event was made to fail.","errorType":"PoisonEvent"}'
_parsed = functools.lru_cache(maxsize=1024)(names.parse)


class Invocations(LambdaTables):
    def __init__(self, *place: Any) -> None:
        super().__init__(*place)
        self._specs: dict[tuple[str, str], tuple[Configuration, Spec]] = {}
        self._packages = Packages(self.home.cloud.workspace)
        self._newest: dict[str, str] = {}
        """The package that each function had last."""
        self._debugged: dict[str, Debug] = {}
        self.poison: set[bytes] = set()
        """Fault injection: an invocation whose payload contains one of these fails as if the function had raised."""

    async def invoke(
        self, ctx, FunctionName, InvocationType="RequestResponse", LogType="None", ClientContext=None, Payload=b"",
        Qualifier=None,
    ):  # fmt: skip
        named = _parsed(FunctionName, Qualifier)
        if named.account and named.account != self.home.account and named.region in ("", self.home.region):
            return await self._elsewhere(ctx, named, InvocationType, LogType, ClientContext, Payload)
        self.check_region(named)
        if named.name not in self.functions or not self._is_here(named):
            raise names.not_found(self._arn_asked(named))
        if InvocationType == "DryRun":
            self.configuration_of(named.name, named.qualifier)
            return {"StatusCode": 204}
        limit = payloads.MAXIMUM_ASYNC_BYTES if InvocationType == "Event" else payloads.MAXIMUM_SYNC_BYTES
        payload = payloads.checked(Payload, limit)
        context = payloads.client_context(ClientContext)
        if InvocationType == "Event":
            self.configuration_of(named.name, named.qualifier)
            self.noun("Asynchronous").accept(ctx, named.name, named.qualifier, payload)  # AWS: no client context
            return {"StatusCode": 202}
        tail = LogType == "Tail"
        config, outcome = await self.run(
            named.name, named.qualifier, payload, ctx.request_id, ctx.trace, context, tail, bool(ctx.host)
        )
        answer: dict[str, Any] = {"StatusCode": 200, "ExecutedVersion": config.version, "Payload": outcome.payload}
        if outcome.error:
            answer["FunctionError"] = outcome.error
        if tail:
            answer["LogResult"] = base64.b64encode(outcome.log_tail).decode()
        return answer

    async def _elsewhere(self, ctx: Context, named: names.Named, *how: Any) -> dict[str, Any]:
        """A function of another account, named by its ARN."""
        kind, log, context, payload = how
        owner = self.home.cloud.home(named.account, self.home.region).service("lambda").nouns["Permissions"]
        owner.check(ctx.access_key or self.home.account, named, "lambda:InvokeFunction")
        wish = {"FunctionName": self._arn_asked(named), "InvocationType": kind, "LogType": log, "Payload": payload}
        if context:
            wish["ClientContext"] = context
        return await self.home.call(
            "lambda", "Invoke", wish, access_key=ctx.access_key, trace=ctx.trace, account=named.account
        )

    def invoke_async(self, ctx, FunctionName, InvokeArgs=b""):
        named = names.parse(FunctionName)
        self.configuration_of(named.name, named.qualifier)
        payload = payloads.checked(InvokeArgs, payloads.MAXIMUM_ASYNC_BYTES)
        self.noun("Asynchronous").accept(ctx, named.name, named.qualifier, payload)
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
        counts_as_request: bool = False,
        stream: Stream | None = None,
        chosen: Callable[[Configuration], None] | None = None,
    ) -> tuple[Configuration, Outcome]:
        """
        Run the version that the qualifier means, an alias's weights applied; `chosen` is told which. Raises
        TooManyRequestsException and RecursiveInvocationException.
        """
        config = self._chosen(name, qualifier)
        if chosen is not None:
            chosen(config)
        snapshots = self.noun("Snapshots")
        snapshots.check(config)
        spec = self.spec(config)
        passed = self._traced(config, request_id, trace)
        if self.poison and any(mark in payload for mark in self.poison):
            return config, Outcome(status="error", payload=POISONED, error="Unhandled")
        engine = self.home.cloud.engine
        admission = self.noun("Admission")
        environment = ticket = None
        if qualifier and spec.debug is None:
            provisioned = self.arn_of(name, qualifier)
            count = engine.provisioned(provisioned)
            if count and (not counts_as_request or admission.in_rate(provisioned, count)):
                environment = engine.take(provisioned, spec)
        if environment is None:
            ticket = admission.enter(name, not engine.has_idle(spec), counts_as_request)
        try:
            invocation = Invocation(
                payload=payload, request_id=request_id, trace=passed,
                function_arn=f"{config.arn}:{qualifier}" if qualifier else config.arn,
                client_context=client_context, tail=tail,
            )  # fmt: skip
            try:
                outcome = await engine.invoke(spec, invocation, environment, stream)
                snapshots.check_outcome(outcome)
                return config, outcome
            except LookupError as missing:
                raise names.invalid(str(missing)) from None
        finally:
            if ticket is not None:
                admission.leave(ticket)

    def _traced(self, config: Configuration, request_id: str, trace: str) -> str:
        """The trace header for the function. Raises RecursiveInvocationException where a loop is to be stopped."""
        active = config.tracing == "Active"
        passed, before = traces.passed_on(trace, config.arn, active, self.clock.now(), self.ids)
        if before >= traces.MOST_INVOCATIONS and self.functions.get(config.name).recursive_loop == "Terminate":
            self.home.record(RecursionStopped(config.arn, request_id, before))
            raise ApiError(
                "RecursiveInvocationException",
                "Lambda has detected your function being invoked in a recursive loop with other Amazon Web Services resources "
                "and stopped your function's invocation.",
                status=400,
                Type="User",
            )
        return passed

    def expect(self, name: str) -> None:
        """Let the engine get ready what the first invocation of a new or changed function would have to wait for."""
        self.home.spawn(self._expect(name), f"preparation of {name}")

    async def _expect(self, name: str) -> None:
        config = self.configurations.get(name, LATEST)
        if config is None:
            return
        try:
            if config.name in self._debugged:
                await self.home.cloud.engine.begin(self.spec(config))
            else:
                await self.home.cloud.engine.expect(self.spec(config))
        except LookupError:
            return  # said to whoever invokes it
        except ApiError:
            return  # a package that cannot be unpacked is refused at the invocation
        if self._packages.changes_often(config.blob):
            preparing = asyncio.ensure_future(asyncio.to_thread(self._packages.prepare, config.blob))
            try:
                await asyncio.shield(preparing)
            finally:
                await asyncio.wait([preparing])  # nothing writes to the workspace after the cloud has been closed

    async def debug(self, name: str, how: Debug) -> None:
        """From now on this function waits for a debugger. Its environment starts at once, so that there is one to attach to."""
        self._debugged[name] = how
        self._specs = {key: known for key, known in self._specs.items() if key[0] != name}
        await self.home.cloud.engine.retire(self.arn_of(name))
        await self._expect(name)

    def _chosen(self, name: str, qualifier: str) -> Configuration:
        alias = self.aliases.get(name, qualifier) if qualifier else None
        if alias is not None and alias.weights:
            [(other, weight)] = alias.weights.items()
            if self.ids.fraction() < weight:
                return self.configuration_of(name, other)
        return self.configuration_of(name, qualifier)

    def spec(self, config: Configuration) -> Spec:
        """What the engine needs to run this version; made once for each state of it."""
        known = self._specs.get((config.name, config.version))
        if known is not None and known[0] is config:
            return known[1]
        spec = self._spec(config)
        self._specs[config.name, config.version] = (config, spec)
        return spec

    def _spec(self, config: Configuration) -> Spec:
        key: AccessKey = self.home.cloud.credentials.of_function(self.home.account, config.role, config.name)
        code = self._packages.unpacked(self.home.blobs.get(config.blob), config.blob, self._newest.get(config.name, ""))
        self._newest[config.name] = config.blob
        layers = []
        for arn in config.layers:
            layer = self.layer_kept(arn)
            layers.append(str(self._packages.unpacked(self.home.blobs.get(layer.blob), layer.blob)))
        return Spec(
            function_arn=config.arn,
            name=config.name,
            version=config.version,
            revision=_build(config),
            runtime=config.runtime,
            handler=config.handler,
            code=str(code),
            debug=self._debugged.get(config.name),
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
            tracing=config.tracing == "Active",
            log_format=config.logging.get("LogFormat", "Text"),
            application_log_level=config.logging.get("ApplicationLogLevel", ""),
            system_log_level=config.logging.get("SystemLogLevel", ""),
            snap_start=takes_part(config),
        )


def _build(config: Configuration) -> str:
    """Changes with everything that an environment is made from, and with nothing else."""
    made_from = replace(
        config,
        revision="", modified_at=0.0, described="", description="", state="Active", state_reason="", state_reason_code="",
    )  # fmt: skip
    return hashlib.sha256(msgspec.msgpack.encode(made_from)).hexdigest()[:32]
