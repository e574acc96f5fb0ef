"""Resources that look on: groups and monitors that change nothing in what runs. They are kept with their stack."""

from __future__ import annotations

from typing import Any, ClassVar

from windtunnel.aws.resources import STORED, Physical, ResourceType, Wish


class Onlooker(ResourceType):
    """`Ref` gives the name, or what CloudFormation would call it."""

    name_property: ClassVar[str] = "Name"
    arn: ClassVar[str] = ""

    async def create(self, wish: Wish) -> Physical:
        name = str(wish.properties.get(self.name_property) or wish.name)
        arn = self.arn.format(region=wish.region, account=wish.account, name=name)
        return Physical(name, {"Arn": arn, "ApplicationARN": arn, "GroupARN": arn})

    async def update(self, physical: Physical, wish: Wish, old: dict[str, Any]) -> Physical:
        return physical

    async def delete(self, physical: Physical, properties: dict[str, Any]) -> None:
        return None


class ResourceGroupType(Onlooker):
    type = "AWS::ResourceGroups::Group"
    properties = dict.fromkeys(("Configuration", "Description", "Name", "ResourceQuery", "Resources", "Tags"), STORED)
    replaces = frozenset({"Name"})
    arn = "arn:aws:resource-groups:{region}:{account}:group/{name}"


class ApplicationInsightsType(Onlooker):
    type = "AWS::ApplicationInsights::Application"
    properties = dict.fromkeys(
        (
            "AttachMissingPermission", "AutoConfigurationEnabled", "CWEMonitorEnabled", "ComponentMonitoringSettings",
            "CustomComponents", "GroupingType", "LogPatternSets", "OpsCenterEnabled", "OpsItemSNSTopicArn",
            "ResourceGroupName", "SNSNotificationArn", "Tags",
        ),
        STORED,
    )  # fmt: skip
    replaces = frozenset({"ResourceGroupName"})
    name_property = "ResourceGroupName"
    arn = "arn:aws:applicationinsights:{region}:{account}:application/resource-group/{name}"


class TraceGroupType(Onlooker):
    type = "AWS::XRay::Group"
    properties = dict.fromkeys(("FilterExpression", "GroupName", "InsightsConfiguration", "Tags"), STORED)
    replaces = frozenset({"GroupName"})
    name_property = "GroupName"
    arn = "arn:aws:xray:{region}:{account}:group/{name}"
