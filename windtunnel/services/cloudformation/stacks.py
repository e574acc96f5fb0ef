"""Operations on stacks. Creating, updating and deleting go on in the background, as on AWS; events tell how far they are."""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from windtunnel.aws.errors import ApiError
from windtunnel.aws.operations import Operations
from windtunnel.kernel.streams import Stream
from windtunnel.kernel.tables import Table
from windtunnel.services.cloudformation import bus_events
from windtunnel.services.cloudformation.records import ChangeSet, Export, Stack, StackEvent, StackResource


class StackTables(Operations, api="cloudformation"):
    """What the nouns of CloudFormation share."""

    stacks = Table(Stack, key="id")
    resources = Table(StackResource, key="logical_id", within="stack")
    events = Stream(StackEvent, within="stack")
    change_sets = Table(ChangeSet, key="id", within="stack")
    exports = Table(Export, key="name")

    def find(self, name: str | None) -> Stack | None:
        """By id, or by the name of a stack that is not deleted."""
        if name and name.startswith("arn:"):
            return self.stacks.get(name)
        alive = [s for s in self.stacks.all() if s.name == name and s.status != "DELETE_COMPLETE"]
        return alive[-1] if alive else None

    def stack(self, name: str) -> Stack:
        stack = self.find(name)
        if stack is None:
            raise ApiError("ValidationError", f"Stack with id {name} does not exist")
        return stack

    def new_id(self, name: str) -> str:
        return self.home.arn("cloudformation", f"stack/{name}/{self.ids.uuid()}")

    def tell(self, event: StackEvent) -> None:
        """Keep an event of a stack, and let EventBridge know: it can have no rule before somebody has opened it."""
        self.events.append(event)
        if (events := self.home.service_in_use("events")) is not None:
            service_events: Any = events.nouns["ServiceEvents"]
            service_events.accept("aws.cloudformation", *bus_events.of(event))

    async def body_of(self, body: str | None, url: str | None) -> str:
        """The text of a template given as text or as the URL of an object in S3."""
        if body is not None:
            return body
        if not url:
            raise ApiError("ValidationError", "Either Template URL or Template Body must be specified.")
        place = url.split("://", 1)[-1].split("?", 1)[0]
        host, _, path = place.partition("/")
        bucket, _, key = path.partition("/")
        if ".s3" in host and not host.startswith("s3"):
            bucket, key = host.split(".s3", 1)[0], path
        try:
            answer = await self.home.call("s3", "GetObject", {"Bucket": bucket, "Key": key})
        except ApiError as error:
            raise ApiError("ValidationError", f"S3 error: {error.message}") from None
        content = answer["Body"]
        data = content if isinstance(content, bytes) else b"".join([part async for part in content])
        return data.decode()


