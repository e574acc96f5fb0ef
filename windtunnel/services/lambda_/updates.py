"""Changing a function: its code and its configuration."""

from __future__ import annotations

import base64
from typing import Any

from msgspec.structs import replace

from windtunnel.aws.errors import ApiError
from windtunnel.services.lambda_ import names, packages
from windtunnel.services.lambda_.checks import check_layers, checked
from windtunnel.services.lambda_.functions import LambdaTables
from windtunnel.services.lambda_.records import LATEST, Configuration


class Updates(LambdaTables):
    inert = {
        "UpdateFunctionConfiguration.KMSKeyArn": "Stored and returned; variables are not encrypted on this machine."
    }

    async def update_function_code(
        self, ctx, FunctionName, ZipFile=None, S3Bucket=None, S3Key=None, S3ObjectVersion=None, Publish=False, DryRun=False,
        RevisionId=None, Architectures=None, ImageUri=None,
    ):  # fmt: skip
        function, _ = self.function_named(FunctionName)
        if ImageUri:
            raise names.invalid("Please don't provide ImageUri when updating a function with packageType Zip.")
        packages.check_request(ZipFile, "UpdateFunctionCode")
        code = {"ZipFile": ZipFile, "S3Bucket": S3Bucket, "S3Key": S3Key, "S3ObjectVersion": S3ObjectVersion}
        content = await self.content_of({name: value for name, value in code.items() if value is not None})
        unzipped = packages.check(content)
        config = self._latest(function.name, RevisionId)
        self.noun("CodeSigning").check_deployment(function.arn, function.code_signing)
        changed = replace(
            config,
            code_size=len(content),
            architectures=tuple(Architectures or config.architectures),
            unzipped=unzipped,
        )
        check_layers(changed, self.layer_at, self.home.region)
        if DryRun:
            return self.shown(replace(changed, code_sha256=packages.sha256(content)))
        blob = self.home.blobs.put(content)
        return await self._put(replace(changed, blob=blob, code_sha256=packages.sha256_of_blob(blob)), Publish)

    async def update_function_configuration(
        self, ctx, FunctionName, Role=None, Handler=None, Description=None, Timeout=None, MemorySize=None, VpcConfig=None,
        Environment=None, Runtime=None, DeadLetterConfig=None, KMSKeyArn=None, TracingConfig=None, RevisionId=None,
        Layers=None, FileSystemConfigs=None, EphemeralStorage=None, SnapStart=None, LoggingConfig=None,
    ):  # fmt: skip
        function, _ = self.function_named(FunctionName)
        config = self._latest(function.name, RevisionId)
        changes: dict[str, Any] = {
            "role": Role,
            "handler": Handler,
            "description": Description,
            "timeout": Timeout,
            "memory": MemorySize,
            "runtime": Runtime,
            "vpc": VpcConfig,
            "kms_key": KMSKeyArn,
            "environment": None if Environment is None else Environment.get("Variables", {}),
            "dead_letter": None if DeadLetterConfig is None else DeadLetterConfig.get("TargetArn", ""),
            "tracing": None if TracingConfig is None else TracingConfig.get("Mode"),
            "layers": None if Layers is None else tuple(Layers),
            "file_systems": None if FileSystemConfigs is None else tuple(FileSystemConfigs),
            "ephemeral": None if EphemeralStorage is None else EphemeralStorage.get("Size"),
            "snap_start": None if SnapStart is None else SnapStart.get("ApplyOn"),
            "logging": None if LoggingConfig is None else {**config.logging, **LoggingConfig},
        }
        changed = replace(config, **{name: value for name, value in changes.items() if value is not None})
        if changed.logging.get("LogFormat") == "Text":
            kept = {
                k: v for k, v in changed.logging.items() if not k.endswith("LogLevel") or k in (LoggingConfig or {})
            }
            changed = replace(changed, logging=kept)
        await self.noun("PowertoolsLayers").obtain(changed.layers, changed.runtime)
        checked(changed, {}, self.layer_at, self.home.region)
        return await self._put(changed)

    async def _put(self, config: Configuration, publish: bool = False) -> dict[str, Any]:
        config = replace(config, modified_at=self.clock.now(), revision=self.ids.uuid())
        with self.home.step():
            self.configurations.put(replace(config, revision=self.ids.uuid()))
        await self.home.cloud.engine.retire(config.arn, LATEST)
        self.noun("Invocations").expect(config.name)
        if publish:
            return self.noun("Versions").publish(config.name, None)
        return self.shown(config, updating=True)

    def _latest(self, name: str, revision: str | None) -> Configuration:
        config = self.configurations.get(name, LATEST)
        if revision and revision != config.revision:
            raise wrong_revision()
        return config

    async def content_of(self, code: dict[str, Any]) -> bytes:
        """The zip file that a Code member means: given, or an object in S3."""
        if (given := code.get("ZipFile")) is not None:
            return given if isinstance(given, bytes) else base64.b64decode(given)
        if not code.get("S3Bucket") or not code.get("S3Key"):
            raise names.invalid("Please provide a source for function code.")
        wish = {"Bucket": code["S3Bucket"], "Key": code["S3Key"]}
        if code.get("S3ObjectVersion"):
            wish["VersionId"] = code["S3ObjectVersion"]
        try:
            answer = await self.home.call("s3", "GetObject", wish)
        except ApiError as error:
            if error.code == "NotImplemented":
                raise
            raise names.invalid(
                f"Error occurred while GetObject. S3 Error Code: {error.code}. S3 Error Message: {error.message}"
            ) from None
        body = answer["Body"]
        if isinstance(body, bytes):
            return body
        return b"".join([part async for part in body])


def wrong_revision(ask: str = "GetFunction/GetAlias") -> ApiError:
    return ApiError(
        "PreconditionFailedException",
        "The Revision Id provided does not match the latest Revision Id. "
        f"Call the {ask} API to retrieve the latest Revision Id",
        status=412,
        Type="User",
    )
