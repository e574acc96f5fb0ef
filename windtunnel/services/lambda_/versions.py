"""Published versions: immutable copies of `$LATEST`."""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from windtunnel.services.lambda_ import names, shown
from windtunnel.services.lambda_.functions import LambdaTables, page
from windtunnel.services.lambda_.records import LATEST, Configuration
from windtunnel.services.lambda_.snapshots import takes_part
from windtunnel.services.lambda_.updates import wrong_revision


class Versions(LambdaTables):
    async def publish_version(self, ctx, FunctionName, CodeSha256=None, Description=None, RevisionId=None):
        function, _ = self.function_named(FunctionName)
        latest = self.configurations.get(function.name, LATEST)
        if RevisionId and RevisionId != latest.revision:
            raise wrong_revision()
        if CodeSha256 and CodeSha256 != latest.code_sha256:
            raise names.invalid(
                f"CodeSHA256 ({CodeSha256}) is different from current CodeSHA256 in $LATEST ({latest.code_sha256}). "
                "Please try again with the CodeSHA256 in $LATEST."
            )
        shown = self.publish(function.name, Description)
        if not ctx.host:  # CloudFormation goes on when a version is ready
            await self.noun("Snapshots").finished(function.name, shown["Version"])
        return shown

    def publish(self, name: str, description: str | None, state: str = "") -> dict[str, Any]:
        """A new version, or the newest one where nothing changed since."""
        function = self.functions.get(name)
        latest = self.configurations.get(name, LATEST)
        newest = self.configurations.get(name, str(function.next_version - 1))
        if newest is not None and _same(newest, latest):
            return self.shown(newest)
        version = str(function.next_version)
        published = replace(
            latest,
            version=version,
            description=latest.description if description is None else description,
            described=latest.description,
            revision=self.ids.uuid(),
        )
        waits = takes_part(published)
        if waits:
            published = replace(published, state="Pending")
        with self.home.step():
            self.configurations.put(published)
            self.functions.put(replace(function, next_version=function.next_version + 1))
            self.configurations.put(replace(latest, revision=self.ids.uuid()))
        if waits:
            self.noun("Snapshots").begin(published)
        return self.shown(published, state=state)

    def list_versions_by_function(self, ctx, FunctionName, Marker=None, MaxItems=50):
        function, _ = self.function_named(FunctionName)
        entries = [self.shown(config, qualifier=config.version) for config in self.versions_of(function.name)]
        return page("Versions", [shown.listed(entry) for entry in entries], Marker, MaxItems)


def _same(published: Configuration, latest: Configuration) -> bool:
    ignored: dict[str, Any] = {"version": "", "revision": "", "modified_at": 0.0, "description": "", "described": ""}
    ignored |= {"state": "Active", "state_reason": "", "state_reason_code": ""}
    return published.described == latest.description and replace(published, **ignored) == replace(latest, **ignored)
