"""AWS::Lambda::*: functions, versions, aliases and permissions in templates."""

from __future__ import annotations

from typing import Any

from windtunnel.aws.errors import ApiError
from windtunnel.aws.resources import ENFORCED, STORED, Physical, ResourceType, Wish, tags_of, unless_gone
from windtunnel.engine.programs import RUNTIMES

_COPIED = (
    "Description",
    "Handler",
    "MemorySize",
    "Role",
    "Runtime",
    "Timeout",
    "Environment",
    "TracingConfig",
    "DeadLetterConfig",
    "Layers",
    "EphemeralStorage",
    "LoggingConfig",
    "SnapStart",
    "VpcConfig",
    "KmsKeyArn",
    "FileSystemConfigs",
)
_CLEARED: dict[str, Any] = {
    "Description": "",
    "Environment": {"Variables": {}},
    "TracingConfig": {"Mode": "PassThrough"},
    "DeadLetterConfig": {"TargetArn": ""},
    "Layers": [],
    "EphemeralStorage": {"Size": 512},
    "MemorySize": 128,
    "Timeout": 3,
    "VpcConfig": {"SubnetIds": [], "SecurityGroupIds": []},
    "LoggingConfig": {"LogFormat": "Text"},
    "SnapStart": {"ApplyOn": "None"},
    "KMSKeyArn": "",
    "FileSystemConfigs": [],
}
"""What a property that leaves the template falls back to."""


class FunctionType(ResourceType):
    type = "AWS::Lambda::Function"
    properties = {
        **dict.fromkeys(_COPIED, ENFORCED),
        "Code": ENFORCED,
        "FunctionName": ENFORCED,
        "ReservedConcurrentExecutions": ENFORCED,
        "RecursiveLoop": ENFORCED,
        "RuntimeManagementConfig": STORED,
        "CodeSigningConfigArn": ENFORCED,
        "Architectures": STORED,
        "PackageType": ENFORCED,
        "SnapStart": ENFORCED,
        "VpcConfig": STORED,
        "KmsKeyArn": STORED,
        "FileSystemConfigs": STORED,
        "Tags": STORED,
    }
    replaces = frozenset({"FunctionName", "PackageType"})

    async def create(self, wish: Wish) -> Physical:
        name = wish.properties.get("FunctionName") or _short(wish)
        made = await self.call(
            "lambda",
            "CreateFunction",
            {
                "FunctionName": name,
                "Code": _code(wish.properties["Code"], str(wish.properties.get("Runtime", ""))),
                "Tags": {**wish.tags, **tags_of(wish.properties)},
                **_members(wish.properties),
                **{
                    k: wish.properties[k]
                    for k in ("Architectures", "PackageType", "CodeSigningConfigArn")
                    if k in wish.properties
                },
            },
        )
        try:
            await self._extras(name, wish.properties, {})
        except ApiError:
            await self.call("lambda", "DeleteFunction", {"FunctionName": name})
            raise
        return Physical(name, {"Arn": made["FunctionArn"], "SnapStartResponse": made.get("SnapStart", {})})

    async def update(self, physical: Physical, wish: Wish, old: dict[str, Any]) -> Physical:
        name, new = physical.id, wish.properties
        if new.get("Code") != old.get("Code") or new.get("Architectures") != old.get("Architectures"):
            wanted = {"FunctionName": name, **_code(new["Code"], str(new.get("Runtime", "")))}
            if "Architectures" in new:
                wanted["Architectures"] = new["Architectures"]
            await self.call("lambda", "UpdateFunctionCode", wanted)
        if {k: new.get(k) for k in _COPIED} != {k: old.get(k) for k in _COPIED}:
            was, now = _members(old), _members(new)
            cleared = {k: v for k, v in _CLEARED.items() if k in was and k not in now}
            await self.call("lambda", "UpdateFunctionConfiguration", {"FunctionName": name, **cleared, **_members(new)})
        if tags_of(new) != tags_of(old):
            gone = [key for key in tags_of(old) if key not in tags_of(new)]
            if gone:
                await self.call("lambda", "UntagResource", {"Resource": physical.attributes["Arn"], "TagKeys": gone})
            if tags_of(new):
                await self.call("lambda", "TagResource", {"Resource": physical.attributes["Arn"], "Tags": tags_of(new)})
        await self._extras(name, new, old)
        return physical

    async def _extras(self, name: str, new: dict[str, Any], old: dict[str, Any]) -> None:
        reserved = new.get("ReservedConcurrentExecutions")
        if reserved is not None and reserved != old.get("ReservedConcurrentExecutions"):
            wanted = {"FunctionName": name, "ReservedConcurrentExecutions": int(reserved)}
            await self.call("lambda", "PutFunctionConcurrency", wanted)
        elif reserved is None and "ReservedConcurrentExecutions" in old:
            await self.call("lambda", "DeleteFunctionConcurrency", {"FunctionName": name})
        if (loop := new.get("RecursiveLoop", "Terminate")) != old.get("RecursiveLoop", "Terminate"):
            await self.call("lambda", "PutFunctionRecursionConfig", {"FunctionName": name, "RecursiveLoop": loop})
        runtime = new.get("RuntimeManagementConfig", {"UpdateRuntimeOn": "Auto"})
        if runtime != old.get("RuntimeManagementConfig", {"UpdateRuntimeOn": "Auto"}):
            await self.call("lambda", "PutRuntimeManagementConfig", {"FunctionName": name, **runtime})
        signing = new.get("CodeSigningConfigArn")
        if old and signing != old.get("CodeSigningConfigArn"):
            if signing:
                wanted = {"FunctionName": name, "CodeSigningConfigArn": signing}
                await self.call("lambda", "PutFunctionCodeSigningConfig", wanted)
            else:
                await self.call("lambda", "DeleteFunctionCodeSigningConfig", {"FunctionName": name})

    async def delete(self, physical: Physical, properties: dict[str, Any]) -> None:
        await unless_gone(self.call("lambda", "DeleteFunction", {"FunctionName": physical.id}))


