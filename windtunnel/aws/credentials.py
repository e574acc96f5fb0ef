"""Whose access key it is: the principals that a cloud knows, and the temporary credentials that it gave out."""

from __future__ import annotations

import hashlib
from typing import Any

import msgspec

from windtunnel.kernel.ids import Ids
from windtunnel.kernel.store import Store
from windtunnel.kernel.tables import Table


class AccessKey(msgspec.Struct, frozen=True):
    """`expires_at` in seconds since the epoch; 0 never."""

    id: str
    secret: str
    account: str
    principal: str
    user_id: str
    session_token: str = ""
    expires_at: float = 0.0
    role: str = ""
    tags: dict[str, str] = {}
    transitive_tags: tuple[str, ...] = ()
    session_policy: str = ""
    session_policies: tuple[str, ...] = ()
    """Managed policies that narrow the session, by ARN."""
    source_identity: str = ""


class Credentials:
    """Access keys of one cloud, of all accounts."""

    keys = Table(AccessKey, key="id")

    def __init__(self, store: Store, ids: Ids, default_account: str) -> None:
        self._keys = self.keys.open(store, "credentials/keys")
        self._ids = ids
        self._default_account = default_account
        self._of_functions: dict[str, AccessKey] = {}

    def find(self, access_key: str) -> AccessKey | None:
        return self._of_functions.get(access_key) or self._keys.get(access_key)

    def account_of(self, access_key: str) -> str:
        """Twelve digits are an account id themselves; a key that nobody gave out belongs to the default account."""
        if len(access_key) == 12 and access_key.isdigit():
            return access_key
        known = self.find(access_key)
        return known.account if known else self._default_account

    def principal_of(self, access_key: str, account: str) -> str:
        known = self.find(access_key)
        return known.principal if known else f"arn:aws:iam::{account}:root"

    def add(self, key: AccessKey) -> AccessKey:
        return self._keys.put(key)

    def delete(self, access_key: str) -> None:
        self._keys.delete(access_key)

    def issue(
        self, account: str, principal: str, user_id: str, expires_at: float, prefix: str = "ASIA", **more: Any
    ) -> AccessKey:
        """New temporary credentials, stored."""
        return self.add(
            AccessKey(
                id=prefix + self._ids.text(16),
                secret=self._ids.text(40, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789/+"),
                account=account,
                principal=principal,
                user_id=user_id,
                session_token=self._ids.text(356, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789/+"),
                expires_at=expires_at,
                **more,
            )
        )

    def of_function(self, account: str, role: str, function: str) -> AccessKey:
        """The session of a function's role; the same for all its environments while the cloud runs, and never stored."""
        mark = hashlib.sha256(f"{role}\n{function}".encode()).hexdigest().upper()
        access_key = "ASIA" + mark[:16]
        known = self._of_functions.get(access_key)
        if known is None:
            role_name = role.rsplit("/", 1)[-1]
            known = self._of_functions[access_key] = AccessKey(
                id=access_key,
                secret=hashlib.sha256(mark.encode()).hexdigest()[:40],
                account=account,
                principal=f"arn:aws:sts::{account}:assumed-role/{role_name}/{function}",
                user_id=f"AROA{mark[16:33]}:{function}",
                session_token=hashlib.sha512(mark.encode()).hexdigest(),
                role=role,
            )
        return known
