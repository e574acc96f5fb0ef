"""Layers: packages that several functions share, merged into `/opt`."""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

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
        layer = self._kept(
            name,
            number,
            content,
            description=Description or "",
            runtimes=None if CompatibleRuntimes is None else tuple(CompatibleRuntimes),
            architectures=None if CompatibleArchitectures is None else tuple(CompatibleArchitectures),
            license=LicenseInfo or "",
        )
        return self._whole(layer)

    def keep(self, name: str, number: int, content: bytes, architecture: str) -> LayerVersion:
        """A version with a number of somebody else's choosing."""
        return self._kept(name, number, content, architectures=(architecture,))

    def _kept(self, name: str, number: int, content: bytes, **more: Any) -> LayerVersion:
        layer_arn = self.home.arn("lambda", f"layer:{name}")
        layer = LayerVersion(
            layer=name, number=number, arn=f"{layer_arn}:{number}", layer_arn=layer_arn, blob=self.home.blobs.put(content),
            code_sha256=packages.sha256(content), code_size=len(content), created_at=self.clock.now(),
            unzipped=packages.unzipped_size(content), **more,
        )  # fmt: skip
        known = self.layers.get(name)
        with self.home.step():
            self.layers.put(Layer(name=name, newest=max(number, known.newest if known else 0)))
            self.layer_versions.put(layer)
        return layer

    def get_layer_version(self, ctx, LayerName, VersionNumber):
        return self._whole(self._version(LayerName, VersionNumber))

    def get_layer_version_by_arn(self, ctx, Arn):
        layer = self.layer_at(Arn)
        if layer is None:
            raise names.no_resource()
        return self._whole(layer)

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
        layer = self.layer_versions.get(name, VersionNumber)
        if layer is not None:
            self.layer_versions.put(replace(layer, deleted=True))
        self.policies.delete(f"layer:{name}", str(VersionNumber))

    def _version(self, name: str, number: int) -> LayerVersion:
        if number < 1:
            raise names.invalid("Layer Version Cannot be less than 1.")
        layer = self.layer_versions.get(name.rsplit(":", 1)[-1], number)
        if layer is None or layer.deleted:
            raise names.no_resource()
        return layer

    def _whole(self, layer: LayerVersion) -> dict[str, Any]:
        endpoint = self.home.cloud.endpoint or "http://localhost"
        return shown.layer_version(layer, f"{endpoint}/_windtunnel/packages/{layer.blob}")


def _fits(layer: LayerVersion, runtime: str | None, architecture: str | None) -> bool:
    return (
        not layer.deleted
        and (not runtime or runtime in (layer.runtimes or ()))
        and (not architecture or architecture in (layer.architectures or ()))
    )