class Stacks(StackTables):
    inert = {
        "CreateStack.TimeoutInMinutes": "Resources stand within moments; nothing times out.",
        "CreateStack.OnFailure": "Failures roll back; DisableRollback is honoured.",
        "CreateStack.RoleARN": "Stored; the deployment's own calls are not authorised separately.",
        "UpdateStack.RoleARN": "Stored; the deployment's own calls are not authorised separately.",
        "DeleteStack.RoleARN": "The deployment's own calls are not authorised separately.",
        "DeleteStack.ClientRequestToken": "Deleting is idempotent here as it is.",
        "CreateStack.ClientRequestToken": "A second stack of the same name is refused as it is.",
        "UpdateStack.ClientRequestToken": "An update under way is refused as it is.",
    }

    async def create_stack(
        self, ctx, StackName, TemplateBody=None, TemplateURL=None, Parameters=(), DisableRollback=False, Capabilities=(),
        Tags=(), NotificationARNs=(), EnableTerminationProtection=False,
    ):  # fmt: skip
        if self.find(StackName) is not None:
            raise ApiError("AlreadyExistsException", f"Stack [{StackName}] already exists")
        body = await self.body_of(TemplateBody, TemplateURL)
        given = _given(Parameters)
        prepared = await self.home.cloud.deployer.prepare(self.home, StackName, body, given, {}, Capabilities)
        now = self.clock.now()
        stack = Stack(
            name=StackName, id=self.new_id(StackName), status="CREATE_IN_PROGRESS", body=body, processed=prepared.document,
            parameters=prepared.parameters, created_at=now, tags=_tags(Tags), capabilities=tuple(Capabilities or ()),
            description=prepared.document.get("Description") or "", disable_rollback=bool(DisableRollback),
            termination_protection=bool(EnableTerminationProtection), notifications=tuple(NotificationARNs or ()),
        )  # fmt: skip
        self.stacks.put(stack)
        self.home.cloud.deployer.start(self.home, stack.id)
        return {"StackId": stack.id}

    async def update_stack(
        self, ctx, StackName, TemplateBody=None, TemplateURL=None, UsePreviousTemplate=False, Parameters=(), Capabilities=(),
        Tags=None, NotificationARNs=None, DisableRollback=False,
    ):  # fmt: skip
        stack = self.stack(StackName)
        refuse_if_under_way(stack)
        body = stack.body if UsePreviousTemplate else await self.body_of(TemplateBody, TemplateURL)
        given = _given(Parameters, stack.parameters)
        prepared = await self.home.cloud.deployer.prepare(self.home, stack.name, body, given, {}, Capabilities)
        tags = stack.tags if Tags is None else _tags(Tags)
        changes = self.home.cloud.deployer.changes(self.home, stack, prepared)
        if not changes and tags == stack.tags:
            raise ApiError("ValidationError", "No updates are to be performed.")
        changed = replace(
            stack, status="UPDATE_IN_PROGRESS", body=body, processed=prepared.document, parameters=prepared.parameters,
            updated_at=self.clock.now(), tags=tags, capabilities=tuple(Capabilities or ()), reason="",
            disable_rollback=bool(DisableRollback), description=prepared.document.get("Description") or "",
        )  # fmt: skip
        self.stacks.put(changed)
        self.home.cloud.deployer.start(self.home, stack.id, before=stack)
        return {"StackId": stack.id}

    def delete_stack(self, ctx, StackName, RetainResources=(), DeletionMode=None):
        stack = self.find(StackName)
        if stack is None or stack.status in ("DELETE_COMPLETE", "DELETE_IN_PROGRESS"):
            return
        if stack.termination_protection:
            raise ApiError("ValidationError",
                f"Stack [{stack.name}] cannot be deleted while TerminationProtection is enabled")  # fmt: skip
        refuse_if_under_way(stack)
        used = [e.name for e in self.exports.all() if e.stack == stack.id and self._importers(e.name)]
        if used:
            importers = ", ".join(self._importers(used[0]))
            raise ApiError("ValidationError", f"Export {used[0]} cannot be deleted as it is in use by {importers}")
        self.stacks.put(replace(stack, status="DELETE_IN_PROGRESS"))
        self.home.cloud.deployer.start_deleting(self.home, stack.id, tuple(RetainResources or ()))

    def describe_stacks(self, ctx, StackName=None, NextToken=None):
        if StackName:
            return {"Stacks": [self._shown(self.stack(StackName))]}
        alive = [s for s in self.stacks.all() if s.status != "DELETE_COMPLETE"]
        return {"Stacks": [self._shown(stack) for stack in reversed(alive)]}

    def list_stacks(self, ctx, NextToken=None, StackStatusFilter=()):
        wanted = set(StackStatusFilter or ())
        stacks = [s for s in self.stacks.all() if not wanted or s.status in wanted]
        return {"StackSummaries": [_summary(stack) for stack in reversed(stacks)]}

    def describe_stack_events(self, ctx, StackName=None, NextToken=None):
        stack = self.stack(StackName)
        start = int(NextToken or 0)
        events = [_event(event) for _, event in reversed(self.events.read(stack.id))]
        answer: dict[str, Any] = {"StackEvents": events[start : start + 100]}
        if start + 100 < len(events):
            answer["NextToken"] = str(start + 100)
        return answer

    def update_termination_protection(self, ctx, EnableTerminationProtection, StackName):
        stack = self.stack(StackName)
        self.stacks.put(replace(stack, termination_protection=EnableTerminationProtection))
        return {"StackId": stack.id}

    def list_exports(self, ctx, NextToken=None):
        exports = sorted(self.exports.all(), key=lambda export: export.name)
        return {"Exports": [{"ExportingStackId": e.stack, "Name": e.name, "Value": e.value} for e in exports]}

    def list_imports(self, ctx, ExportName, NextToken=None):
        importers = self._importers(ExportName)
        if not importers:
            raise ApiError("ValidationError", f"Export '{ExportName}' is not imported by any stack.")
        return {"Imports": importers}

    def _importers(self, export: str) -> list[str]:
        imports = self.home.cloud.deployer.imports
        alive = [s for s in self.stacks.all() if s.status != "DELETE_COMPLETE"]
        return [s.name for s in alive if export in imports(s.processed)]

    def _shown(self, stack: Stack) -> dict[str, Any]:
        shown: dict[str, Any] = {
            **_summary(stack),
            "DisableRollback": stack.disable_rollback,
            "EnableTerminationProtection": stack.termination_protection,
            "NotificationARNs": list(stack.notifications),
            "Capabilities": list(stack.capabilities),
            "Tags": [{"Key": key, "Value": value} for key, value in stack.tags.items()],
            "RollbackConfiguration": {},
        }
        if stack.description:
            shown["Description"] = stack.description
        if stack.parameters:
            hidden = {
                n
                for n, d in (stack.processed.get("Parameters") or {}).items()
                if str(d.get("NoEcho")).lower() == "true"
            }
            shown["Parameters"] = [
                {"ParameterKey": name, "ParameterValue": "****" if name in hidden else value}
                for name, value in stack.parameters.items()
            ]
        if stack.outputs:
            shown["Outputs"] = list(stack.outputs)
        if stack.change_set:
            shown["ChangeSetId"] = stack.change_set
        return shown


