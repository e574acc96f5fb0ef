"""The resources of a stack."""

from __future__ import annotations

import json
from typing import Any

from windtunnel.aws.errors import ApiError
from windtunnel.services.cloudformation.records import Stack, StackResource
from windtunnel.services.cloudformation.stacks import StackTables


class StackResources(StackTables):
    def describe_stack_resources(self, ctx, StackName=None, LogicalResourceId=None, PhysicalResourceId=None):
        if StackName:
            stacks = [self.stack(StackName)]
        else:
            owners = {r.stack for r in self.resources.all() if r.physical_id == PhysicalResourceId}
            stacks = [s for s in self.stacks.all() if s.id in owners]
            if not stacks:
                raise ApiError("ValidationError", f"Stack for {PhysicalResourceId} does not exist")
        found = [(stack, resource) for stack in stacks for resource in self.resources.all(stack.id)]
        if LogicalResourceId:
            found = [(stack, resource) for stack, resource in found if resource.logical_id == LogicalResourceId]
        return {"StackResources": [{**_of(stack), **_shown(resource, "Timestamp")} for stack, resource in found]}

    def describe_stack_resource(self, ctx, StackName, LogicalResourceId):
        stack = self.stack(StackName)
        resource = self.resources.get(stack.id, LogicalResourceId)
        if resource is None:
            raise ApiError("ValidationError", f"Resource {LogicalResourceId} does not exist for stack {stack.name}")
        metadata = (stack.processed.get("Resources", {}).get(LogicalResourceId) or {}).get("Metadata") or {}
        detail = {**_of(stack), **_shown(resource, "LastUpdatedTimestamp"), "Metadata": json.dumps(metadata)}
        return {"StackResourceDetail": detail}

    def list_stack_resources(self, ctx, StackName, NextToken=None):
        resources = self.resources.all(self.stack(StackName).id)
        return {"StackResourceSummaries": [_shown(resource, "LastUpdatedTimestamp") for resource in resources]}


def _of(stack: Stack) -> dict[str, Any]:
    return {"StackName": stack.name, "StackId": stack.id}


def _shown(resource: StackResource, time: str) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "LogicalResourceId": resource.logical_id,
        "PhysicalResourceId": resource.physical_id,
        "ResourceType": resource.type,
        "ResourceStatus": resource.status,
        time: resource.updated_at,
        "DriftInformation": {"StackResourceDriftStatus": "NOT_CHECKED"},
    }
    if resource.reason:
        shown["ResourceStatusReason"] = resource.reason
    return shown
