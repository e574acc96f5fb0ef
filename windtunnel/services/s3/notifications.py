"""Events of buckets: who wants which, and what they say.

    object stored ─► rules of the bucket whose event, prefix and suffix fit ─► a delivery for each (`deliveries.py`)

AWS: https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html
"""

from __future__ import annotations

from typing import Any
from urllib.parse import quote_plus

from windtunnel.aws import arns, timestamps
from windtunnel.aws.errors import ApiError, NotImplementedHere
from windtunnel.aws.operations import Context
from windtunnel.services.s3 import bus_events
from windtunnel.services.s3.records import NULL, Bucket, Version
from windtunnel.services.s3.tables import S3Tables, canonical_id, invalid_argument, malformed_xml, required

_KINDS = {
    "TopicConfigurations": ("TopicArn", "Topic", "sns"),
    "QueueConfigurations": ("QueueArn", "Queue", "sqs"),
    "LambdaFunctionConfigurations": ("LambdaFunctionArn", "CloudFunction", "lambda"),
}
_FAMILIES = {
    "ObjectCreated": ("*", "Put", "Post", "Copy", "CompleteMultipartUpload"),
    "ObjectRemoved": ("*", "Delete", "DeleteMarkerCreated"),
    "ObjectTagging": ("*", "Put", "Delete"),
    "ObjectAcl": ("Put",),
    "ObjectRestore": ("*", "Post", "Completed", "Delete"),
    "LifecycleExpiration": ("*", "Delete", "DeleteMarkerCreated"),
    "Replication": (
        "*",
        "OperationFailedReplication",
        "OperationNotTracked",
        "OperationMissedThreshold",
        "OperationReplicatedAfterThreshold",
    ),
}
EVENTS = frozenset(
    ["s3:ReducedRedundancyLostObject", "s3:LifecycleTransition", "s3:IntelligentTiering"]
    + [f"s3:{family}:{name}" for family, names in _FAMILIES.items() for name in names]
)


