"""Names and passwords of users for single services, such as CodeCommit."""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from windtunnel.aws.errors import ApiError
from windtunnel.services.iam.records import ServiceCredential
from windtunnel.services.iam.tables import IamTables, limit_exceeded, no_such_entity

SERVICES = ("codecommit.amazonaws.com", "cassandra.amazonaws.com")
MAXIMUM = 2
_PASSWORD = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"


class ServiceCredentials(IamTables):
    def create_service_specific_credential(self, ctx, UserName, ServiceName):
        user = self.user(UserName)
        if ServiceName not in SERVICES:
            raise no_such_entity(f"No such service {ServiceName} is supported for Service Specific Credentials")
        others = [each for each in self.service_credentials.all(UserName) if each.service == ServiceName]
        if len(others) >= MAXIMUM:
            raise limit_exceeded("ServiceSpecificCredentialsPerUserPerService", MAXIMUM)
        number = f"+{len(others)}" if others else ""
        made = self.service_credentials.put(
            ServiceCredential(
                id=self.new_id("ACCA"),
                user=user.name,
                service=ServiceName,
                service_user=f"{user.name}{number}-at-{self.home.account}",
                created_at=float(int(self.clock.now())),
            )
        )
        return {"ServiceSpecificCredential": {**shown(made), "ServicePassword": self._password()}}

    def list_service_specific_credentials(self, ctx, UserName=None, ServiceName=None):
        name = self.noun("Users").name_or_own(ctx, UserName)
        self.user(name)
        if ServiceName is not None and ServiceName not in SERVICES:
            raise no_such_entity(f"No such service {ServiceName} is supported for Service Specific Credentials")
        found = [each for each in self.service_credentials.all(name) if ServiceName in (None, each.service)]
        return {"ServiceSpecificCredentials": [shown(each) for each in found]}

    def update_service_specific_credential(self, ctx, ServiceSpecificCredentialId, Status, UserName=None):
        found = self._credential(ctx, ServiceSpecificCredentialId, UserName)
        if Status not in ("Active", "Inactive"):
            raise ApiError("ValidationError", "1 validation error detected: Value at 'status' failed to satisfy "
                "constraint: Member must satisfy enum value set")  # fmt: skip
        self.service_credentials.put(replace(found, status=Status))

    def reset_service_specific_credential(self, ctx, ServiceSpecificCredentialId, UserName=None):
        found = self._credential(ctx, ServiceSpecificCredentialId, UserName)
        return {"ServiceSpecificCredential": {**shown(found), "ServicePassword": self._password()}}

    def delete_service_specific_credential(self, ctx, ServiceSpecificCredentialId, UserName=None):
        found = self._credential(ctx, ServiceSpecificCredentialId, UserName)
        self.service_credentials.delete(found.user, found.id)

    def _credential(self, ctx: Any, id: str, user: str | None) -> ServiceCredential:
        name = self.noun("Users").name_or_own(ctx, user)
        self.user(name)
        found = self.service_credentials.get(name, id)
        if found is None:
            raise no_such_entity(f"No such credential {id} exists")
        return found

    def _password(self) -> str:
        """Shown once and kept nowhere: nothing here checks it."""
        return self.ids.text(43, _PASSWORD) + "="


def shown(credential: ServiceCredential) -> dict[str, Any]:
    return {
        "CreateDate": credential.created_at,
        "ServiceName": credential.service,
        "ServiceUserName": credential.service_user,
        "ServiceSpecificCredentialId": credential.id,
        "UserName": credential.user,
        "Status": credential.status,
    }
