"""One run over a stack: resources created, changed, replaced and deleted in order, and all of it undone when one fails.

forward: for each resource, in order of dependency ── create │ update │ replace │ nothing      (remember how to undo it)
then:    delete what is not wanted any more, and what was replaced
failure: undo what was done, last first ─► ROLLBACK_COMPLETE / UPDATE_ROLLBACK_COMPLETE
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from typing import Any

from msgspec.structs import replace

from windtunnel.aws.errors import ApiError
from windtunnel.aws.home import Home
from windtunnel.aws.resources import Physical, ResourceType, Wish
from windtunnel.deploy import graph, parameters
from windtunnel.deploy.dynamic import with_dynamic_references
from windtunnel.deploy.intrinsics import Scope, as_text
from windtunnel.deploy.support import IGNORED_TYPES, FindType
from windtunnel.deploy.template import TemplateError
from windtunnel.services.cloudformation.records import Export, Stack, StackEvent, StackResource

STACK_TYPE = "AWS::CloudFormation::Stack"
KEPT_POLICIES = ("Retain", "RetainExceptOnCreate")
Undo = Callable[[], Awaitable[None]]


class Failed(Exception):
    """A resource could not be made, changed or removed."""

    def __init__(self, logical_id: str, doing: str, reason: str) -> None:
        super().__init__(reason)
        self.logical_id = logical_id
        self.doing = doing


class StackRun:
    """`noun` is the service's own class of operations: its tables are where the stack's state is kept."""

    def __init__(self, home: Home, noun: Any, stack: Stack, find_type: FindType) -> None:
        self._home = home
        self._noun = noun
        self.stack = stack
        self._find_type = find_type
        self._undo: list[Undo] = []
        self._replaced: list[StackResource] = []
        self._obsolete: list[StackResource] = []

    async def deploy(self, before: Stack | None) -> None:
        """Create the stack, or update it from what it was `before`."""
        with self._home.clock.working():
            kind = "UPDATE" if before is not None else "CREATE"
            self._event(self.stack.name, STACK_TYPE, f"{kind}_IN_PROGRESS", self.stack.id, "User Initiated")
            try:
                await self._forward(kind)
                outputs = self._outputs()
                if before is not None:
                    await self._clean_up()
            except Failed as failure:
                await self._roll_back(before, failure, kind)
                return
            except TemplateError as error:
                await self._roll_back(before, Failed("", kind, error.problem), kind)
                return
            except Exception as bug:  # whoever waits for the stack must not wait for ever
                await self._roll_back(before, Failed("", kind, f"A defect of windtunnel: {bug}"), kind)
                raise
            self._finish(f"{kind}_COMPLETE", outputs=outputs)

    async def remove(self, retain: tuple[str, ...]) -> None:
        """Delete every resource, in the reverse of the order in which they were made."""
        with self._home.clock.working():
            self._event(self.stack.name, STACK_TYPE, "DELETE_IN_PROGRESS", self.stack.id, "User Initiated")
            failed = []
            for resource in self._in_reverse():
                if resource.logical_id in retain or resource.deletion_policy in KEPT_POLICIES:
                    self._event(resource.logical_id, resource.type, "DELETE_SKIPPED", resource.physical_id)
                    self._noun.resources.delete(self.stack.id, resource.logical_id)
                    continue
                try:
                    await self._delete(resource)
                except Failed:
                    failed.append(resource.logical_id)
            if failed:
                reason = f"The following resource(s) failed to delete: [{', '.join(failed)}]. "
                self._finish("DELETE_FAILED", reason=reason)
                return
            for export in [e for e in self._noun.exports.all() if e.stack == self.stack.id]:
                self._noun.exports.delete(export.name)
            self.stack = replace(self.stack, deleted_at=self._home.clock.now())
            self._finish("DELETE_COMPLETE")

    # What is wanted

    def wanted(self) -> dict[str, dict[str, Any]]:
        """The resources whose condition holds, in the order in which they can be made."""
        resources = self.stack.processed.get("Resources") or {}
        scope = self.scope()
        present = {
            name: resource
            for name, resource in resources.items()
            if not resource.get("Condition") or scope.holds(resource["Condition"])
        }
        pruned = {
            name: {**resource, "DependsOn": [d for d in _listed(resource.get("DependsOn")) if d in present]}
            for name, resource in present.items()
        }
        return {name: pruned[name] for name in graph.ordered(pruned)}

    def scope(self) -> Scope:
        document = self.stack.processed
        return Scope(
            document,
            parameters.typed(document, self.stack.parameters),
            pseudo_parameters(self._home, self.stack.name, self.stack.id, self.stack.notifications),
            self._reference,
            self._attribute,
            self._imported,
        )

    def _reference(self, name: str) -> Any:
        resource = self._noun.resources.get(self.stack.id, name)
        if resource is None:
            raise TemplateError(f"Unresolved resource dependencies [{name}] in the Resources block of the template")
        return resource.physical_id

    def _attribute(self, name: str, attribute: str) -> Any:
        resource = self._noun.resources.get(self.stack.id, name)
        if resource is None:
            raise TemplateError(f"Unresolved resource dependencies [{name}] in the Resources block of the template")
        value: Any = resource.attributes
        for part in attribute.split("."):
            if isinstance(value, dict) and attribute in value:
                return value[attribute]
            if not isinstance(value, dict) or part not in value:
                if self._find_type(resource.type) is None:
                    return f"{name}.{attribute}"
                raise TemplateError(
                    f"Requested attribute {attribute} must be a readonly property in schema for {resource.type}"
                )
            value = value[part]
        return value

    def _imported(self, name: str) -> Any:
        export = self._noun.exports.get(name)
        if export is None:
            raise TemplateError(f"No export named {name} found.")
        return export.value

    # Forward

    async def _forward(self, kind: str) -> None:
        wanted = self.wanted()
        for name, resource in wanted.items():
            await self._stand(name, resource)
        if kind == "UPDATE":
            self._obsolete = [r for r in self._in_reverse() if r.logical_id not in wanted]

    async def _stand(self, name: str, resource: dict[str, Any]) -> None:
        kind = resource["Type"]
        old = self._noun.resources.get(self.stack.id, name)
        policy = resource.get("DeletionPolicy") or "Delete"
        handler = self._handler(kind)
        if handler is None:  # what it asks for is not looked at: it may refer to what is not built either
            given = resource.get("Properties") or {}
            self._keep(name, kind, Physical(f"{self.stack.name}-{name}"), given, "CREATE_COMPLETE", policy)
            return
        try:
            properties = self.scope().resolve(resource.get("Properties") or {})
            properties = await with_dynamic_references(self._home, properties)
        except (TemplateError, ApiError) as error:
            text = error.problem if isinstance(error, TemplateError) else error.message
            self._event(name, kind, "CREATE_FAILED" if old is None else "UPDATE_FAILED", "", text)
            raise Failed(name, "create" if old is None else "update", text) from None
        if old is None:
            await self._create(name, handler, properties, policy)
        elif old.type != kind or any(properties.get(p) != old.properties.get(p) for p in handler.replaces):
            await self._replace(name, handler, properties, policy, old)
        elif properties != old.properties:
            await self._update(name, handler, properties, policy, old)

    async def _create(self, name: str, handler: ResourceType, properties: dict[str, Any], policy: str) -> None:
        self._event(name, handler.named, "CREATE_IN_PROGRESS")
        physical = await self._attempt(
            name, handler, "create", "", handler.create(self._wish(name, handler, properties))
        )
        self._event(name, handler.named, "CREATE_COMPLETE", physical.id)
        self._keep(name, handler.named, physical, properties, "CREATE_COMPLETE", policy)
        made = self._noun.resources.get(self.stack.id, name)
        self._undo.append(lambda: self._delete(made))

    async def _update(
        self, name: str, handler: ResourceType, properties: dict[str, Any], policy: str, old: StackResource
    ) -> None:
        self._event(name, handler.named, "UPDATE_IN_PROGRESS", old.physical_id)
        physical = Physical(old.physical_id, old.attributes)

        async def undo() -> None:
            wish = self._wish(name, handler, old.properties)
            await handler.update(Physical(old.physical_id, old.attributes), wish, _known(handler, properties))
            self._noun.resources.put(old)
            self._event(name, handler.named, "UPDATE_COMPLETE", old.physical_id)

        self._undo.append(undo)
        wish = self._wish(name, handler, properties)
        changing = handler.update(physical, wish, _known(handler, old.properties))
        changed = await self._attempt(name, handler, "update", old.physical_id, changing)
        self._event(name, handler.named, "UPDATE_COMPLETE", changed.id)
        if handler.open_ended and changed.id != old.physical_id:
            self._replaced.append(old)
        self._keep(name, handler.named, changed, properties, "UPDATE_COMPLETE", policy)

    async def _replace(
        self, name: str, handler: ResourceType, properties: dict[str, Any], policy: str, old: StackResource
    ) -> None:
        reason = "Requested update requires the creation of a new physical resource; hence creating one."
        self._event(name, handler.named, "UPDATE_IN_PROGRESS", old.physical_id, reason)
        wish = self._wish(name, handler, properties)
        physical = await self._attempt(name, handler, "update", old.physical_id, handler.create(wish))
        self._event(name, handler.named, "UPDATE_COMPLETE", physical.id)
        self._keep(name, handler.named, physical, properties, "UPDATE_COMPLETE", policy)
        self._replaced.append(old)

        async def undo() -> None:
            await handler.delete(physical, _known(handler, properties))
            self._noun.resources.put(old)
            self._replaced.remove(old)

        self._undo.append(undo)

    async def _clean_up(self) -> None:
        """After a successful update: what was replaced and what is not wanted any more goes."""
        leaving = [*self._replaced, *self._obsolete]
        if leaving:
            self._put(status="UPDATE_COMPLETE_CLEANUP_IN_PROGRESS")
            self._event(self.stack.name, STACK_TYPE, "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", self.stack.id)
        for resource in leaving:
            forget = resource in self._obsolete
            if resource.deletion_policy in KEPT_POLICIES:
                self._event(resource.logical_id, resource.type, "DELETE_SKIPPED", resource.physical_id)
                if forget:
                    self._noun.resources.delete(self.stack.id, resource.logical_id)
                continue
            try:
                await self._delete(resource, forget)
            except Failed:
                continue

    # Back

    async def _roll_back(self, before: Stack | None, failure: Failed, kind: str) -> None:
        what = "create" if failure.doing in ("create", "CREATE") else "update"
        reason = (
            f"The following resource(s) failed to {what}: [{failure.logical_id}]. "
            if failure.logical_id
            else str(failure)
        )
        if self.stack.disable_rollback:
            self._finish(f"{kind}_FAILED", reason=reason)
            return
        status = "ROLLBACK" if before is None else "UPDATE_ROLLBACK"
        self._put(status=f"{status}_IN_PROGRESS", reason=reason)
        self._event(self.stack.name, STACK_TYPE, f"{status}_IN_PROGRESS", self.stack.id, reason)
        problems = []
        for undo in reversed(self._undo):
            try:
                await undo()
            except (Failed, ApiError) as problem:
                problems.append(str(problem))
        if before is not None:
            self.stack = replace(
                self.stack, body=before.body, processed=before.processed, parameters=before.parameters, tags=before.tags
            )
        self._finish(f"{status}_{'FAILED' if problems else 'COMPLETE'}", reason="; ".join(problems), keep_outputs=True)

    # Single acts

    async def _delete(self, resource: StackResource, forget: bool = True) -> None:
        handler = self._handler(resource.type)
        self._event(resource.logical_id, resource.type, "DELETE_IN_PROGRESS", resource.physical_id)
        if handler is not None:
            removing = handler.delete(
                Physical(resource.physical_id, resource.attributes), _known(handler, resource.properties)
            )
            await self._attempt(resource.logical_id, handler, "delete", resource.physical_id, removing)
        self._event(resource.logical_id, resource.type, "DELETE_COMPLETE", resource.physical_id)
        if forget:
            self._noun.resources.delete(self.stack.id, resource.logical_id)

    async def _attempt(
        self, name: str, handler: ResourceType, doing: str, physical_id: str, act: Awaitable[Any]
    ) -> Any:
        try:
            return await act
        except ApiError as error:
            reason = f'Resource handler returned message: "{error.message}" (HandlerErrorCode: {error.code})'
        except (
            AttributeError,
            KeyError,
            TypeError,
            ValueError,
        ) as error:  # a property of another shape than it must have
            missing = f"The property {error} is missing" if isinstance(error, KeyError) else str(error)
            if isinstance(error, (AttributeError, TypeError)):
                missing = f"A property has another shape than it must have: {error}"
            reason = f'Resource handler returned message: "{missing}" (HandlerErrorCode: InvalidRequest)'
        self._event(name, handler.named, f"{doing.upper()}_FAILED", physical_id, reason)
        raise Failed(name, doing, reason)

    def _handler(self, kind: str) -> ResourceType | None:
        if kind in IGNORED_TYPES:
            return None
        known = self._find_type(kind)
        if known is None:
            return None
        made = known(self._call)
        made.home, made.named = self._home, kind
        return made

    async def _call(self, service: str, operation: str, wish: dict[str, Any]) -> dict[str, Any]:
        return await self._home.call(service, operation, wish)

    def _wish(self, name: str, handler: ResourceType, properties: dict[str, Any]) -> Wish:
        suffix = self._home.ids.text(12)
        return Wish(
            logical_id=name,
            properties=_known(handler, properties),
            stack=self.stack.name,
            stack_id=self.stack.id,
            account=self._home.account,
            region=self._home.region,
            name=f"{self.stack.name}-{name}-{suffix}",
            tags=self.stack.tags,
        )

    def _keep(
        self, name: str, kind: str, physical: Physical, properties: dict[str, Any], status: str, policy: str
    ) -> None:
        self._noun.resources.put(
            StackResource(
                stack=self.stack.id, logical_id=name, type=kind, physical_id=physical.id, attributes=physical.attributes,
                properties=properties, status=status, updated_at=self._home.clock.now(), deletion_policy=policy,
            )
        )  # fmt: skip

    def _in_reverse(self) -> list[StackResource]:
        return list(reversed(self._noun.resources.all(self.stack.id)))

    def _outputs(self) -> tuple[dict[str, str], ...]:
        scope = self.scope()
        outputs = []
        exports = []
        for name, output in (self.stack.processed.get("Outputs") or {}).items():
            if output.get("Condition") and not scope.holds(output["Condition"]):
                continue
            value = as_text(scope.resolve(output.get("Value")))
            shown = {"OutputKey": name, "OutputValue": local_address(value, self._home.cloud.endpoint)}
            if output.get("Description"):
                shown["Description"] = output["Description"]
            if output.get("Export"):
                shown["ExportName"] = as_text(scope.resolve(output["Export"]["Name"]))
                exports.append(Export(name=shown["ExportName"], value=shown["OutputValue"], stack=self.stack.id))
            outputs.append(shown)
        for export in exports:
            taken = self._noun.exports.get(export.name)
            if taken is not None and taken.stack != self.stack.id:
                owner = self._noun.stacks.get(taken.stack)
                raise TemplateError(
                    f"Export with name {export.name} is already exported by stack {owner.name if owner else ''}."
                )
        with self._home.step():
            for old in [e for e in self._noun.exports.all() if e.stack == self.stack.id]:
                self._noun.exports.delete(old.name)
            for export in exports:
                self._noun.exports.put(export)
        return tuple(outputs)

    # What is told

    def _put(self, **changes: Any) -> None:
        self.stack = replace(self.stack, **changes)
        self._noun.stacks.put(self.stack)

    def _finish(
        self, status: str, reason: str = "", outputs: tuple[dict[str, str], ...] = (), keep_outputs: bool = False
    ) -> None:
        self._put(status=status, reason=reason, outputs=self.stack.outputs if keep_outputs else outputs)
        self._event(self.stack.name, STACK_TYPE, status, self.stack.id, reason)
        self._home.signal(f"stack:{self.stack.id}").fire()

    def _event(self, name: str, kind: str, status: str, physical_id: str = "", reason: str = "") -> None:
        number = self._home.ids.uuid()
        self._noun.tell(
            StackEvent(
                stack=self.stack.id, id=number if kind == STACK_TYPE else f"{name}-{status}-{number}",
                stack_name=self.stack.name, logical_id=name, physical_id=physical_id, type=kind, status=status,
                at=self._home.clock.now(), reason=reason,
            )
        )  # fmt: skip


_API = re.compile(r"https?://([a-z0-9]+)\.execute-api\.(?:[a-z0-9-]+\.amazonaws\.com|localhost:\d+)(?=/|$)")
_URL = re.compile(r"https?://([a-z0-9]+)\.lambda-url\.[a-z0-9-]+\.(?:on\.aws|localhost:\d+)(?=/|$)")


def local_address(text: str, endpoint: str) -> str:
    """
    The address of an API or function URL as every client on this machine reaches it: not all systems know names below
    `localhost`. The one thing in an output that differs from AWS.
    """
    if not endpoint:
        return text
    text = _API.sub(lambda found: f"{endpoint}/_api/{found[1]}", text)
    return _URL.sub(lambda found: f"{endpoint}/_url/{found[1]}", text)


def pseudo_parameters(
    home: Home, stack_name: str, stack_id: str, notifications: tuple[str, ...] = ()
) -> dict[str, Any]:
    return {
        "AWS::AccountId": home.account,
        "AWS::Region": home.region,
        "AWS::Partition": "aws",
        "AWS::URLSuffix": "amazonaws.com",
        "AWS::StackName": stack_name,
        "AWS::StackId": stack_id,
        "AWS::NotificationARNs": list(notifications),
    }


def _known(handler: ResourceType, properties: dict[str, Any]) -> dict[str, Any]:
    """Without what is not built: that was refused or allowed before."""
    return {name: value for name, value in properties.items() if handler.takes(name)}


def _listed(value: Any) -> list[str]:
    return [value] if isinstance(value, str) else list(value or [])