class VersionType(ResourceType):
    type = "AWS::Lambda::Version"
    properties = {
        "FunctionName": ENFORCED,
        "Description": ENFORCED,
        "CodeSha256": ENFORCED,
        "ProvisionedConcurrencyConfig": ENFORCED,
        "RuntimePolicy": STORED,
    }
    replaces = frozenset(properties)

    async def create(self, wish: Wish) -> Physical:
        members = {k: v for k, v in wish.properties.items() if k in ("FunctionName", "Description", "CodeSha256")}
        made = await self.call("lambda", "PublishVersion", members)
        named = {"FunctionName": made["FunctionName"], "Qualifier": made["Version"]}
        ready = await self.call("lambda", "GetFunctionConfiguration", named)
        if ready["State"] == "Failed":
            await self.delete(Physical(made["FunctionArn"], {}), wish.properties)
            raise ApiError(
                "NotStabilized", f"Version {made['Version']} of {made['FunctionName']}: {ready['StateReason']}"
            )
        try:
            await provision(self, named, wish.properties, {})
        except ApiError:
            await self.delete(Physical(made["FunctionArn"], {}), wish.properties)
            raise
        if policy := wish.properties.get("RuntimePolicy"):
            await self.call("lambda", "PutRuntimeManagementConfig", {**named, **policy})
        return Physical(made["FunctionArn"], {"Version": made["Version"], "FunctionArn": made["FunctionArn"]})

    async def update(self, physical: Physical, wish: Wish, old: dict[str, Any]) -> Physical:
        return physical

    async def delete(self, physical: Physical, properties: dict[str, Any]) -> None:
        await unless_gone(self.call("lambda", "DeleteFunction", {"FunctionName": physical.id}))


class AliasType(ResourceType):
    type = "AWS::Lambda::Alias"
    properties = {
        "FunctionName": ENFORCED,
        "Name": ENFORCED,
        "FunctionVersion": ENFORCED,
        "Description": STORED,
        "RoutingConfig": ENFORCED,
        "ProvisionedConcurrencyConfig": ENFORCED,
    }
    replaces = frozenset({"FunctionName", "Name"})

    async def create(self, wish: Wish) -> Physical:
        made = await self.call("lambda", "CreateAlias", _alias(wish.properties))
        physical = Physical(made["AliasArn"], {"AliasArn": made["AliasArn"]})
        try:
            await provision(self, _qualified(wish.properties), wish.properties, {})
        except ApiError:
            await self.delete(physical, wish.properties)
            raise
        return physical

    async def update(self, physical: Physical, wish: Wish, old: dict[str, Any]) -> Physical:
        await self.call("lambda", "UpdateAlias", {"RoutingConfig": {}, **_alias(wish.properties)})
        await provision(self, _qualified(wish.properties), wish.properties, old)
        return physical

    async def delete(self, physical: Physical, properties: dict[str, Any]) -> None:
        wish = {"FunctionName": properties["FunctionName"], "Name": properties["Name"]}
        await unless_gone(self.call("lambda", "DeleteAlias", wish))


