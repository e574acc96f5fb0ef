"""Operations on functions: create, read, list, delete. Changes are in `updates.py`."""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from windtunnel.aws.errors import ApiError
from windtunnel.aws.operations import Operations
from windtunnel.fabric.checkpoints import Checkpoint
from windtunnel.kernel.tables import Table
from windtunnel.services.lambda_ import names, packages, shown
from windtunnel.services.lambda_.checks import checked
from windtunnel.services.lambda_.records import (
    LATEST,
    Alias,
    CodeSigningConfig,
    Configuration,
    Function,
    InvokeConfig,
    Layer,
    LayerVersion,
    Mapping,
    Policy,
    Provisioned,
    Url,
)

LONGEST_NAME = 64


class LambdaTables(Operations, api="lambda"):
    """What the nouns of Lambda share: the tables, and finding what a name and qualifier mean."""

    functions = Table(Function, key="name")
    configurations = Table(Configuration, key="version", within="name")
    aliases = Table(Alias, key="name", within="function")
    policies = Table(Policy, key="qualifier", within="resource")
    invoke_configs = Table(InvokeConfig, key="qualifier", within="function")
    mappings = Table(Mapping, key="id")
    checkpoints = Table(Checkpoint, key="shard", within="reader")
    layers = Table(Layer, key="name")
    layer_versions = Table(LayerVersion, key="number", within="layer")
    provisioned = Table(Provisioned, key="qualifier", within="function")
    code_signing_configs = Table(CodeSigningConfig, key="arn")
    urls = Table(Url, key="qualifier", within="function")

    def arn_of(self, name: str, qualifier: str = "") -> str:
        return self.home.arn("lambda", f"function:{name}") + (f":{qualifier}" if qualifier else "")

    def function_named(self, text: str, qualifier: str | None = None) -> tuple[Function, names.Named]:
        """The function, whatever the qualifier; raises ResourceNotFoundException."""
        named = names.parse(text, qualifier)
        self.check_region(named)
        function = self.functions.get(named.name)
        if function is None or not self._is_here(named):
            raise names.not_found(self._arn_asked(named))
        return function, named

    def check_region(self, named: names.Named) -> None:
        """Raises ResourceNotFoundException for a function of another region."""
        if named.region and named.region != self.home.region:
            raise names.unreachable(named.region, self.home.region)

    def configuration_named(self, text: str, qualifier: str | None = None) -> Configuration:
        """The version that a name and qualifier mean, an alias resolved to its main version."""
        function, named = self.function_named(text, qualifier)
        return self.configuration_of(function.name, named.qualifier)

    def configuration_shown(self, text: str, qualifier: str | None) -> tuple[Configuration, dict[str, Any]]:
        """The version that a name and qualifier mean, and how it is shown to whoever asked so."""
        function, named = self.function_named(text, qualifier)
        config = self.configuration_of(function.name, named.qualifier)
        return config, self.shown(config, qualifier=named.qualifier)

    def configuration_of(self, name: str, qualifier: str) -> Configuration:
        alias = self.aliases.get(name, qualifier) if qualifier else None
        config = self.configurations.get(name, alias.version if alias else qualifier or LATEST)
        if config is None:
            raise names.not_found(self.arn_of(name, qualifier))
        return config

    def versions_of(self, name: str) -> list[Configuration]:
        """`$LATEST` first, then by number."""
        return sorted(self.configurations.all(name), key=lambda c: 0 if c.version == LATEST else int(c.version))

    def shown(self, config: Configuration, **how: Any) -> dict[str, Any]:
        return shown.configuration(config, [self._layer_shown(arn) for arn in config.layers], **how)

    def layer_at(self, arn: str) -> LayerVersion | None:
        """The layer version that an ARN names. Raises AccessDeniedException for another account's without leave."""
        layer = self.layer_kept(arn)
        gone = layer is None or layer.deleted
        region, account = arn.split(":")[3:5]
        if account == self.home.account:
            return None if gone else layer
        permissions = self.home.cloud.home(account, region).service("lambda").nouns["LayerPermissions"]
        if gone or not permissions.lets(layer, self.home.account):
            raise ApiError(
                "AccessDeniedException",
                f"User: arn:aws:iam::{self.home.account}:root is not authorized to perform: lambda:GetLayerVersion on resource: "
                f"{arn} because no resource-based policy allows the lambda:GetLayerVersion action",
                status=403,
            )
        return layer

    def layer_kept(self, arn: str) -> LayerVersion | None:
        """The same for functions that have it already: also one that was deleted or is closed to others by now."""
        _, _, _, region, account, _, name, number = arn.split(":")
        if account == self.home.account:
            return self.layer_versions.get(name, int(number))
        layers = self.home.cloud.home(account, region).service("lambda").nouns["Layers"].layer_versions
        layer: LayerVersion | None = layers.get(name, int(number))
        return layer

    def _layer_shown(self, arn: str) -> dict[str, Any]:
        layer = self.layer_kept(arn)
        return {"Arn": arn, "CodeSize": layer.code_size if layer else 0}

    def _is_here(self, named: names.Named) -> bool:
        return named.account in ("", self.home.account) and named.region in ("", self.home.region)

    def _arn_asked(self, named: names.Named) -> str:
        region, account = named.region or self.home.region, named.account or self.home.account
        suffix = f":{named.qualifier}" if named.qualifier else ""
        return f"arn:aws:lambda:{region}:{account}:function:{named.name}{suffix}"


