"""What IAM stores. Times are seconds since the epoch; documents are kept as they were sent."""

from __future__ import annotations

import msgspec


class Identity(msgspec.Struct, frozen=True, kw_only=True):
    """What roles, users and groups have in common. `attached` holds the ARNs of managed policies."""

    name: str
    id: str
    path: str
    arn: str
    created_at: float
    inline: dict[str, str] = {}
    attached: tuple[str, ...] = ()
    tags: dict[str, str] = {}
    boundary: str = ""


class Role(Identity, frozen=True, kw_only=True):
    trust: str
    description: str | None = None
    session_s: int = 3600


class User(Identity, frozen=True, kw_only=True):
    pass


class Group(Identity, frozen=True, kw_only=True):
    members: tuple[str, ...] = ()


class PolicyVersion(msgspec.Struct, frozen=True):
    id: str
    document: str
    created_at: float


class ManagedPolicy(msgspec.Struct, frozen=True, kw_only=True):
    """A policy of the account's own; AWS's are known by their ARNs alone."""

    arn: str
    name: str
    id: str
    path: str
    created_at: float
    updated_at: float
    default: str
    versions: tuple[PolicyVersion, ...]
    next_version: int
    description: str | None = None
    tags: dict[str, str] = {}

    def version(self, id: str) -> PolicyVersion | None:
        return next((version for version in self.versions if version.id == id), None)


class InstanceProfile(msgspec.Struct, frozen=True, kw_only=True):
    name: str
    id: str
    path: str
    arn: str
    created_at: float
    roles: tuple[str, ...] = ()
    tags: dict[str, str] = {}


class UserKey(msgspec.Struct, frozen=True):
    """An access key of a user; the secret is with the cloud's credentials."""

    id: str
    user: str
    created_at: float
    status: str = "Active"


class ServiceCredential(msgspec.Struct, frozen=True):
    """A name and password of a user for one service, such as CodeCommit."""

    id: str
    user: str
    service: str
    service_user: str
    created_at: float
    status: str = "Active"


class AccountAlias(msgspec.Struct, frozen=True):
    alias: str
