"""Connections: how API destinations are let in. AWS: eventbridge/latest/userguide/eb-target-connection-auth.html"""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from windtunnel.aws.errors import ApiError
from windtunnel.aws.paging import page
from windtunnel.kernel.tables import Table
from windtunnel.services.events import credentials
from windtunnel.services.events.buses import EventTables, not_found
from windtunnel.services.events.records import Connection

_MEMBER_OF = {
    "API_KEY": "ApiKeyAuthParameters",
    "BASIC": "BasicAuthParameters",
    "OAUTH_CLIENT_CREDENTIALS": "OAuthParameters",
}


class Connections(EventTables):
    connections = Table(Connection, key="name")
    inert = {
        "CreateConnection.KmsKeyIdentifier": "Stored nowhere: secrets are not encrypted on this machine.",
        "UpdateConnection.KmsKeyIdentifier": "Stored nowhere: secrets are not encrypted on this machine.",
    }

    def resume(self) -> None:
        for connection in self.connections.all():
            if connection.state == "AUTHORIZING":
                self._authorize(connection)

    def create_connection(self, ctx, Name, AuthorizationType, AuthParameters, Description=""):
        if self.connections.get(Name) is not None:
            raise ApiError("ResourceAlreadyExistsException", f"Connection {Name} already exists.")
        _check(AuthorizationType, AuthParameters)
        now = self.clock.now()
        secret = f"secret:events!connection/{Name}/{self.ids.uuid()}-{self.ids.text(6)}"
        connection = Connection(
            name=Name, arn=self.home.arn("events", f"connection/{Name}/{self.ids.uuid()}"),
            secret=self.home.arn("secretsmanager", secret), kind=AuthorizationType, parameters=AuthParameters,
            created_at=now, modified_at=now, state="CREATING", description=Description,
        )  # fmt: skip
        return _told(self._authorize(connection), "CreationTime", "LastModifiedTime")

    def update_connection(self, ctx, Name, AuthorizationType=None, AuthParameters=None, Description=None):
        known = self.connection_at(Name, "update")
        kind = AuthorizationType or known.kind
        kept = known.parameters if kind == known.kind else {}
        parameters = credentials.merged(kept, AuthParameters or {})
        _check(kind, parameters)
        changed = replace(
            known, kind=kind, parameters=parameters, modified_at=self.clock.now(), token="", token_ends_at=0.0,
            description=known.description if Description is None else Description,
        )  # fmt: skip
        return _told(self._authorize(changed), "CreationTime", "LastModifiedTime", "LastAuthorizedTime")

    def deauthorize_connection(self, ctx, Name):
        known = self.connection_at(Name, "deauthorize")
        self.connections.put(
            replace(known, state="DEAUTHORIZED", parameters={}, token="", modified_at=self.clock.now())
        )  # fmt: skip
        gone = replace(known, state="DEAUTHORIZING")
        return _told(gone, "CreationTime", "LastModifiedTime", "LastAuthorizedTime")

    def delete_connection(self, ctx, Name):
        known = self.connection_at(Name, "delete")
        self.connections.delete(Name)
        gone = replace(known, state="DELETING")
        return _told(gone, "CreationTime", "LastModifiedTime", "LastAuthorizedTime")

    def describe_connection(self, ctx, Name):
        known = self.connection_at(Name, "describe")
        shown = _told(known, "CreationTime", "LastModifiedTime", "LastAuthorizedTime")
        more = {
            "Name": known.name, "AuthorizationType": known.kind, "SecretArn": known.secret,
            "AuthParameters": credentials.without_secrets(known.parameters),
        }  # fmt: skip
        optional = {"Description": known.description, "StateReason": known.reason}
        return {**shown, **more, **{name: text for name, text in optional.items() if text}}

    def list_connections(self, ctx, NamePrefix="", ConnectionState=None, NextToken=None, Limit=None):
        found = [
            {
                **_told(each, "CreationTime", "LastModifiedTime", "LastAuthorizedTime"),
                "Name": each.name,
                "AuthorizationType": each.kind,
                **({"StateReason": each.reason} if each.reason else {}),
            }
            for each in sorted(self.connections.all(), key=lambda each: each.name)
            if each.name.startswith(NamePrefix) and ConnectionState in (None, each.state)
        ]
        return page("Connections", found, NextToken, Limit)

    def connection_at(self, name: str, verb: str) -> Connection:
        found = self.connections.get(name)
        if found is None:
            raise not_found(f"Failed to {verb} the connection(s). Connection '{name}' does not exist.")
        return found

    def with_arn(self, arn: str) -> Connection | None:
        found = self.connections.get(arn.split("/")[1] if "/" in arn else "")
        return found if found is not None and found.arn == arn else None

    async def refreshed(self, connection: Connection) -> Connection:
        """With a new token. It is no longer authorized when the endpoint gives none."""
        now = self.clock.now()
        try:
            token, lasts = await credentials.token(connection.parameters["OAuthParameters"])
        except credentials.Refused as refused:
            changed = replace(connection, state="DEAUTHORIZED", reason=str(refused), token="")
        else:
            changed = replace(
                connection, state="AUTHORIZED", reason="", token=token, token_ends_at=now + lasts, authorized_at=now
            )
        if self.connections.get(connection.name) == connection:
            self.connections.put(changed)
        return changed

    def _authorize(self, connection: Connection) -> Connection:
        """Keys and passwords are believed; a client's credentials are exchanged for a token first."""
        if connection.kind != "OAUTH_CLIENT_CREDENTIALS":
            now = self.clock.now()
            return self.connections.put(replace(connection, state="AUTHORIZED", reason="", authorized_at=now))
        waiting = self.connections.put(replace(connection, state="AUTHORIZING", reason=""))
        self.home.spawn(self._exchange(waiting), f"authorization of {connection.name}")
        return waiting

    async def _exchange(self, connection: Connection) -> None:
        with self.clock.working():
            await self.refreshed(connection)


def _check(kind: str, parameters: dict[str, Any]) -> None:
    wanted = _MEMBER_OF[kind]
    given = [name for name in _MEMBER_OF.values() if name in parameters]
    if given != [wanted]:
        raise ApiError(
            "ValidationException",
            f"Parameter AuthParameters is not valid. Reason: {wanted} must be provided for {kind}, and nothing else.",
        )


def _told(connection: Connection, *times: str) -> dict[str, Any]:
    at = {
        "CreationTime": connection.created_at,
        "LastModifiedTime": connection.modified_at,
        "LastAuthorizedTime": connection.authorized_at,
    }
    shown = {name: at[name] for name in times if at[name]}
    return {"ConnectionArn": connection.arn, "ConnectionState": connection.state, **shown}
