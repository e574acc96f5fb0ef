"""Destinations: names under which subscriptions of other accounts reach a Kinesis stream."""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from windtunnel.services.logs.records import Destination
from windtunnel.services.logs.writing import LogTables, milliseconds, not_found, page


class Destinations(LogTables):
    inert = {
        "PutDestinationPolicy.accessPolicy": "It is kept and shown; nobody is refused for it.",
        "PutDestinationPolicy.forceUpdate": "It is kept and shown; nobody is refused for it.",
        "PutDestination.roleArn": "It is kept and shown; deliveries are not judged yet.",
    }

    def put_destination(self, ctx, destinationName, targetArn, roleArn, tags=None):
        known = self.destinations.get(destinationName)
        if known is not None:
            put = replace(known, target=targetArn, role=roleArn)
        else:
            put = Destination(
                name=destinationName,
                arn=self.home.arn("logs", f"destination:{destinationName}"),
                target=targetArn,
                role=roleArn,
                created_at=self.clock.now(),
                tags=dict(tags or {}),
            )
        return {"destination": _shown(self.destinations.put(put))}

    def put_destination_policy(self, ctx, destinationName, accessPolicy):
        self.destinations.put(replace(self._destination(destinationName), policy=accessPolicy))

    def describe_destinations(self, ctx, DestinationNamePrefix=None, nextToken=None, limit=50):
        found = [each for each in self.destinations.all() if each.name.startswith(DestinationNamePrefix or "")]
        shown, token = page(sorted(found, key=lambda each: each.name), nextToken, limit)
        return {"destinations": [_shown(each) for each in shown], "nextToken": token}

    def delete_destination(self, ctx, destinationName):
        self.destinations.delete(self._destination(destinationName).name)

    def _destination(self, name: str) -> Destination:
        found = self.destinations.get(name)
        if found is None:
            raise not_found("destination")
        return found


def _shown(each: Destination) -> dict[str, Any]:
    return {
        "destinationName": each.name,
        "targetArn": each.target,
        "roleArn": each.role,
        "accessPolicy": each.policy or None,
        "arn": each.arn,
        "creationTime": milliseconds(each.created_at),
    }
