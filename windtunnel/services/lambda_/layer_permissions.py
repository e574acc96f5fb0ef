"""Resource policies of layer versions: which accounts may use them."""

from __future__ import annotations

import json
from typing import Any

from windtunnel.aws.errors import ApiError
from windtunnel.services.lambda_.functions import LambdaTables
from windtunnel.services.lambda_.permissions import document, principal, remaining, statement_exists
from windtunnel.services.lambda_.records import LayerVersion, Policy
from windtunnel.services.lambda_.updates import wrong_revision


class LayerPermissions(LambdaTables):
    def add_layer_version_permission(
        self, ctx, LayerName, VersionNumber, StatementId, Action, Principal, OrganizationId=None, RevisionId=None
    ):
        layer = self._layer(LayerName, VersionNumber)
        policy = self._policy(layer)
        self._check_revision(policy, RevisionId)
        statements = policy.statements if policy else ()
        if any(statement["Sid"] == StatementId for statement in statements):
            raise statement_exists(StatementId)
        statement: dict[str, Any] = {
            "Sid": StatementId,
            "Effect": "Allow",
            "Principal": principal(Principal),
            "Action": Action,
            "Resource": layer.arn,
        }
        if OrganizationId:
            statement["Condition"] = {"StringEquals": {"aws:PrincipalOrgID": OrganizationId}}
        changed = self._put(layer, (*statements, statement))
        return {"Statement": json.dumps(statement, separators=(",", ":")), "RevisionId": changed.revision}

    def get_layer_version_policy(self, ctx, LayerName, VersionNumber):
        policy = self._policy(self._layer(LayerName, VersionNumber))
        if policy is None:
            problem = "No policy is associated with the given resource."
            raise ApiError("ResourceNotFoundException", problem, status=404, Type="User")
        return {"Policy": document(policy), "RevisionId": policy.revision}

    def remove_layer_version_permission(self, ctx, LayerName, VersionNumber, StatementId, RevisionId=None):
        layer = self._layer(LayerName, VersionNumber)
        policy = self._policy(layer)
        kept = remaining(policy, StatementId)
        self._check_revision(policy, RevisionId)
        if kept:
            self._put(layer, kept)
        else:
            self.policies.delete(policy.resource, policy.qualifier)

    def open_to_all(self, layer: LayerVersion) -> None:
        statement = {"Sid": "public", "Effect": "Allow", "Principal": "*", "Action": "lambda:GetLayerVersion"}
        self._put(layer, ({**statement, "Resource": layer.arn},))

    def lets(self, layer: LayerVersion, account: str) -> bool:
        """Whether the policy of a layer version lets another account use it."""
        policy = self._policy(layer)
        allowed = ("*", {"AWS": "*"}, principal(account), {"AWS": account})
        return any(
            statement["Principal"] in allowed and "Condition" not in statement
            for statement in (policy.statements if policy else ())
        )

    def _layer(self, text: str, number: int) -> LayerVersion:
        name = text.rsplit(":", 1)[-1]
        layer = self.layer_versions.get(name, number)
        if layer is None or layer.deleted:
            problem = f"Layer version {self.home.arn('lambda', f'layer:{name}:{number}')} does not exist."
            raise ApiError("ResourceNotFoundException", problem, status=404, Type="User")
        return layer

    def _policy(self, layer: LayerVersion) -> Policy | None:
        return self.policies.get(f"layer:{layer.layer}", str(layer.number))

    def _check_revision(self, policy: Policy | None, revision: str | None) -> None:
        if revision and (policy is None or revision != policy.revision):
            raise wrong_revision("GetLayerPolicy")

    def _put(self, layer: LayerVersion, statements: tuple[dict[str, Any], ...]) -> Policy:
        return self.policies.put(
            Policy(
                resource=f"layer:{layer.layer}",
                qualifier=str(layer.number),
                statements=statements,
                revision=self.ids.uuid(),
            )
        )
