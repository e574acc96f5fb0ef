"""Who an access key stands for, and the policies that say what this principal may do."""

from __future__ import annotations

from typing import NamedTuple

from windtunnel.aws.credentials import AccessKey
from windtunnel.policy.decisions import Attached, Policies
from windtunnel.policy.documents import Document, document
from windtunnel.policy.principals import Principal
from windtunnel.services.iam.managed_documents import managed
from windtunnel.services.iam.records import Identity
from windtunnel.services.iam.tables import AWS_MANAGED, IamTables

_EVERYTHING = Document({"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}})
UNHEARD_OF = (Attached("a role that IAM does not know", _EVERYTHING),)
"""Functions may name roles that nobody made, and STS takes other accounts' roles at their word: nothing limits those."""


class Granted(NamedTuple):
    """A principal with its policies; `unknown` are those whose documents only AWS has."""

    principal: Principal
    policies: Policies
    unknown: tuple[str, ...]


class Grants(IamTables):
    def is_inactive(self, key: AccessKey) -> bool:
        """Whether a user has put this key out of use."""
        known = self.keys.get(key.principal.rsplit("/", 1)[-1], key.id)
        return known is not None and known.status != "Active"

    def of(self, key: AccessKey) -> Granted:
        """Of a key of this account."""
        unknown: list[str] = []
        session = None
        if key.session_policy or key.session_policies:
            inline = [Attached("the session's policy", document(key.session_policy))] if key.session_policy else []
            session = (*inline, *self._managed(key.session_policies, unknown))
        boundary = ""
        tags = key.tags
        own: tuple[Attached, ...] = ()
        if key.role:
            kind = "role"
            role = self.roles.get(key.role.rsplit("/", 1)[-1])
            if role is None or role.arn != key.role:
                own = UNHEARD_OF
            else:
                own, boundary, tags = self._own(role, unknown), role.boundary, {**role.tags, **tags}
        elif ":federated-user/" in key.principal:
            kind, own, session = "federated", UNHEARD_OF, session or ()
        elif key.principal.endswith(":root"):
            kind = "root"
        else:
            kind = "user"
            user = self.users.get(key.principal.rsplit("/", 1)[-1])
            if user is not None:
                groups = [group for group in self.groups.all() if user.name in group.members]
                own = tuple(each for holder in (user, *groups) for each in self._own(holder, unknown))
                boundary, tags = user.boundary, {**user.tags, **tags}
        principal = Principal(
            kind,  # type: ignore[arg-type]
            arn=key.principal,
            account=key.account,
            role=key.role,
            user_id=key.user_id,
            tags=tags,
            source_identity=key.source_identity,
        )
        limits = self._managed((boundary,), unknown) if boundary else ()
        if boundary and not limits:
            limits = (Attached(boundary, Document({})),)
        policies = Policies(identity=own, boundary=limits[0] if limits else None, session=session)
        return Granted(principal, policies, tuple(unknown))

    def _own(self, holder: Identity, unknown: list[str]) -> tuple[Attached, ...]:
        inline = [Attached(f"{holder.name}/{name}", document(text)) for name, text in holder.inline.items()]
        return (*inline, *self._managed(holder.attached, unknown))

    def _managed(self, arns: tuple[str, ...], unknown: list[str]) -> tuple[Attached, ...]:
        found = []
        for arn in arns:
            if arn.startswith(AWS_MANAGED):
                known = managed(arn.removeprefix(AWS_MANAGED))
                if known is None:
                    unknown.append(arn)
                else:
                    found.append(Attached(arn, known))
            elif (policy := self.policies.get(arn)) is not None and (version := policy.version(policy.default)):
                found.append(Attached(arn, document(version.document)))
        return tuple(found)
