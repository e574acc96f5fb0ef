"""Records of Lambda as its API shows them."""

from __future__ import annotations

import hashlib
from typing import Any

from windtunnel.aws import timestamps
from windtunnel.services.lambda_.records import (
    LATEST,
    Alias,
    CodeSigningConfig,
    Configuration,
    InvokeConfig,
    LayerVersion,
    Mapping,
    Provisioned,
    Url,
)

RUNTIME_VERSION = "ec9cf5ff3e1a6e2a4ff0a3ae3a5ed0a8e8b0a7a2a5a2e2b4a3c9f3b6d6c0e9a1"


def function_arn(config: Configuration, qualifier: str = "") -> str:
    """As asked for, where a qualifier was given: an alias keeps its name."""
    if qualifier:
        return f"{config.arn}:{qualifier}"
    return config.arn if config.version == LATEST else f"{config.arn}:{config.version}"


def date(seconds: float) -> str:
    """As Lambda writes LastModified of a function."""
    return timestamps.iso_milliseconds(seconds)[:-1] + "+0000"


def configuration(
    config: Configuration,
    layers: list[dict[str, Any]],
    state: str = "",
    updating: bool = False,
    qualifier: str = "",
) -> dict[str, Any]:
    """A FunctionConfiguration. `Pending` and `updating` are what AWS answers to the call that changes something."""
    state = state or config.state
    shown: dict[str, Any] = {
        "FunctionName": config.name,
        "FunctionArn": function_arn(config, qualifier),
        "Runtime": config.runtime,
        "Role": config.role,
        "Handler": config.handler,
        "CodeSize": config.code_size,
        "Description": config.description,
        "Timeout": config.timeout,
        "MemorySize": config.memory,
        "LastModified": date(config.modified_at),
        "CodeSha256": config.code_sha256,
        "Version": config.version,
        "TracingConfig": {"Mode": config.tracing},
        "RevisionId": config.revision,
        "State": state,
        "PackageType": "Zip",
        "Architectures": list(config.architectures),
        "EphemeralStorage": {"Size": config.ephemeral},
        "SnapStart": {
            "ApplyOn": config.snap_start,
            "OptimizationStatus": "On" if config.snap_start != "None" and config.version != LATEST else "Off",
        },
        "RuntimeVersionConfig": {
            "RuntimeVersionArn": f"arn:aws:lambda:{config.arn.split(':')[3]}::runtime:{RUNTIME_VERSION}"
        },
        "LoggingConfig": {"LogFormat": "Text", **config.logging, "LogGroup": config.log_group},
    }
    if shown["LoggingConfig"]["LogFormat"] == "JSON":
        shown["LoggingConfig"] = {"ApplicationLogLevel": "INFO", "SystemLogLevel": "INFO", **shown["LoggingConfig"]}
    if state == "Pending":
        shown |= {"StateReason": "The function is being created.", "StateReasonCode": "Creating"}
    elif state == "Failed":
        shown |= {"StateReason": config.state_reason, "StateReasonCode": config.state_reason_code}
    elif updating:
        shown |= {
            "LastUpdateStatus": "InProgress",
            "LastUpdateStatusReason": "The function is being created.",
            "LastUpdateStatusReasonCode": "Creating",
        }
    else:
        shown["LastUpdateStatus"] = "Successful"
    if config.environment is not None:
        shown["Environment"] = {"Variables": config.environment}
    if layers:
        shown["Layers"] = layers
    if config.vpc:
        vpc = _vpc(config.arn) if config.vpc.get("SubnetIds") else ""
        shown["VpcConfig"] = {
            "SubnetIds": [],
            "SecurityGroupIds": [],
            "VpcId": vpc,
            "Ipv6AllowedForDualStack": False,
            **config.vpc,
        }
    if config.dead_letter:
        shown["DeadLetterConfig"] = {"TargetArn": config.dead_letter}
    if config.kms_key:
        shown["KMSKeyArn"] = config.kms_key
    if config.file_systems:
        shown["FileSystemConfigs"] = list(config.file_systems)
    return shown