class PermissionType(ResourceType):
    type = "AWS::Lambda::Permission"
    properties = {
        "Action": STORED,
        "EventSourceToken": STORED,
        "FunctionName": ENFORCED,
        "FunctionUrlAuthType": ENFORCED,
        "InvokedViaFunctionUrl": ENFORCED,
        "Principal": STORED,
        "PrincipalOrgID": STORED,
        "SourceAccount": STORED,
        "SourceArn": STORED,
    }
    replaces = frozenset(properties)

    async def create(self, wish: Wish) -> Physical:
        await self.call("lambda", "AddPermission", {"StatementId": wish.name[-100:], **wish.properties})
        return Physical(wish.name[-100:], {"Id": wish.name[-100:]})

    async def update(self, physical: Physical, wish: Wish, old: dict[str, Any]) -> Physical:
        return physical

    async def delete(self, physical: Physical, properties: dict[str, Any]) -> None:
        wish = {"FunctionName": properties["FunctionName"], "StatementId": physical.id}
        await unless_gone(self.call("lambda", "RemovePermission", wish))


def _qualified(properties: dict[str, Any]) -> dict[str, Any]:
    return {"FunctionName": properties["FunctionName"], "Qualifier": properties["Name"]}


async def provision(resource: ResourceType, named: dict[str, Any], new: dict[str, Any], old: dict[str, Any]) -> None:
    """Begin, change or end the provisioned concurrency of a version or an alias; returns when it is there."""
    wanted, had = new.get("ProvisionedConcurrencyConfig"), old.get("ProvisionedConcurrencyConfig")
    if wanted and wanted != had:
        count = int(wanted["ProvisionedConcurrentExecutions"])
        wish = {**named, "ProvisionedConcurrentExecutions": count}
        await resource.call("lambda", "PutProvisionedConcurrencyConfig", wish)
        got = await resource.call("lambda", "GetProvisionedConcurrencyConfig", named)
        if got["Status"] == "FAILED":
            where = f"{named['FunctionName']}:{named['Qualifier']}"
            raise ApiError("NotStabilized", f"The provisioned concurrency of {where} failed: {got['StatusReason']}")
    elif had and not wanted:
        await resource.call("lambda", "DeleteProvisionedConcurrencyConfig", named)


def _short(wish: Wish) -> str:
    """Names of functions end at 64 characters; the suffix that makes them unique is kept."""
    suffix = wish.name[-13:]
    return wish.name[:-13][: 64 - len(suffix)] + suffix


def _code(code: dict[str, Any], runtime: str = "") -> dict[str, Any]:
    if "ZipFile" in code:
        return {"ZipFile": inline_package(code["ZipFile"], runtime)}
    return {k: code[k] for k in ("S3Bucket", "S3Key", "S3ObjectVersion") if k in code}


def inline_package(source: str, runtime: str) -> bytes:
    """The zip file that CloudFormation makes of inline source: a file named index, and the module for custom resources.

    AWS: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-properties-lambda-function-code.html
    """
    import io
    import zipfile

    name, module = ("index.js", "cfn-response.js") if runtime.startswith("nodejs") else ("index.py", "cfnresponse.py")
    files = {name: source}
    if module.partition(".")[0] in source:
        files[module] = (RUNTIMES / "inline" / module).read_text(encoding="utf-8")
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for each, text in files.items():
            entry = zipfile.ZipInfo(each, (1980, 1, 1, 0, 0, 0))
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, text)
    return buffer.getvalue()


def _members(properties: dict[str, Any]) -> dict[str, Any]:
    members = {name: properties[name] for name in _COPIED if name in properties}
    if "KmsKeyArn" in members:
        members["KMSKeyArn"] = members.pop("KmsKeyArn")
    for name in ("MemorySize", "Timeout"):
        if name in members:
            members[name] = int(members[name])
    if "Environment" in members:
        variables = (members["Environment"] or {}).get("Variables") or {}
        members["Environment"] = {"Variables": {name: _text(value) for name, value in variables.items()}}
    if "EphemeralStorage" in members:
        members["EphemeralStorage"] = {"Size": int(members["EphemeralStorage"]["Size"])}
    return members


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _alias(properties: dict[str, Any]) -> dict[str, Any]:
    members = {k: v for k, v in properties.items() if k not in ("RoutingConfig", "ProvisionedConcurrencyConfig")}
    members["FunctionVersion"] = str(members["FunctionVersion"])
    weights = (properties.get("RoutingConfig") or {}).get("AdditionalVersionWeights") or []
    if weights:
        members["RoutingConfig"] = {
            "AdditionalVersionWeights": {str(w["FunctionVersion"]): float(w["FunctionWeight"]) for w in weights}
        }
    return members
