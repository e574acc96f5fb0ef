"""Provisioned concurrency: environments of a version or an alias that are started before they are needed."""

from __future__ import annotations

import asyncio
from typing import Any

from msgspec.structs import replace

from windtunnel.aws.errors import ApiError
from windtunnel.services.lambda_ import names, shown
from windtunnel.services.lambda_.functions import LambdaTables, page
from windtunnel.services.lambda_.records import LATEST, Function, Provisioned
from windtunnel.services.lambda_.snapshots import takes_part


class ProvisionedConcurrency(LambdaTables):
    def resume(self) -> None:
        for config in self.provisioned.all():
            self._allocate(replace(config, status="IN_PROGRESS", reason=""))

    async def put_provisioned_concurrency_config(self, ctx, FunctionName, Qualifier, ProvisionedConcurrentExecutions):
        if Qualifier == LATEST:
            raise names.invalid("Provisioned Concurrency Configs cannot be applied to unpublished function versions.")
        function, qualifier = self._target(FunctionName, Qualifier)
        if takes_part(self.configuration_of(function.name, qualifier)):
            # AWS: lambda/latest/dg/snapstart.html says that the two do not go together, and not in which words.
            raise names.invalid("Provisioned Concurrency is not supported for SnapStart enabled functions.")
        self._check_overlap(function.name, qualifier)
        self._check_room(function, qualifier, ProvisionedConcurrentExecutions)
        config = Provisioned(
            function=function.name,
            qualifier=qualifier,
            requested=ProvisionedConcurrentExecutions,
            modified_at=self.clock.now(),
        )
        preparing = self._allocate(config)
        answer = self._shown(config)
        if not ctx.host:  # CloudFormation goes on when the environments are ready
            await asyncio.wait([preparing])
        return answer

    def get_provisioned_concurrency_config(self, ctx, FunctionName, Qualifier):
        if Qualifier == LATEST:
            raise _no_version()
        function, qualifier = self._target(FunctionName, Qualifier)
        config = self.provisioned.get(function.name, qualifier)
        if config is None:
            raise ApiError(
                "ProvisionedConcurrencyConfigNotFoundException",
                "No Provisioned Concurrency Config found for this function",
                status=404,
                Type="User",
            )
        return self._shown(config)

    def list_provisioned_concurrency_configs(self, ctx, FunctionName, Marker=None, MaxItems=50):
        function, _ = self.function_named(FunctionName)
        entries = [
            {"FunctionArn": self.arn_of(function.name, config.qualifier), **self._shown(config)}
            for config in self.provisioned.all(function.name)
        ]
        return page("ProvisionedConcurrencyConfigs", entries, Marker, MaxItems)

    def delete_provisioned_concurrency_config(self, ctx, FunctionName, Qualifier):
        if Qualifier == LATEST:
            raise _no_version()
        function, qualifier = self._target(FunctionName, Qualifier)
        self.provisioned.delete(function.name, qualifier)
        self.end(function.name, qualifier)

    def follow(self, name: str, alias: str) -> asyncio.Task[Any] | None:
        """The alias points to another version: its environments are started anew, until that is done."""
        config = self.provisioned.get(name, alias)
        return None if config is None else self._allocate(replace(config, status="IN_PROGRESS", reason=""))

    def end(self, name: str, qualifier: str) -> None:
        """The environments of a version or alias are no longer wanted."""
        arn = self.arn_of(name, qualifier)
        self.home.spawn(self.home.cloud.engine.unprovision(arn), f"end of the provisioned concurrency of {arn}")

    def _target(self, text: str, qualifier: str) -> tuple[Function, str]:
        function, named = self.function_named(text, qualifier)
        arn = self.arn_of(function.name, named.qualifier)
        if names.is_version(named.qualifier):
            if self.configurations.get(function.name, named.qualifier) is None:
                raise names.not_found(arn)
        elif self.aliases.get(function.name, named.qualifier) is None:
            raise names.no_alias(arn)
        return function, named.qualifier

    def _check_overlap(self, name: str, qualifier: str) -> None:
        """A version has environments of its own, or of an alias that points to it, never both."""
        alias = self.aliases.get(name, qualifier)
        if alias is not None:
            if self.provisioned.get(name, alias.version) is not None:
                raise _conflict(
                    "Alias can't be used for Provisioned Concurrency configuration on an already Provisioned version"
                )
            return
        for other in self.aliases.all(name):
            if other.version == qualifier and self.provisioned.get(name, other.name) is not None:
                raise _conflict("Version is pointed by a Provisioned Concurrency alias")

    def _check_room(self, function: Function, qualifier: str, wanted: int) -> None:
        total = wanted + sum(p.requested for p in self.provisioned.all(function.name) if p.qualifier != qualifier)
        if function.reserved is not None:
            if total > function.reserved:
                raise names.invalid(
                    "Requested Provisioned Concurrency should not be greater than the reservedConcurrentExecution for "
                    "function"
                )
            return
        admission = self.noun("Admission")
        unreserved = admission.unreserved() - admission.provisioned_unreserved(but=function.name)
        if total > unreserved:
            raise names.invalid(
                "Specified ConcurrentExecutions for function is greater than account's unreserved concurrency "
                f"[{unreserved}]."
            )
        if unreserved - total < admission.minimum:
            raise names.invalid(
                "Specified ConcurrentExecutions for function decreases account's UnreservedConcurrentExecution below its "
                f"minimum value of [{admission.minimum}]."
            )

    def _shown(self, config: Provisioned) -> dict[str, Any]:
        """With the environments as they are now: some are busy, or their process died and another is being started."""
        allocated, available = self.home.cloud.engine.provided(self.arn_of(config.function, config.qualifier))
        return shown.provisioned(config, allocated, available)

    def _allocate(self, config: Provisioned) -> asyncio.Task[Any]:
        self.provisioned.put(config)
        return self.home.spawn(
            self._prepare(config), f"provisioned concurrency of {config.function}:{config.qualifier}"
        )

    async def _prepare(self, config: Provisioned) -> None:
        arn = self.arn_of(config.function, config.qualifier)
        try:
            version = self.configuration_of(config.function, config.qualifier)
            spec = self.noun("Invocations").spec(version)
            ready = await self.home.cloud.engine.provision(arn, spec, config.requested)
        except (ApiError, LookupError) as problem:
            ready, reason = 0, str(problem)
        else:
            reason = "" if ready >= config.requested else "FUNCTION_ERROR_INIT_FAILURE"
        now = self.provisioned.get(config.function, config.qualifier)
        if now != config:
            if now is None:
                await self.home.cloud.engine.unprovision(arn)
            return
        with self.home.step():
            self.provisioned.put(replace(config, status="FAILED" if reason else "READY", ready=ready, reason=reason))
            if not reason and (current := self.configurations.get(version.name, version.version)) is not None:
                self.configurations.put(replace(current, revision=self.ids.uuid()))


def _no_version() -> ApiError:
    return names.invalid("The function resource provided must be an alias or a published version.")


def _conflict(message: str) -> ApiError:
    return ApiError("ResourceConflictException", message, status=409, Type="User")