def refuse_if_under_way(stack: Stack) -> None:
    if stack.under_way:
        raise ApiError("ValidationError",
            f"Stack:{stack.id} is in {stack.status} state and can not be updated.")  # fmt: skip


def _given(parameters: list[dict[str, Any]], previous: dict[str, str] | None = None) -> dict[str, str]:
    given: dict[str, str] = {}
    for parameter in parameters or ():
        name = parameter["ParameterKey"]
        if parameter.get("UsePreviousValue"):
            if previous and name in previous:
                given[name] = previous[name]
        elif parameter.get("ParameterValue") is not None:
            given[name] = parameter["ParameterValue"]
    return given


def _tags(tags: list[dict[str, str]]) -> dict[str, str]:
    return {tag["Key"]: tag["Value"] for tag in tags or ()}


def _summary(stack: Stack) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "StackId": stack.id,
        "StackName": stack.name,
        "CreationTime": stack.created_at,
        "StackStatus": stack.status,
        "DriftInformation": {"StackDriftStatus": "NOT_CHECKED"},
    }
    if stack.updated_at:
        shown["LastUpdatedTime"] = stack.updated_at
    if stack.deleted_at:
        shown["DeletionTime"] = stack.deleted_at
    if stack.reason:
        shown["StackStatusReason"] = stack.reason
    return shown


def _event(event: StackEvent) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "StackId": event.stack,
        "EventId": event.id,
        "StackName": event.stack_name,
        "LogicalResourceId": event.logical_id,
        "PhysicalResourceId": event.physical_id,
        "ResourceType": event.type,
        "Timestamp": event.at,
        "ResourceStatus": event.status,
    }
    if event.reason:
        shown["ResourceStatusReason"] = event.reason
    if event.properties:
        shown["ResourceProperties"] = event.properties
    return shown
