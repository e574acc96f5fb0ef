"""Templates: given back, summed up, validated."""

from __future__ import annotations

import json
from typing import Any

from windtunnel.services.cloudformation.stacks import StackTables

IAM_TYPES = ("AWS::IAM::Role", "AWS::IAM::Policy", "AWS::IAM::User", "AWS::IAM::Group", "AWS::IAM::ManagedPolicy")


class Templates(StackTables):
    def get_template(self, ctx, StackName=None, ChangeSetName=None, TemplateStage="Original"):
        stack = self.stack(StackName)
        body: Any = stack.processed if TemplateStage == "Processed" and stack.processed else stack.body

        text = body if isinstance(body, str) else json.dumps(body)
        return {"TemplateBody": text, "StagesAvailable": ["Original", "Processed"]}

    async def validate_template(self, ctx, TemplateBody=None, TemplateURL=None):
        document = self.home.cloud.deployer.document(await self.body_of(TemplateBody, TemplateURL))
        answer = {"Parameters": [_parameter(name, each) for name, each in _parameters(document)], **_needs(document)}
        if document.get("Description"):
            answer["Description"] = document["Description"]
        return answer

    async def get_template_summary(
        self, ctx, TemplateBody=None, TemplateURL=None, StackName=None, TemplateSummaryConfig=None
    ):
        body = self.stack(StackName).body if StackName else await self.body_of(TemplateBody, TemplateURL)
        document = self.home.cloud.deployer.document(body)
        types = [resource["Type"] for resource in document["Resources"].values()]
        answer = {
            "Parameters": [
                {"ParameterType": each.get("Type", "String"), **_parameter(name, each)}
                for name, each in _parameters(document)
            ],
            "ResourceTypes": sorted(set(types)),
            "ResourceIdentifierSummaries": [],
            **_needs(document),
        }
        if document.get("Description"):
            answer["Description"] = document["Description"]
        if document.get("Metadata"):
            answer["Metadata"] = json.dumps(document["Metadata"])
        return answer


def _parameters(document: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    return list((document.get("Parameters") or {}).items())


def _parameter(name: str, declared: dict[str, Any]) -> dict[str, Any]:
    shown: dict[str, Any] = {"ParameterKey": name, "NoEcho": str(declared.get("NoEcho", False)).lower() == "true"}
    if "Default" in declared:
        shown["DefaultValue"] = str(declared["Default"])
    if declared.get("Description"):
        shown["Description"] = declared["Description"]
    return shown


def _needs(document: dict[str, Any]) -> dict[str, Any]:
    """The capabilities that the template wants acknowledged, and its transforms."""
    resources = list(document["Resources"].values())
    answer: dict[str, Any] = {}
    iam = [r for r in resources if r["Type"] in IAM_TYPES]
    if iam:
        named = any(
            any(
                key in (r.get("Properties") or {})
                for key in ("RoleName", "UserName", "PolicyName", "GroupName", "ManagedPolicyName")
            )
            for r in iam
            if r["Type"] != "AWS::IAM::Policy"
        )
        answer["Capabilities"] = ["CAPABILITY_NAMED_IAM" if named else "CAPABILITY_IAM"]
        answer["CapabilitiesReason"] = f"The following resource(s) require capabilities: [{', '.join(sorted({r['Type'] for r in iam}))}]"  # fmt: skip
    transforms = document.get("Transform")
    if transforms:
        answer["DeclaredTransforms"] = transforms if isinstance(transforms, list) else [transforms]
        answer.setdefault("Capabilities", []).append("CAPABILITY_AUTO_EXPAND")
    return answer
