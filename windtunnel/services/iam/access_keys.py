"""Access keys of users: with them a client signs as that user."""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from windtunnel.aws.credentials import AccessKey
from windtunnel.aws.errors import ApiError
from windtunnel.services.iam.records import UserKey
from windtunnel.services.iam.tables import IamTables, limit_exceeded, no_such_entity, page

MAXIMUM = 2
_SECRET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789/+"


class AccessKeys(IamTables):
    def create_access_key(self, ctx, UserName=None):
        user = self.user(self.noun("Users").name_or_own(ctx, UserName))
        if self.keys.count(user.name) >= MAXIMUM:
            raise limit_exceeded("AccessKeysPerUser", MAXIMUM)
        made = self.home.cloud.credentials.add(
            AccessKey(
                id="AKIA" + self.ids.text(16, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"),
                secret=self.ids.text(40, _SECRET),
                account=self.home.account,
                principal=user.arn,
                user_id=user.id,
            )
        )
        key = self.keys.put(UserKey(made.id, user.name, float(int(self.clock.now()))))
        return {"AccessKey": {**shown(key), "SecretAccessKey": made.secret}}

    def list_access_keys(self, ctx, UserName=None, Marker=None, MaxItems=None):
        name = self.noun("Users").name_or_own(ctx, UserName)
        if UserName is not None:
            self.user(name)
        return page(self.keys.all(name), shown, "AccessKeyMetadata", Marker, MaxItems)

    def update_access_key(self, ctx, AccessKeyId, Status, UserName=None):
        """An inactive key is kept here; the one who checks signatures asks for its status."""
        key = self._key(self.noun("Users").name_or_own(ctx, UserName), UserName, AccessKeyId)
        if Status not in ("Active", "Inactive"):
            raise ApiError("ValidationError", "1 validation error detected: Value at 'status' failed to satisfy "
                "constraint: Member must satisfy enum value set")  # fmt: skip
        self.keys.put(replace(key, status=Status))

    def delete_access_key(self, ctx, AccessKeyId, UserName=None):
        key = self._key(self.noun("Users").name_or_own(ctx, UserName), UserName, AccessKeyId)
        self.keys.delete(key.user, key.id)
        self.home.cloud.credentials.delete(key.id)

    def get_access_key_last_used(self, ctx, AccessKeyId):
        """That a key was used is not written down, so the answer is that of a key never used."""
        for user in self.keys.partitions():
            if self.keys.get(user, AccessKeyId) is not None:
                return {"UserName": user, "AccessKeyLastUsed": {"ServiceName": "N/A", "Region": "N/A"}}
        raise no_such_entity(f"The Access Key with id {AccessKeyId} cannot be found.")

    def _key(self, user: str, named: str | None, id: str) -> UserKey:
        if named is not None:
            self.user(user)
        found = self.keys.get(user, id)
        if found is None:
            raise no_such_entity(f"The Access Key with id {id} cannot be found.")
        return found


def shown(key: UserKey) -> dict[str, Any]:
    return {"UserName": key.user, "AccessKeyId": key.id, "Status": key.status, "CreateDate": key.created_at}
