"""Layers: packages that several functions share, merged into `/opt`."""

from __future__ import annotations

from typing import Any

from windtunnel.services.lambda_ import names, packages, shown
from windtunnel.services.lambda_.functions import LambdaTables, page
from windtunnel.services.lambda_.records import Layer, LayerVersion


class Layers(LambdaTables):
    async def publish_layer_version(
        self,
        ctx,
        LayerName,
        Content,
        Description="",
        CompatibleRuntimes=None,
        LicenseInfo="",
        CompatibleArchitectures=None,
    ):
        name = LayerName.rsplit(":", 1)[-1]
        content = await self.noun("Updates").content_of(Content)
        packages.check(content)
        last = self.layers.get(name)
        number = last.newest + 1 if last else 1
        layer_arn = self.home.arn("lambda", f"layer:{name}")
        layer = LayerVersion(
            layer=name, number=number, arn=f"{layer_arn}:{number}", layer_arn=layer_arn, blob=self.home.blobs.put(content),
            code_sha256=packages.sha256(content), code_size=len(content), created_at=self.clock.now(),
            description=Description or "", runtimes=None if CompatibleRuntimes is None else tuple(CompatibleRuntimes),
            architectures=None if CompatibleArchitectures is None else tuple(CompatibleArchitectures), license=LicenseInfo or "",
        )  # fmt: skip
        with self.home.step():
            self.layers.put(Layer(name=name, newest=number))
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
        if VersionNumber < 1:
            raise names.invalid("Layer Version Cannot be less than 1.")
        name = LayerName.rsplit(":", 1)[-1]
        self.layer_versions.delete(name, VersionNumber)
        self.policies.delete(f"layer:{name}", str(VersionNumber))

    def _version(self, name: str, number: int) -> LayerVersion:
        if number < 1:
            raise names.invalid("Layer Version Cannot be less than 1.")
        layer = self.layer_versions.get(name.rsplit(":", 1)[-1], number)
        if layer is None:
            raise names.no_resource()
        return layer

    def _whole(self, layer: LayerVersion) -> dict[str, Any]:
        endpoint = self.home.cloud.endpoint or "http://localhost"
        return shown.layer_version(layer, f"{endpoint}/_windtunnel/packages/{layer.blob}")


def _fits(layer: LayerVersion, runtime: str | None, architecture: str | None) -> bool:
    return (not runtime or runtime in (layer.runtimes or ())) and (
        not architecture or architecture in (layer.architectures or ())
    )
