"""Change sets: what an update would do, and doing it. `aws cloudformation deploy` and `sam deploy` work this way."""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from windtunnel.aws.errors import ApiError
from windtunnel.services.cloudformation.records import ChangeSet, Stack, StackEvent
from windtunnel.services.cloudformation.stacks import StackTables, _given, _tags, refuse_if_under_way

NO_CHANGES = "The submitted information didn't contain changes. Submit different information to create a change set."


class ChangeSets(StackTables):
    inert = {
        "CreateChangeSet.RoleARN": "The deployment's own calls are not authorised separately.",
        "CreateChangeSet.NotificationARNs": "Nobody is notified of stack events.",
        "CreateChangeSet.ClientToken": "A second change set of the same name is refused as it is.",
        "CreateChangeSet.RollbackConfiguration": "Only failures of resources roll back.",
        "ExecuteChangeSet.ClientRequestToken": "A change set is executed once as it is.",
        "CreateChangeSet.OnStackFailure": "Failures roll back.",
        "CreateChangeSet.IncludeNestedStacks": "Nested stacks are refused by name.",
    }

    async def create_change_set(
        self, ctx, StackName, ChangeSetName, TemplateBody=None, TemplateURL=None, UsePreviousTemplate=False, Parameters=(),
        Capabilities=(), Tags=None, Description="", ChangeSetType="UPDATE",
    ):  # fmt: skip
        stack = self.find(StackName)
        if stack is None or stack.status == "REVIEW_IN_PROGRESS":
            if ChangeSetType == "UPDATE":
                raise ApiError("ValidationError", f"Stack [{StackName}] does not exist")
        elif ChangeSetType == "CREATE":
            raise ApiError("ValidationError", f"Stack [{StackName}] already exists and cannot be created again with the "
                f"changeSet [{ChangeSetName}].")  # fmt: skip
        else:
            refuse_if_under_way(stack)
        if stack and any(each.name == ChangeSetName for each in self.change_sets.all(stack.id)):
            raise ApiError("AlreadyExistsException", f"ChangeSet {ChangeSetName} already exists")
        body = stack.body if stack and UsePreviousTemplate else await self.body_of(TemplateBody, TemplateURL)
        given = _given(Parameters, stack.parameters if stack else None)
        prepared = await self.home.cloud.deployer.prepare(self.home, StackName, body, given, {}, Capabilities)
        now = self.clock.now()
        if stack is None:
            stack = Stack(
                name=StackName, id=self.new_id(StackName), status="REVIEW_IN_PROGRESS", body=body, processed={},
                parameters={}, created_at=now, tags=_tags(Tags or []),
            )  # fmt: skip
            self._review(stack)
        changes = self.home.cloud.deployer.changes(self.home, stack, prepared)
        tags = stack.tags if Tags is None else _tags(Tags)
        empty = not changes and tags == stack.tags and stack.status != "REVIEW_IN_PROGRESS"
        name = ChangeSetName.rsplit("/", 2)[-2] if ChangeSetName.startswith("arn:") else ChangeSetName
        change_set = ChangeSet(
            id=self.home.arn("cloudformation", f"changeSet/{name}/{self.ids.uuid()}"), name=name, stack=stack.id,
            stack_name=stack.name, kind=ChangeSetType, status="FAILED" if empty else "CREATE_COMPLETE",
            execution="UNAVAILABLE" if empty else "AVAILABLE", created_at=now, body=body, processed=prepared.document,
            parameters=prepared.parameters, changes=tuple(changes), reason=NO_CHANGES if empty else "",
            description=Description or "", tags=tags, capabilities=tuple(Capabilities or ()),
        )  # fmt: skip
        self.change_sets.put(change_set)
        return {"Id": change_set.id, "StackId": stack.id}

    def _review(self, stack: Stack) -> None:
        """A stack that is only a change set so far: there, with one event, and without resources."""
        with self.home.step():
            self.stacks.put(stack)
            self.tell(
                StackEvent(
                    stack=stack.id, id=self.ids.uuid(), stack_name=stack.name, logical_id=stack.name, physical_id=stack.id,
                    type="AWS::CloudFormation::Stack", status=stack.status, at=stack.created_at, reason="User Initiated",
                )
            )  # fmt: skip

    def describe_change_set(self, ctx, ChangeSetName, StackName=None, NextToken=None, IncludePropertyValues=None):
        change_set = self._change_set(ChangeSetName, StackName)
        shown: dict[str, Any] = {
            **_summary(change_set),
            "NotificationARNs": [],
            "RollbackConfiguration": {},
            "Capabilities": list(change_set.capabilities),
            "Tags": [{"Key": key, "Value": value} for key, value in change_set.tags.items()],
            "Changes": list(change_set.changes),
            "IncludeNestedStacks": False,
        }
        if change_set.parameters:
            shown["Parameters"] = [
                {"ParameterKey": name, "ParameterValue": value} for name, value in change_set.parameters.items()
            ]
        return shown

    def list_change_sets(self, ctx, StackName, NextToken=None):
        return {"Summaries": [_summary(each) for each in self.change_sets.all(self.stack(StackName).id)]}

    def execute_change_set(self, ctx, ChangeSetName, StackName=None, DisableRollback=False, RetainExceptOnCreate=None):
        change_set = self._change_set(ChangeSetName, StackName)
        if change_set.execution != "AVAILABLE":
            raise ApiError("InvalidChangeSetStatus",
                f"ChangeSet [{change_set.id}] cannot be executed in its current status of [{change_set.status}]")  # fmt: skip
        before = self.stack(change_set.stack)
        refuse_if_under_way(before)
        creating = before.status == "REVIEW_IN_PROGRESS"
        self.stacks.put(
            replace(
                before,
                status="CREATE_IN_PROGRESS" if creating else "UPDATE_IN_PROGRESS",
                body=change_set.body,
                processed=change_set.processed,
                parameters=change_set.parameters,
                tags=change_set.tags,
                reason="",
                updated_at=0.0 if creating else self.clock.now(),
                capabilities=change_set.capabilities,
                disable_rollback=bool(DisableRollback),
                change_set=change_set.id,
                description=change_set.processed.get("Description") or "",
            )  # fmt: skip
        )
        for other in self.change_sets.all(before.id):
            self.change_sets.delete(before.id, other.id)
        self.change_sets.put(replace(change_set, execution="EXECUTE_COMPLETE"))
        self.home.cloud.deployer.start(self.home, before.id, before=None if creating else before)

    def delete_change_set(self, ctx, ChangeSetName, StackName=None):
        try:
            change_set = self._change_set(ChangeSetName, StackName)
        except ApiError:
            return {}
        self.change_sets.delete(change_set.stack, change_set.id)
        return {}

    def _change_set(self, name: str, stack_name: str | None) -> ChangeSet:
        if name.startswith("arn:"):
            found = [each for each in self.change_sets.all() if each.id == name]
        else:
            if not stack_name:
                raise ApiError(
                    "ValidationError", "StackName must be specified if ChangeSetName is not specified as an ARN."
                )
            found = [each for each in self.change_sets.all(self.stack(stack_name).id) if each.name == name]
        if not found:
            raise ApiError("ChangeSetNotFound", f"ChangeSet [{name}] does not exist", status=404)
        return found[-1]


def _summary(change_set: ChangeSet) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "ChangeSetName": change_set.name,
        "ChangeSetId": change_set.id,
        "StackId": change_set.stack,
        "StackName": change_set.stack_name,
        "ExecutionStatus": change_set.execution,
        "Status": change_set.status,
        "CreationTime": change_set.created_at,
        "IncludeNestedStacks": False,
    }
    if change_set.reason:
        shown["StatusReason"] = change_set.reason
    if change_set.description:
        shown["Description"] = change_set.description
    return shown
