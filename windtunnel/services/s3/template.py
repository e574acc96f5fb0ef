"""How the properties of AWS::S3::Bucket are spelled in the calls that put them."""

from __future__ import annotations

import re
from typing import Any

from windtunnel.aws import timestamps


def versioning(value: Any) -> dict[str, Any]:
    return {"VersioningConfiguration": {"Status": value["Status"]}}


def ownership(value: Any) -> dict[str, Any]:
    return {"OwnershipControls": {"Rules": value["Rules"]}}


def public_access(value: Any) -> dict[str, Any]:
    return {"PublicAccessBlockConfiguration": {name: is_true(each) for name, each in value.items()}}


def encryption(value: Any) -> dict[str, Any]:
    rules = []
    for rule in value["ServerSideEncryptionConfiguration"]:
        spelled: dict[str, Any] = {}
        if "ServerSideEncryptionByDefault" in rule:
            spelled["ApplyServerSideEncryptionByDefault"] = rule["ServerSideEncryptionByDefault"]
        if "BucketKeyEnabled" in rule:
            spelled["BucketKeyEnabled"] = is_true(rule["BucketKeyEnabled"])
        rules.append(spelled)
    return {"ServerSideEncryptionConfiguration": {"Rules": rules}}


def lifecycle(value: Any) -> dict[str, Any]:
    answer: dict[str, Any] = {"LifecycleConfiguration": {"Rules": [_lifecycle_rule(rule) for rule in value["Rules"]]}}
    if "TransitionDefaultMinimumObjectSize" in value:
        answer["TransitionDefaultMinimumObjectSize"] = value["TransitionDefaultMinimumObjectSize"]
    return answer


def cors(value: Any) -> dict[str, Any]:
    names = {"Id": "ID", "MaxAge": "MaxAgeSeconds", "ExposedHeaders": "ExposeHeaders"}
    rules = [{names.get(name, name): each for name, each in rule.items()} for rule in value["CorsRules"]]
    for rule in rules:
        if "MaxAgeSeconds" in rule:
            rule["MaxAgeSeconds"] = int(rule["MaxAgeSeconds"])
    return {"CORSConfiguration": {"CORSRules": rules}}


def website(value: Any) -> dict[str, Any]:
    spelled: dict[str, Any] = {}
    if "IndexDocument" in value:
        spelled["IndexDocument"] = {"Suffix": value["IndexDocument"]}
    if "ErrorDocument" in value:
        spelled["ErrorDocument"] = {"Key": value["ErrorDocument"]}
    if "RedirectAllRequestsTo" in value:
        spelled["RedirectAllRequestsTo"] = value["RedirectAllRequestsTo"]
    if "RoutingRules" in value:
        names = {"RoutingRuleCondition": "Condition", "RedirectRule": "Redirect"}
        spelled["RoutingRules"] = [{names.get(k, k): v for k, v in rule.items()} for rule in value["RoutingRules"]]
    return {"WebsiteConfiguration": spelled}


def logging(value: Any) -> dict[str, Any]:
    if not value.get("DestinationBucketName"):
        return {"BucketLoggingStatus": {}}
    enabled = {"TargetBucket": value["DestinationBucketName"], "TargetPrefix": value.get("LogFilePrefix", "")}
    return {"BucketLoggingStatus": {"LoggingEnabled": enabled}}


def accelerate(value: Any) -> dict[str, Any]:
    return {"AccelerateConfiguration": {"Status": value["AccelerationStatus"]}}


