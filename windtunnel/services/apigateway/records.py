"""What REST APIs store. `members` are those that AWS shows, in its spelling; times are seconds since the epoch."""

from typing import Any

import msgspec


class RestApi(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    root: str
    members: dict[str, Any]
    created_at: float
    tags: dict[str, str] = {}


class Path(msgspec.Struct, frozen=True, kw_only=True):
    """A resource of an API; `parent` is empty for the root."""

    api: str
    id: str
    path: str
    part: str = ""
    parent: str = ""


class Method(msgspec.Struct, frozen=True, kw_only=True):
    """`key` is `resource/METHOD`; `members` has `methodResponses` and `methodIntegration` where there are any."""

    api: str
    key: str
    resource: str
    method: str
    members: dict[str, Any]


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """A model, request validator, authorizer or gateway response of an API, by its name or id."""

    api: str
    key: str
    members: dict[str, Any]


class Snapshot(msgspec.Struct, frozen=True, kw_only=True):
    """An API as it was when it was deployed."""

    binary_types: tuple[str, ...]
    key_source: str
    paths: tuple[Path, ...]
    methods: tuple[Method, ...]
    models: tuple[Part, ...]
    validators: tuple[Part, ...]
    authorizers: tuple[Part, ...]
    gateway_responses: tuple[Part, ...]
    policy: str = ""
    """Empty for a private API: its policy is not looked at."""


class Deployment(msgspec.Struct, frozen=True, kw_only=True):
    api: str
    id: str
    created_at: float
    snapshot: Snapshot
    description: str = ""


class Stage(msgspec.Struct, frozen=True, kw_only=True):
    api: str
    name: str
    deployment: str
    members: dict[str, Any]
    created_at: float
    modified_at: float
    tags: dict[str, str] = {}


class Key(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    value: str
    members: dict[str, Any]
    created_at: float
    modified_at: float
    tags: dict[str, str] = {}


class UsagePlan(msgspec.Struct, frozen=True, kw_only=True):
    """`keys` are the ids of its API keys."""

    id: str
    members: dict[str, Any]
    keys: tuple[str, ...] = ()
    tags: dict[str, str] = {}


class Account(msgspec.Struct, frozen=True, kw_only=True):
    name: str = "account"
    role: str = ""
