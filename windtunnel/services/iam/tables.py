"""What the nouns of IAM share: the tables, finding entities or failing in IAM's words, and pages of lists."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar
from urllib.parse import quote

from windtunnel.aws.errors import ApiError
from windtunnel.aws.operations import Operations
from windtunnel.kernel.tables import Rows, Table
from windtunnel.services.iam.records import (
    AccountAlias,
    Group,
    Identity,
    InstanceProfile,
    ManagedPolicy,
    Role,
    ServiceCredential,
    User,
    UserKey,
)

Listed = TypeVar("Listed")
Found = TypeVar("Found", bound=Identity)
PAGE = 100
AWS_MANAGED = "arn:aws:iam::aws:policy/"


class IamTables(Operations, api="iam"):
    roles = Table(Role, key="name")
    users = Table(User, key="name")
    groups = Table(Group, key="name")
    policies = Table(ManagedPolicy, key="arn")
    profiles = Table(InstanceProfile, key="name")
    keys = Table(UserKey, key="id", within="user")
    service_credentials = Table(ServiceCredential, key="id", within="user")
    aliases = Table(AccountAlias, key="alias")

    def role(self, name: str) -> Role:
        """Raises NoSuchEntity."""
        return self._found(self.roles, name, "role")

    def user(self, name: str) -> User:
        return self._found(self.users, name, "user")

    def group(self, name: str) -> Group:
        return self._found(self.groups, name, "group")

    def profile(self, name: str) -> InstanceProfile:
        found = self.profiles.get(name)
        if found is None:
            raise no_such_entity(f"Instance Profile {name} cannot be found.")
        return found

    def policy(self, arn: str) -> ManagedPolicy:
        """A policy of this account. Raises NoSuchEntity."""
        found = self.policies.get(arn)
        if found is None:
            raise no_such_entity(f"Policy {arn} was not found.")
        return found

    def _found(self, rows: Rows[Found], name: str, kind: str) -> Found:
        found = rows.get(name)
        if found is None:
            raise no_such_entity(f"The {kind} with name {name} cannot be found.")
        return found

    def check_new(self, rows: Rows[Any], name: str, says: str) -> None:
        """Names differ in more than case. Raises EntityAlreadyExists."""
        lowered = name.lower()
        if name in rows or any(record.name.lower() == lowered for record in rows.all()):
            raise ApiError("EntityAlreadyExists", says)

    def new_id(self, prefix: str) -> str:
        """`AROA…` for roles, `AIDA…` for users, `AGPA…` groups, `ANPA…` policies, `AIPA…` instance profiles."""
        return prefix + self.ids.text(17, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567")

    def arn(self, kind: str, path: str, name: str) -> str:
        return f"arn:aws:iam::{self.home.account}:{kind}{path}{name}"

    def holders(self, policy: str) -> list[Identity]:
        """Everybody to whom a managed policy is attached."""
        everybody: list[Identity] = [*self.roles.all(), *self.users.all(), *self.groups.all()]
        return [identity for identity in everybody if policy in identity.attached]

    def bounded(self, policy: str) -> list[Identity]:
        """Everybody whose permissions boundary a managed policy is."""
        everybody: list[Identity] = [*self.roles.all(), *self.users.all()]
        return [identity for identity in everybody if identity.boundary == policy]

    def check_attachable(self, arn: str) -> None:
        """AWS's own policies are taken at their word. Raises NoSuchEntity."""
        if arn not in self.policies and not arn.startswith(AWS_MANAGED):
            raise no_such_entity(f"Policy {arn} does not exist or is not attachable.")


def page(
    items: list[Listed], shown: Callable[[Listed], Any], member: str, marker: str | None, limit: int | None
) -> dict[str, Any]:
    """A page of a list whose marker is the place where the next one begins."""
    start = int(marker) if marker and marker.isdigit() else 0
    if marker and not marker.isdigit():
        raise ApiError("ValidationError", "Invalid Marker.")
    end = start + (limit or PAGE)
    answer: dict[str, Any] = {member: [shown(item) for item in items[start:end]], "IsTruncated": end < len(items)}
    if end < len(items):
        answer["Marker"] = str(end)
    return answer


def encoded(document: str) -> str:
    """IAM shows documents in percent encoding."""
    return quote(document, safe="")


def tag_list(tags: dict[str, str]) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in tags.items()]


def tag_map(tags: list[dict[str, str]] | None) -> dict[str, str]:
    """Raises InvalidInput for a key that comes twice, whatever its case."""
    keys = [tag["Key"].lower() for tag in tags or ()]
    if len(set(keys)) != len(keys):
        raise ApiError("InvalidInput", "Duplicate tag keys found. Please note that Tag keys are case insensitive.")
    if any(key.startswith("aws:") for key in keys):
        raise ApiError("InvalidInput", "Tag keys beginning with 'aws:' are reserved for system use.")
    return {tag["Key"]: tag["Value"] for tag in tags or ()}


def boundary(arn: str) -> dict[str, str] | None:
    return {"PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": arn} if arn else None


def no_such_entity(message: str) -> ApiError:
    return ApiError("NoSuchEntity", message)


def delete_conflict(message: str) -> ApiError:
    return ApiError("DeleteConflict", message)


def limit_exceeded(quota: str, limit: int) -> ApiError:
    return ApiError("LimitExceeded", f"Cannot exceed quota for {quota}: {limit}")
