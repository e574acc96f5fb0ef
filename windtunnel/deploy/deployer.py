"""Deploying: what CloudFormation's operations hand over, and what comes back as resources, events and a status.

prepare (parse, parameters, SAM transform, support, capabilities) ─► changes ─► start ─► a StackRun in the background
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec

from windtunnel.aws.errors import ApiError
from windtunnel.aws.home import Home
from windtunnel.deploy import graph, parameters, sam
from windtunnel.deploy.run import StackRun
from windtunnel.deploy.support import FindType, Unsupported, unsupported, unsupported_parameters
from windtunnel.deploy.template import Template, TemplateError, parse
from windtunnel.services.cloudformation.records import Stack

IAM_PREFIX = "AWS::IAM::"
NAMING_PROPERTIES = ("RoleName", "UserName", "GroupName", "ManagedPolicyName", "InstanceProfileName")


class Prepared(msgspec.Struct, frozen=True):
    """A template ready to be deployed: transformed, with the text of each parameter."""

    document: dict[str, Any]
    parameters: dict[str, str]
    unsupported: tuple[Unsupported, ...] = ()


class Deployer:
    """One for each cloud. With `allow_unsupported`, what is not built is left out instead of refused."""

    def __init__(self, find_type: FindType, cache: Path | None = None) -> None:
        self.find_type = find_type
        self.allow_unsupported = False
        self._cache = cache

    def document(self, text: str) -> dict[str, Any]:
        """A template as plain values. Raises ValidationError."""
        try:
            return parse(text).document
        except TemplateError as error:
            raise _invalid(error) from None

    async def prepare(
        self,
        home: Home,
        stack_name: str,
        body: str,
        given: dict[str, str],
        previous: dict[str, str],
        capabilities: list[str] | tuple[str, ...],
    ) -> Prepared:
        """Raises ValidationError and InsufficientCapabilitiesException; nothing is created."""
        try:
            template = parse(body)
            texts = parameters.values(template.document, given, previous)
            document = template.document
            if template.uses_sam:
                with home.clock.working():
                    document = await sam.transform(
                        document, parameters.typed(document, texts), home.region, home.account, self._cache
                    )
            resources = document["Resources"]
            graph.ordered(resources)
            missing = [*unsupported_parameters(template), *unsupported(resources, self.find_type, template)]
        except TemplateError as error:
            raise _invalid(error) from None
        if missing and not self.allow_unsupported:
            listed = "\n".join(f"  {each}" for each in missing)
            raise ApiError("ValidationError", f"The template uses what windtunnel does not support:\n{listed}")
        _check_capabilities(resources, set(capabilities or ()))
        return Prepared(document, texts, tuple(missing))

    def changes(self, home: Home, stack: Stack, prepared: Prepared) -> list[dict[str, Any]]:
        """What deploying would do to each resource, as a change set shows it. Empty when nothing would happen."""
        noun = home.service("cloudformation").nouns["Stacks"]
        present = {r.logical_id: r for r in noun.resources.all(stack.id)}  # type: ignore[attr-defined]
        run = StackRun(home, noun, msgspec.structs.replace(stack, processed=prepared.document,
            parameters=prepared.parameters), self.find_type)  # fmt: skip
        wanted = run.wanted()
        found = [self._change(run, name, present.get(name), wanted[name]) for name in wanted]
        for name, resource in present.items():
            if name not in wanted:
                found.append(_shown("Remove", name, resource.type, resource.physical_id))
        if not present and not stack.processed:
            return [each for each in found if each]
        outputs = prepared.document.get("Outputs") != (stack.processed or {}).get("Outputs")
        listed = [each for each in found if each]
        if outputs and not listed:
            return [{"Type": "Resource", "ResourceChange": {"Action": "Modify", "LogicalResourceId": "Outputs"}}]
        return listed

    def _change(self, run: StackRun, name: str, present: Any, wanted: dict[str, Any]) -> dict[str, Any] | None:
        kind = wanted["Type"]
        if present is None:
            return _shown("Add", name, kind)
        try:
            properties = run.scope().resolve(wanted.get("Properties") or {})
        except TemplateError:
            properties = None
        if present.type == kind and properties == present.properties:
            return None
        known = self.find_type(kind)
        replaced = known is not None and (
            present.type != kind
            or properties is None
            or any(properties.get(p) != present.properties.get(p) for p in known.replaces)
        )
        return _shown("Modify", name, kind, present.physical_id, "True" if replaced else "False")

    def left_out(self, template: Template, processed: dict[str, Any]) -> list[Unsupported]:
        """What of a deployed template is not built, with its lines: only allowed where `allow_unsupported` is."""
        return [
            *unsupported_parameters(template),
            *unsupported(processed.get("Resources") or {}, self.find_type, template),
        ]

    def imports(self, document: dict[str, Any]) -> set[str]:
        """The exports that a template imports by a plain name."""
        found: set[str] = set()
        _collect_imports(document, found)
        return found

    def start(self, home: Home, stack_id: str, before: Stack | None = None) -> None:
        """Go on with a stack whose record says CREATE or UPDATE_IN_PROGRESS."""
        noun = home.service("cloudformation").nouns["Stacks"]
        stack = noun.stacks.get(stack_id)  # type: ignore[attr-defined]
        run = StackRun(home, noun, stack, self.find_type)
        home.spawn(run.deploy(before), f"deployment of stack {stack.name}")

    def start_deleting(self, home: Home, stack_id: str, retain: tuple[str, ...]) -> None:
        noun = home.service("cloudformation").nouns["Stacks"]
        stack = noun.stacks.get(stack_id)  # type: ignore[attr-defined]
        run = StackRun(home, noun, stack, self.find_type)
        home.spawn(run.remove(retain), f"deletion of stack {stack.name}")


def _check_capabilities(resources: dict[str, dict[str, Any]], given: set[str]) -> None:
    iam = [r for r in resources.values() if r["Type"].startswith(IAM_PREFIX)]
    if not iam:
        return
    named = any(key in (r.get("Properties") or {}) for r in iam for key in NAMING_PROPERTIES)
    if "CAPABILITY_NAMED_IAM" in given or ("CAPABILITY_IAM" in given and not named):
        return
    needed = "CAPABILITY_NAMED_IAM" if named else "CAPABILITY_IAM"
    raise ApiError("InsufficientCapabilitiesException", f"Requires capabilities : [{needed}]")


def _shown(action: str, name: str, kind: str, physical_id: str = "", replacement: str = "") -> dict[str, Any]:
    change: dict[str, Any] = {
        "Action": action,
        "LogicalResourceId": name,
        "ResourceType": kind,
        "Scope": [],
        "Details": [],
    }
    if physical_id:
        change["PhysicalResourceId"] = physical_id
    if replacement:
        change["Replacement"] = replacement
        change["Scope"] = ["Properties"]
    return {"Type": "Resource", "ResourceChange": change}


def _collect_imports(value: Any, found: set[str]) -> None:
    if isinstance(value, dict):
        for name, argument in value.items():
            if name == "Fn::ImportValue" and isinstance(argument, str):
                found.add(argument)
            _collect_imports(argument, found)
    elif isinstance(value, list):
        for each in value:
            _collect_imports(each, found)


def _invalid(error: TemplateError) -> ApiError:
    where = f"line {error.line}: " if error.line else ""
    text = (
        error.problem
        if error.problem.startswith(("Parameters:", "Template"))
        else f"Template error: {where}{error.problem}"
    )
    return ApiError("ValidationError", text)
