"""Layers: packages that several functions share, merged into `/opt`."""

from __future__ import annotations

from typing import Any

from windtunnel.aws.errors import ApiError
from windtunnel.services.lambda_ import packages, shown
from windtunnel.services.lambda_.functions import LambdaTables, page
from windtunnel.services.lambda_.records import LayerVersion


class Layers(LambdaTables):
    async def publish_layer_version(
        self, ctx, LayerName, Content, Description="", CompatibleRuntimes=(), LicenseInfo="", CompatibleArchitectures=()
    ):
        name = LayerName.rsplit(":", 1)[-1]
        content = await self.noun("Updates").content_of(Content)
        packages.check(content)
        number = max((layer.number for layer in self.layer_versions.all(name)), default=0) + 1
        layer_arn = self.home.arn("lambda", f"layer:{name}")
        layer = LayerVersion(
            layer=name, number=number, arn=f"{layer_arn}:{number}", layer_arn=layer_arn, blob=self.home.blobs.put(content),
            code_sha256=packages.sha256(content), code_size=len(content), created_at=self.clock.now(),
            description=Description or "", runtimes=tuple(CompatibleRuntimes or ()),
            architectures=tuple(CompatibleArchitectures or ()), license=LicenseInfo or "",
        )  # fmt: skip
        self.layer_versions.put(layer)
        return self._whole(layer)

    def get_layer_version(self, ctx, LayerName, VersionNumber):
        return self._whole(self._version(LayerName, VersionNumber))

    def get_layer_version_by_arn(self, ctx, Arn):
        name, _, number = Arn.rpartition(":")
        return self._whole(self._version(name, int(number)))

    def list_layer_versions(
        self, ctx, LayerName, CompatibleRuntime=None, Marker=None, MaxItems=50, CompatibleArchitecture=None
    ):
        layers = sorted(self.layer_versions.all(LayerName.rsplit(":", 1)[-1]), key=lambda layer: -layer.number)
        fitting = [layer for layer in layers if _fits(layer, CompatibleRuntime, CompatibleArchitecture)]
        return page("LayerVersions", [shown.layer_version(layer) for layer in fitting], Marker, MaxItems)

    def list_layers(self, ctx, CompatibleRuntime=None, Marker=None, MaxItems=50, CompatibleArchitecture=None):
        newest: dict[str, LayerVersion] = {}
        for layer in self.layer_versions.all():
            if _fits(layer, CompatibleRuntime, CompatibleArchitecture):
                newest[layer.layer] = max(layer, newest.get(layer.layer, layer), key=lambda each: each.number)
        layers = [
            {"LayerName": name, "LayerArn": layer.layer_arn, "LatestMatchingVersion": shown.layer_version(layer)}
            for name, layer in sorted(newest.items())
        ]
        return page("Layers", layers, Marker, MaxItems)

    def delete_layer_version(self, ctx, LayerName, VersionNumber):
        self.layer_versions.delete(LayerName.rsplit(":", 1)[-1], VersionNumber)

    def _version(self, name: str, number: int) -> LayerVersion:
        layer = self.layer_versions.get(name.rsplit(":", 1)[-1], number)
        if layer is None:
            arn = self.home.arn("lambda", f"layer:{name.rsplit(':', 1)[-1]}:{number}")
            raise ApiError("ResourceNotFoundException", f"Layer version {arn} does not exist.", status=404, Type="User")
        return layer

    def _whole(self, layer: LayerVersion) -> dict[str, Any]:
        endpoint = self.home.cloud.endpoint or "http://localhost"
        return shown.layer_version(layer, f"{endpoint}/_windtunnel/packages/{layer.blob}")


def _fits(layer: LayerVersion, runtime: str | None, architecture: str | None) -> bool:
    return (not runtime or runtime in layer.runtimes) and (not architecture or architecture in layer.architectures)
