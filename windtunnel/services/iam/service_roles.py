"""Service-linked roles: made for a service, with the name and the policy that it wants; changed by nobody.

AWS: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_aws-services-that-work-with-iam.html
"""

from __future__ import annotations

import json

from msgspec.structs import replace

from windtunnel.aws.errors import ApiError, NotImplementedHere
from windtunnel.services.iam import roles
from windtunnel.services.iam.linked_services import LINKED, TAKES_SUFFIX, LinkedService
from windtunnel.services.iam.roles import OF_SERVICES
from windtunnel.services.iam.tables import AWS_MANAGED, IamTables, no_such_entity

_PREFIX = "AWSServiceRoleFor"


class ServiceRoles(IamTables):
    def create_service_linked_role(self, ctx, AWSServiceName, Description=None, CustomSuffix=None):
        service = self._service(AWSServiceName)
        if CustomSuffix and AWSServiceName not in TAKES_SUFFIX:
            raise ApiError("InvalidInput", f"Custom suffix is not allowed for {AWSServiceName}")
        name = _PREFIX + service.role + (f"_{CustomSuffix}" if CustomSuffix else "")
        if name in self.roles:
            raise ApiError("InvalidInput",
                f"Service role name {name} has been taken in this account, please try a different suffix.")  # fmt: skip
        statement = {"Action": "sts:AssumeRole", "Effect": "Allow", "Principal": {"Service": AWSServiceName}}
        trust = json.dumps({"Version": "2012-10-17", "Statement": [statement]}, separators=(",", ":"))
        path = f"{OF_SERVICES}{AWSServiceName}/"
        made = self.noun("Roles").make(name, trust, path, Description, 3600)
        made = self.roles.put(replace(made, attached=(f"{AWS_MANAGED}aws-service-role/{service.policy}",)))
        return {"Role": roles.shown(made)}

    def delete_service_linked_role(self, ctx, RoleName):
        role = self.role(RoleName)
        if not role.path.startswith(OF_SERVICES):
            raise no_such_entity(f"The role with name {RoleName} cannot be found.")
        self.roles.delete(RoleName)
        return {"DeletionTaskId": f"task{role.path}{RoleName}/{self.ids.uuid()}"}

    def get_service_linked_role_deletion_status(self, ctx, DeletionTaskId):
        """Deletion is done when DeleteServiceLinkedRole answers."""
        if not DeletionTaskId.startswith(f"task{OF_SERVICES}"):
            raise no_such_entity(f"The deletion task {DeletionTaskId} cannot be found.")
        return {"Status": "SUCCEEDED"}

    def _service(self, name: str) -> LinkedService:
        found = LINKED.get(name)
        if found is None:
            raise NotImplementedHere(f"The service-linked role of {name}")
        return found