def notifications(value: Any) -> dict[str, Any]:
    spelled: dict[str, Any] = {}
    for kind, target, member, name in (
        ("LambdaConfigurations", "Function", "LambdaFunctionArn", "LambdaFunctionConfigurations"),
        ("QueueConfigurations", "Queue", "QueueArn", "QueueConfigurations"),
        ("TopicConfigurations", "Topic", "TopicArn", "TopicConfigurations"),
    ):
        rules = []
        for rule in value.get(kind) or ():
            one: dict[str, Any] = {member: rule[target], "Events": [rule["Event"]]}
            filters = ((rule.get("Filter") or {}).get("S3Key") or {}).get("Rules")
            if filters:
                one["Filter"] = {"Key": {"FilterRules": filters}}
            rules.append(one)
        if rules:
            spelled[name] = rules
    if value.get("EventBridgeConfiguration"):
        spelled["EventBridgeConfiguration"] = {}
    return {"NotificationConfiguration": spelled}


def canned(value: str) -> str:
    """`PublicRead` → `public-read`."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "-", value).lower()


def is_true(value: Any) -> bool:
    return str(value).lower() == "true"


def _lifecycle_rule(rule: dict[str, Any]) -> dict[str, Any]:
    spelled: dict[str, Any] = {"Status": rule["Status"]}
    if "Id" in rule:
        spelled["ID"] = rule["Id"]
    expiration: dict[str, Any] = {}
    if "ExpirationInDays" in rule:
        expiration["Days"] = int(rule["ExpirationInDays"])
    if "ExpirationDate" in rule:
        expiration["Date"] = _time(rule["ExpirationDate"])
    if "ExpiredObjectDeleteMarker" in rule:
        expiration["ExpiredObjectDeleteMarker"] = is_true(rule["ExpiredObjectDeleteMarker"])
    if expiration:
        spelled["Expiration"] = expiration
    spelled["Filter"] = _lifecycle_filter(rule)
    moves = rule.get("Transitions") or ([rule["Transition"]] if "Transition" in rule else [])
    if moves:
        spelled["Transitions"] = [_transition(move) for move in moves]
    if "NoncurrentVersionExpiration" in rule:
        spelled["NoncurrentVersionExpiration"] = _numbers(rule["NoncurrentVersionExpiration"])
    elif "NoncurrentVersionExpirationInDays" in rule:
        days = int(rule["NoncurrentVersionExpirationInDays"])
        spelled["NoncurrentVersionExpiration"] = {"NoncurrentDays": days}
    older = rule.get("NoncurrentVersionTransitions") or (
        [rule["NoncurrentVersionTransition"]] if "NoncurrentVersionTransition" in rule else []
    )
    if older:
        names = {"TransitionInDays": "NoncurrentDays"}
        spelled["NoncurrentVersionTransitions"] = [
            _numbers({names.get(name, name): each for name, each in move.items()}) for move in older
        ]
    if "AbortIncompleteMultipartUpload" in rule:
        spelled["AbortIncompleteMultipartUpload"] = _numbers(rule["AbortIncompleteMultipartUpload"])
    return spelled


def _lifecycle_filter(rule: dict[str, Any]) -> dict[str, Any]:
    conditions: dict[str, Any] = {}
    if "Prefix" in rule:
        conditions["Prefix"] = rule["Prefix"]
    for name in ("ObjectSizeGreaterThan", "ObjectSizeLessThan"):
        if name in rule:
            conditions[name] = int(rule[name])
    tags = rule.get("TagFilters") or []
    if len(conditions) + len(tags) > 1:
        return {"And": {**conditions, **({"Tags": tags} if tags else {})}}
    if tags:
        return {"Tag": tags[0]}
    return conditions or {"Prefix": ""}


def _transition(move: dict[str, Any]) -> dict[str, Any]:
    spelled = {"StorageClass": move["StorageClass"]}
    if "TransitionInDays" in move:
        spelled["Days"] = int(move["TransitionInDays"])
    if "TransitionDate" in move:
        spelled["Date"] = _time(move["TransitionDate"])
    return spelled


def _numbers(value: dict[str, Any]) -> dict[str, Any]:
    return {name: int(each) if str(each).isdigit() else each for name, each in value.items()}


def _time(value: Any) -> float:
    return timestamps.parse(str(value))