def _vpc(arn: str) -> str:
    """All subnets of an account in a region belong to one network here."""
    _, _, _, region, account, _ = arn.split(":", 5)
    return f"vpc-{hashlib.sha256(f'{region} {account}'.encode()).hexdigest()[:17]}"


def listed(entry: dict[str, Any]) -> dict[str, Any]:
    """A FunctionConfiguration in a listing: without what is under way."""
    return {name: value for name, value in entry.items() if name not in _NOT_LISTED}


_NOT_LISTED = frozenset(["State", "LastUpdateStatus", "RuntimeVersionConfig"])


def alias(record: Alias) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "AliasArn": record.arn,
        "Name": record.name,
        "FunctionVersion": record.version,
        "Description": record.description,
        "RevisionId": record.revision,
    }
    if record.weights:
        shown["RoutingConfig"] = {"AdditionalVersionWeights": record.weights}
    return shown


def invoke_config(record: InvokeConfig) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "LastModified": record.modified_at,
        "FunctionArn": record.arn,
        "DestinationConfig": {
            "OnSuccess": {"Destination": record.on_success} if record.on_success else {},
            "OnFailure": {"Destination": record.on_failure} if record.on_failure else {},
        },
    }
    if record.retries is not None:
        shown["MaximumRetryAttempts"] = record.retries
    if record.maximum_age is not None:
        shown["MaximumEventAgeInSeconds"] = record.maximum_age
    return shown


def mapping(record: Mapping, state: str = "") -> dict[str, Any]:
    shown: dict[str, Any] = {
        "UUID": record.id,
        "EventSourceMappingArn": record.arn,
        "BatchSize": record.batch_size,
        "MaximumBatchingWindowInSeconds": record.window,
        "EventSourceArn": record.source,
        "FunctionArn": record.function_arn,
        "LastModified": record.modified_at,
        "State": state or record.state,
        "StateTransitionReason": "USER_INITIATED",
        "FunctionResponseTypes": list(record.response_types),
        **record.options,
    }
    if record.filters:
        shown["FilterCriteria"] = {"Filters": [{"Pattern": pattern} for pattern in record.filters]}
    if record.last_result:
        shown["LastProcessingResult"] = record.last_result
    return shown


def provisioned(record: Provisioned, allocated: int, available: int) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "RequestedProvisionedConcurrentExecutions": record.requested,
        "AvailableProvisionedConcurrentExecutions": available,
        "AllocatedProvisionedConcurrentExecutions": allocated,
        "Status": record.status,
        "LastModified": date(record.modified_at),
    }
    if record.reason:
        shown["StatusReason"] = record.reason
    return shown


def layer_version(record: LayerVersion, location: str = "") -> dict[str, Any]:
    shown: dict[str, Any] = {
        "LayerVersionArn": record.arn,
        "Description": record.description,
        "CreatedDate": date(record.created_at),
        "Version": record.number,
    }
    if record.runtimes is not None:
        shown["CompatibleRuntimes"] = list(record.runtimes)
    if record.architectures is not None:
        shown["CompatibleArchitectures"] = list(record.architectures)
    if record.license:
        shown["LicenseInfo"] = record.license
    if location:
        shown["LayerArn"] = record.layer_arn
        shown["Content"] = {"Location": location, "CodeSha256": record.code_sha256, "CodeSize": record.code_size}
    return shown


def code_signing(record: CodeSigningConfig) -> dict[str, Any]:
    return {
        "CodeSigningConfigId": record.id,
        "CodeSigningConfigArn": record.arn,
        "Description": record.description,
        "AllowedPublishers": {"SigningProfileVersionArns": list(record.publishers)},
        "CodeSigningPolicies": {"UntrustedArtifactOnDeployment": record.policy},
        "LastModified": date(record.modified_at),
    }


def url(record: Url, domain: str) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "FunctionUrl": domain,
        "FunctionArn": record.arn,
        "AuthType": record.auth,
        "CreationTime": timestamps.iso_milliseconds(record.created_at),
        "LastModifiedTime": timestamps.iso_milliseconds(record.modified_at),
        "InvokeMode": record.mode,
    }
    if record.cors:
        shown["Cors"] = record.cors
    return shown
