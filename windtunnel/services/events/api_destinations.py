"""API destinations: HTTP endpoints as targets. AWS: eventbridge/latest/userguide/eb-api-destinations.html"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from msgspec.structs import replace

from windtunnel.aws.errors import ApiError
from windtunnel.aws.paging import page
from windtunnel.kernel.tables import Table
from windtunnel.services.events.buses import EventTables, not_found
from windtunnel.services.events.records import ApiDestination

DEFAULT_RATE = 300


class ApiDestinations(EventTables):
    destinations = Table(ApiDestination, key="name")

    def create_api_destination(
        self, ctx, Name, ConnectionArn, InvocationEndpoint, HttpMethod, Description="", InvocationRateLimitPerSecond=None
    ):  # fmt: skip
        if self.destinations.get(Name) is not None:
            raise ApiError("ResourceAlreadyExistsException", f"An api-destination '{Name}' already exists.")
        now = self.clock.now()
        return self._put(
            ApiDestination(
                name=Name, arn=self.home.arn("events", f"api-destination/{Name}/{self.ids.uuid()}"),
                connection=ConnectionArn, endpoint=InvocationEndpoint, method=HttpMethod,
                rate=InvocationRateLimitPerSecond or DEFAULT_RATE, created_at=now, modified_at=now, description=Description,
            )
        )  # fmt: skip

    def update_api_destination(
        self, ctx, Name, Description=None, ConnectionArn=None, InvocationEndpoint=None, HttpMethod=None,
        InvocationRateLimitPerSecond=None,
    ):  # fmt: skip
        known = self._destination_at(Name, "update")
        changed = replace(
            known, description=known.description if Description is None else Description,
            connection=ConnectionArn or known.connection, endpoint=InvocationEndpoint or known.endpoint,
            method=HttpMethod or known.method, rate=InvocationRateLimitPerSecond or known.rate,
            modified_at=self.clock.now(),
        )  # fmt: skip
        return self._put(changed)

    def describe_api_destination(self, ctx, Name):
        known = self._destination_at(Name, "describe")
        return {**self._shown(known), **({"Description": known.description} if known.description else {})}

    def list_api_destinations(self, ctx, NamePrefix="", ConnectionArn=None, NextToken=None, Limit=None):
        found = [
            self._shown(each)
            for each in sorted(self.destinations.all(), key=lambda each: each.name)
            if each.name.startswith(NamePrefix) and ConnectionArn in (None, each.connection)
        ]
        return page("ApiDestinations", found, NextToken, Limit)

    def delete_api_destination(self, ctx, Name):
        self._destination_at(Name, "delete")
        self.destinations.delete(Name)

    def with_arn(self, arn: str) -> ApiDestination:
        """Raises ResourceNotFoundException."""
        name = arn.split("/")[1] if "/" in arn else ""
        found = self.destinations.get(name)
        if found is None or found.arn != arn:
            raise not_found(f"Failed to describe the api-destination(s). An api-destination '{name}' does not exist.")
        return found

    def _destination_at(self, name: str, verb: str) -> ApiDestination:
        found = self.destinations.get(name)
        if found is None:
            raise not_found(f"Failed to {verb} the api-destination(s). An api-destination '{name}' does not exist.")
        return found

    def _put(self, destination: ApiDestination) -> dict[str, Any]:
        _check_endpoint(destination.endpoint)
        if self.noun("Connections").with_arn(destination.connection) is None:
            name = destination.connection.split("/")[1] if "/" in destination.connection else destination.connection
            raise not_found(f"Connection '{name}' does not exist.")
        self.destinations.put(destination)
        shown = self._shown(destination)
        return {
            name: shown[name]
            for name in ("ApiDestinationArn", "ApiDestinationState", "CreationTime", "LastModifiedTime")
        }

    def _shown(self, destination: ApiDestination) -> dict[str, Any]:
        connection = self.noun("Connections").with_arn(destination.connection)
        return {
            "ApiDestinationArn": destination.arn,
            "Name": destination.name,
            "ApiDestinationState": "ACTIVE"
            if connection is not None and connection.state == "AUTHORIZED"
            else "INACTIVE",
            "ConnectionArn": destination.connection,
            "InvocationEndpoint": destination.endpoint,
            "HttpMethod": destination.method,
            "InvocationRateLimitPerSecond": destination.rate,
            "CreationTime": destination.created_at,
            "LastModifiedTime": destination.modified_at,
        }


def _check_endpoint(url: str) -> None:
    """AWS takes HTTPS only; here an address of this machine may be plain HTTP."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    local = host in ("localhost", "127.0.0.1", "::1") or host.endswith(".localhost")
    if parts.scheme != "https" and not (parts.scheme == "http" and local):
        raise ApiError(
            "ValidationException", f"Parameter InvocationEndpoint is not valid. Reason: {url} is not an HTTPS address."
        )
