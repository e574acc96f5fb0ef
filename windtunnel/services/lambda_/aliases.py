"""Aliases: names for versions, with weights that split the traffic."""

from __future__ import annotations

import asyncio
from typing import Any

from msgspec.structs import replace

from windtunnel.aws.errors import ApiError
from windtunnel.services.lambda_ import names, shown
from windtunnel.services.lambda_.functions import LambdaTables, page
from windtunnel.services.lambda_.records import LATEST, Alias
from windtunnel.services.lambda_.updates import wrong_revision


class Aliases(LambdaTables):
    def create_alias(self, ctx, FunctionName, Name, FunctionVersion, Description="", RoutingConfig=None):
        function, _ = self.function_named(FunctionName)
        if self.aliases.get(function.name, Name) is not None:
            arn = self.arn_of(function.name, Name)
            raise ApiError("ResourceConflictException", f"Alias already exists: {arn}", status=409, Type="User")
        self._check_version(function.name, FunctionVersion)
        alias = Alias(
            function=function.name,
            name=Name,
            arn=self.arn_of(function.name, Name),
            version=FunctionVersion,
            description=Description or "",
            weights=self._weights(function.name, FunctionVersion, RoutingConfig),
            revision=self.ids.uuid(),
        )
        return shown.alias(self.aliases.put(alias))

    def get_alias(self, ctx, FunctionName, Name):
        return shown.alias(self._alias(FunctionName, Name))

    async def update_alias(
        self, ctx, FunctionName, Name, FunctionVersion=None, Description=None, RoutingConfig=None, RevisionId=None
    ):
        alias = self._alias(FunctionName, Name)
        if RevisionId and RevisionId != alias.revision:
            raise wrong_revision()
        version = FunctionVersion or alias.version
        self._check_version(alias.function, version)
        weights = alias.weights if RoutingConfig is None else self._weights(alias.function, version, RoutingConfig)
        description = alias.description if Description is None else Description
        changed = replace(alias, version=version, weights=weights, description=description, revision=self.ids.uuid())
        with self.home.step():
            self.aliases.put(changed)
            moving = version != alias.version
            starting = self.noun("ProvisionedConcurrency").follow(alias.function, alias.name) if moving else None
        if starting is not None and not ctx.host:  # CloudFormation goes on when the environments are ready
            await asyncio.wait([starting])
        return shown.alias(changed)

    def delete_alias(self, ctx, FunctionName, Name):
        function, _ = self.function_named(FunctionName)
        self.aliases.delete(function.name, Name)
        self.invoke_configs.delete(function.name, Name)  # a function URL outlives its alias
        if self.provisioned.delete(function.name, Name) is not None:
            self.noun("ProvisionedConcurrency").end(function.name, Name)
        self.policies.delete(function.name, Name)

    def list_aliases(self, ctx, FunctionName, FunctionVersion=None, Marker=None, MaxItems=50):
        function, _ = self.function_named(FunctionName)
        aliases = sorted(self.aliases.all(function.name), key=lambda alias: alias.name)
        if FunctionVersion:
            aliases = [a for a in aliases if FunctionVersion == a.version or FunctionVersion in a.weights]
        return page("Aliases", [shown.alias(alias) for alias in aliases], Marker, MaxItems)

    def _alias(self, function_name: str, name: str) -> Alias:
        function, _ = self.function_named(function_name)
        alias = self.aliases.get(function.name, name)
        if alias is None:
            arn = self.arn_of(function.name, name)
            raise names.no_alias(arn)
        return alias

    def _check_version(self, name: str, version: str) -> None:
        if self.configurations.get(name, version) is None:
            raise names.not_found(self.arn_of(name, version))

    def _weights(self, name: str, version: str, routing: dict[str, Any] | None) -> dict[str, float]:
        weights = dict((routing or {}).get("AdditionalVersionWeights") or {})
        if len(weights) > 1:
            raise names.invalid("Number of items in AdditionalVersionWeights cannot be greater than 1")
        for other in weights:
            if other == version:
                raise names.invalid(f"Invalid function version {other}. Function version {other} is already included in routing configuration.")  # fmt: skip
            if LATEST in (other, version):
                raise names.invalid("$LATEST is not supported for an alias pointing to more than 1 version")
            self._check_version(name, other)
        return weights