class Notifications(S3Tables):
    async def put_bucket_notification_configuration(
        self, ctx, Bucket, NotificationConfiguration=None, ExpectedBucketOwner=None, SkipDestinationValidation=False
    ):
        self.bucket(Bucket, ExpectedBucketOwner)
        given = required(NotificationConfiguration)
        wanted = {kind: self._checked(kind, given.get(kind) or []) for kind in _KINDS}
        if not SkipDestinationValidation:
            for kind, rules in wanted.items():
                for rule in rules:
                    await self._check_destination(rule[_KINDS[kind][0]], kind)
        bucket = self.bucket(Bucket, ExpectedBucketOwner)
        kept: dict[str, Any] = {kind: rules for kind, rules in wanted.items() if rules}
        if given.get("EventBridgeConfiguration") is not None:
            kept["EventBridgeConfiguration"] = {}
        self.document(bucket, "notifications", kept or None)
        if not SkipDestinationValidation:
            self._send_test_events(ctx, bucket, wanted)

    def get_bucket_notification_configuration(self, ctx, Bucket, ExpectedBucketOwner=None):
        kept: dict[str, Any] = self.bucket(Bucket, ExpectedBucketOwner).documents.get("notifications") or {}
        return kept

    def notify(self, ctx: Context, bucket: Bucket, version: Version, event: str) -> None:
        """Tell whoever asked for it. Part of the step that is open."""
        kept = bucket.documents.get("notifications")
        if not kept:
            return
        deliver = self.noun("Deliveries").accept
        for kind, (member, _, _) in _KINDS.items():
            for rule in kept.get(kind, ()):
                if _fits(rule, version.key, f"s3:{event}"):
                    record = self._record(ctx, bucket, version, event, rule["Id"])
                    deliver(rule[member], {"Records": [record]}, bucket.name, version.key, event, ctx.trace)
        if "EventBridgeConfiguration" in kept and bus_events.detail_type(event):
            told = {
                "detail-type": bus_events.detail_type(event),
                "detail": bus_events.detail(bucket, version, event, self.home.account, ctx.request_id),
            }
            bus = arns.make("events", bucket.region, self.home.account, "event-bus/default")
            deliver(bus, told, bucket.name, version.key, event, ctx.trace)

    def _checked(self, kind: str, rules: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """The rules as they are kept. Raises InvalidArgument."""
        member, name, service = _KINDS[kind]
        checked = []
        for rule in rules:
            if not rule.get(member) or not rule.get("Events"):
                raise malformed_xml()
            target = rule[member]
            if not arns.is_arn(target):
                raise invalid_argument("The ARN could not be parsed", name, target)
            if arns.parse(target).service != service:
                raise invalid_argument("The ARN is not well formed", name, target)
            for event in rule["Events"]:
                if event not in EVENTS:
                    raise invalid_argument("The event is not supported for notifications", "Event", event)
            kept = {**rule, "Id": rule.get("Id") or self.ids.uuid()}
            given = ((rule.get("Filter") or {}).get("Key") or {}).get("FilterRules")
            if given:
                kept["Filter"] = {"Key": {"FilterRules": [_filter_rule(each) for each in given]}}
            else:
                kept.pop("Filter", None)
            checked.append(kept)
        return checked

    async def _check_destination(self, target: str, kind: str) -> None:
        arn = arns.parse(target)
        place = {"account": arn.account, "region": arn.region}
        try:
            if arn.service == "lambda":
                await self.home.call("lambda", "GetFunctionConfiguration", {"FunctionName": target}, **place)
            elif arn.service == "sqs":
                await self.home.call("sqs", "GetQueueUrl", {"QueueName": arn.resource}, **place)
            else:
                await self.home.call("sns", "GetTopicAttributes", {"TopicArn": target}, **place)
        except NotImplementedHere:
            raise
        except ApiError:
            thing = {"lambda": "Lambda function", "sqs": "queue", "sns": "topic"}[arn.service]
            raise ApiError("InvalidArgument", "Unable to validate the following destination configurations",
                ArgumentName1=target, ArgumentValue1=f"The destination {thing} does not exist") from None  # fmt: skip

    def _send_test_events(self, ctx: Context, bucket: Bucket, wanted: dict[str, list[dict[str, Any]]]) -> None:
        event = {
            "Service": "Amazon S3",
            "Event": "s3:TestEvent",
            "Time": timestamps.iso_milliseconds(self.clock.now()),
            "Bucket": bucket.name,
            "RequestId": ctx.request_id,
            "HostId": self.ids.hex(48),
        }
        targets = [rule[_KINDS[kind][0]] for kind, rules in wanted.items() for rule in rules if "Lambda" not in kind]
        for target in dict.fromkeys(targets):
            self.noun("Deliveries").accept(target, event, bucket.name, "", "TestEvent")

    def _record(self, ctx: Context, bucket: Bucket, version: Version, event: str, rule: str) -> dict[str, Any]:
        thing: dict[str, Any] = {"key": quote_plus(version.key, safe="/")}
        if event.startswith("ObjectCreated"):
            thing["size"] = version.size
        if version.etag and event != "ObjectRemoved:Delete":
            thing["eTag"] = version.etag
        if version.id != NULL:
            thing["versionId"] = version.id
        about_settings = event.startswith(("ObjectTagging", "ObjectAcl"))
        if not about_settings:
            thing["sequencer"] = f"{version.sequence:016X}"
        known = self.home.cloud.credentials.find(ctx.access_key)
        return {
            "eventVersion": "2.3" if about_settings else "2.1",
            "eventSource": "aws:s3",
            "awsRegion": bucket.region,
            "eventTime": timestamps.iso_milliseconds(self.clock.now()),
            "eventName": event,
            "userIdentity": {"principalId": f"AWS:{known.user_id}" if known else self.home.account},
            "requestParameters": {"sourceIPAddress": "127.0.0.1"},
            "responseElements": {"x-amz-request-id": ctx.request_id, "x-amz-id-2": self.ids.hex(48)},
            "s3": {
                "s3SchemaVersion": "1.0",
                "configurationId": rule,
                "bucket": {
                    "name": bucket.name,
                    "ownerIdentity": {"principalId": "A" + canonical_id(self.home.account)[:13].upper()},
                    "arn": bucket.arn,
                },
                "object": thing,
            },
        }


def _filter_rule(rule: dict[str, Any]) -> dict[str, Any]:
    name = rule.get("Name") or ""
    if name.lower() not in ("prefix", "suffix"):
        raise invalid_argument("filter rule name must be either prefix or suffix", "FilterRule.Name", name)
    return {"Name": name.capitalize(), "Value": rule.get("Value") or ""}


def _fits(rule: dict[str, Any], key: str, event: str) -> bool:
    if not any(
        event == wanted or (wanted.endswith("*") and event.startswith(wanted[:-1])) for wanted in rule["Events"]
    ):
        return False
    for part in ((rule.get("Filter") or {}).get("Key") or {}).get("FilterRules") or ():
        fits = key.startswith if part["Name"] == "Prefix" else key.endswith
        if not fits(part["Value"]):
            return False
    return True
