"""What HTTP APIs store. `members` are those that a client may set, in AWS's spelling; times are seconds since the epoch."""

from typing import Any

import msgspec

DEFAULT = "$default"


class Api(msgspec.Struct, frozen=True, kw_only=True):
    """`revision` rises with every change of the API or of anything in it."""

    id: str
    members: dict[str, Any]
    created_at: float
    tags: dict[str, str] = {}
    revision: int = 0


class Route(msgspec.Struct, frozen=True, kw_only=True):
    api: str
    id: str
    key: str
    members: dict[str, Any]


class Integration(msgspec.Struct, frozen=True, kw_only=True):
    api: str
    id: str
    members: dict[str, Any]


class Authorizer(msgspec.Struct, frozen=True, kw_only=True):
    api: str
    id: str
    members: dict[str, Any]


class Configuration(msgspec.Struct, frozen=True):
    """What a stage serves."""

    routes: tuple[Route, ...] = ()
    integrations: tuple[Integration, ...] = ()
    authorizers: tuple[Authorizer, ...] = ()


class Deployment(msgspec.Struct, frozen=True, kw_only=True):
    """`frozen` is the configuration as it was; None for a deployment made by itself, which serves what there is."""

    api: str
    id: str
    created_at: float
    description: str = ""
    frozen: Configuration | None = None


class Stage(msgspec.Struct, frozen=True, kw_only=True):
    api: str
    name: str
    members: dict[str, Any]
    created_at: float
    modified_at: float
    auto: bool = False
    deployment: str = ""
    tags: dict[str, str] = {}
    managed: bool = False