class Functions(LambdaTables):
    inert = {
        "CreateFunction.VpcConfig": "Stored and returned; functions reach the network as this machine does.",
        "CreateFunction.KMSKeyArn": "Stored and returned; variables are not encrypted on this machine.",
    }

    async def create_function(
        self, ctx, FunctionName, Role, Code, Runtime=None, Handler=None, Description="", Timeout=3, MemorySize=128,
        Publish=False, VpcConfig=None, PackageType="Zip", DeadLetterConfig=None, Environment=None, KMSKeyArn="",
        TracingConfig=None, Tags=None, Layers=(), FileSystemConfigs=(), Architectures=("x86_64",), EphemeralStorage=None,
        SnapStart=None, LoggingConfig=None, CodeSigningConfigArn=None,
    ):  # fmt: skip
        named = names.parse(FunctionName)
        self._check_place(named)
        packages.check_request(Code.get("ZipFile"), "CreateFunction")
        if PackageType != "Zip":
            raise names.invalid("Functions from container images are not supported by windtunnel. Use PackageType Zip.")
        content = await self.noun("Updates").content_of(Code)
        packages.check(content)
        if self.functions.get(named.name) is not None:
            raise ApiError(
                "ResourceConflictException", f"Function already exist: {named.name}", status=409, Type="User"
            )
        now = self.clock.now()
        config = Configuration(
            name=named.name, version=LATEST, arn=self.arn_of(named.name), role=Role, runtime=Runtime or "",
            handler=Handler or "", code_sha256=packages.sha256(content), code_size=len(content), blob="",
            description=Description, timeout=Timeout, memory=MemorySize,
            environment=(Environment or {}).get("Variables", {}) if Environment is not None else None,
            layers=tuple(Layers or ()), architectures=tuple(Architectures or ("x86_64",)),
            ephemeral=(EphemeralStorage or {}).get("Size", 512), tracing=(TracingConfig or {}).get("Mode", "PassThrough"),
            snap_start=(SnapStart or {}).get("ApplyOn", "None"), logging=dict(LoggingConfig or {}), vpc=VpcConfig or {},
            dead_letter=(DeadLetterConfig or {}).get("TargetArn", ""), kms_key=KMSKeyArn or "",
            file_systems=tuple(FileSystemConfigs or ()), modified_at=now, revision=self.ids.uuid(),
            unzipped=packages.unzipped_size(content),
        )  # fmt: skip
        await self.noun("PowertoolsLayers").obtain(config.layers, config.runtime)
        checked(config, Tags or {}, self.layer_at, self.home.region)
        if CodeSigningConfigArn:
            self.noun("CodeSigning").check_known(CodeSigningConfigArn)
            self.noun("CodeSigning").check_deployment(config.arn, CodeSigningConfigArn)
        config = replace(config, blob=self.home.blobs.put(content))
        with self.home.step():
            self.functions.put(
                Function(
                    name=named.name,
                    arn=config.arn,
                    created_at=now,
                    tags=dict(Tags or {}),
                    code_signing=CodeSigningConfigArn or "",
                )
            )
            self.configurations.put(replace(config, revision=self.ids.uuid()))
        if Publish:
            first = self.noun("Versions").publish(named.name, None, state="Pending")
            return {**first, "FunctionArn": config.arn, "RevisionId": self.ids.uuid()}
        self.noun("Invocations").expect(named.name)
        return self.shown(config, state="Pending")

    def _check_place(self, named: names.Named) -> None:
        """Functions are made at home, with a name that is not too long."""
        self.check_region(named)
        if not self._is_here(named):
            raise ApiError(
                "AccessDeniedException",
                f"User: arn:aws:iam::{self.home.account}:root is not authorized to perform: lambda:CreateFunction on resource: "
                f"{self._arn_asked(named)}",
                status=403,
            )
        if len(named.name) > LONGEST_NAME:
            raise ApiError(
                "ValidationException",
                f"1 validation error detected: Value '{named.name}' at 'functionName' failed to satisfy constraint: Member must "
                f"have length less than or equal to {LONGEST_NAME}",
            )

    def get_function(self, ctx, FunctionName, Qualifier=None):
        config, configuration = self.configuration_shown(FunctionName, Qualifier)
        function = self.functions.get(config.name)
        answer: dict[str, Any] = {
            "Configuration": configuration,
            "Code": {"RepositoryType": "S3", "Location": self._location(config)},
        }
        if function.tags:
            answer["Tags"] = function.tags
        if function.reserved is not None:
            answer["Concurrency"] = {"ReservedConcurrentExecutions": function.reserved}
        return answer

    def _location(self, config: Configuration) -> str:
        endpoint = self.home.cloud.endpoint or "http://localhost"
        return f"{endpoint}/_windtunnel/packages/{config.blob}"

    def get_function_configuration(self, ctx, FunctionName, Qualifier=None):
        return self.configuration_shown(FunctionName, Qualifier)[1]

    def list_functions(self, ctx, MasterRegion=None, FunctionVersion=None, Marker=None, MaxItems=50):
        functions = sorted(self.functions.all(), key=lambda f: f.name)
        if FunctionVersion == "ALL":
            entries = [self.shown(c, qualifier=c.version) for f in functions for c in self.versions_of(f.name)]
        else:
            entries = [self.shown(self.configurations.get(f.name, LATEST)) for f in functions]
        return page("Functions", [shown.listed(entry) for entry in entries], Marker, MaxItems)

    async def delete_function(self, ctx, FunctionName, Qualifier=None):
        if names.parse(FunctionName, Qualifier).qualifier == LATEST:
            raise names.invalid("$LATEST version cannot be deleted without deleting the function.")
        function, named = self.function_named(FunctionName, Qualifier)
        if named.qualifier:
            self._delete_version(function, named.qualifier)
            await self.home.cloud.engine.retire(function.arn, named.qualifier)
            return {"StatusCode": 204}
        name = function.name
        for provisioned in self.provisioned.all(name):
            self.noun("ProvisionedConcurrency").end(name, provisioned.qualifier)
        with self.home.step():
            self.functions.delete(name)
            for table in (self.configurations, self.aliases, self.invoke_configs, self.provisioned, self.urls):
                table.clear(name)
            self.policies.clear(name)
        await self.home.cloud.engine.retire(function.arn)
        return {"StatusCode": 204}

    def _delete_version(self, function: Function, qualifier: str) -> None:
        if not qualifier.isdigit():
            raise names.invalid("Deletion of aliases is not currently supported.")
        for alias in self.aliases.all(function.name):
            if qualifier == alias.version or qualifier in alias.weights:
                raise ApiError("ResourceConflictException",
                    f"Version of function: {function.name} is still pointed to by aliases: [{alias.name}]",
                    status=409, Type="User")  # fmt: skip
        with self.home.step():
            self.configurations.delete(function.name, qualifier)
            self.policies.delete(function.name, qualifier)
            self.invoke_configs.delete(function.name, qualifier)
            if self.provisioned.delete(function.name, qualifier) is not None:
                self.noun("ProvisionedConcurrency").end(function.name, qualifier)


def page(
    member: str, items: list[Any], marker: str | None, limit: int | None, next_name: str = "NextMarker"
) -> dict[str, Any]:
    """One page of a listing; the marker is a position."""
    start = int(marker) if marker and marker.isdigit() else 0
    end = start + (limit or 50)
    answer: dict[str, Any] = {member: items[start:end]}
    if end < len(items):
        answer[next_name] = str(end)
    return answer
