"""Operations on topics."""

from __future__ import annotations

import json
import re
from typing import Any

from msgspec.structs import replace

from windtunnel.aws import timestamps
from windtunnel.aws.calls import Elsewhere
from windtunnel.aws.errors import ApiError
from windtunnel.aws.operations import Operations
from windtunnel.aws.paging import page
from windtunnel.kernel.tables import Table
from windtunnel.services.sns import topic_attributes
from windtunnel.services.sns.records import Deduplication, Phone, Subscription, Topic

_NAME = re.compile(r"[A-Za-z0-9_-]{1,256}|[A-Za-z0-9_-]{1,251}\.fifo")


class SnsTables(Operations, api="sns"):
    """What the nouns of SNS share: the tables, and finding a topic or subscription by its ARN."""

    topics = Table(Topic, key="name")
    subscriptions = Table(Subscription, key="arn", within="topic")
    deduplications = Table(Deduplication, key="key", within="topic", ordered="until")
    phones = Table(Phone, key="number")

    def topic_at(self, arn: str, parameter: str = "TopicArn") -> Topic:
        """
        Raises InvalidParameter for what is no ARN of a topic in this region, NotFound for a topic that is not there, and
        Elsewhere for another account's.
        """
        parts = arn.split(":")
        if len(parts) < 6:
            raise invalid(f"{parameter} Reason: An ARN must have at least 6 elements, not {len(parts)}")
        if parts[2] != "sns" or parts[3] != self.home.region or len(parts) != 6:
            raise invalid(parameter)
        if parts[4] != self.home.account and len(parts[4]) == 12 and parts[4].isdigit():
            raise Elsewhere(parts[4])
        topic = self.topics.get(parts[5]) if parts[4] == self.home.account else None
        if topic is None:
            raise not_found("Topic does not exist")
        return topic

    def subscription_at(self, arn: str) -> Subscription:
        parts = arn.split(":")
        if len(parts) < 6:
            raise invalid(f"SubscriptionArn Reason: An ARN must have at least 6 elements, not {len(parts)}")
        if parts[4] != self.home.account and len(parts[4]) == 12 and parts[4].isdigit():
            raise Elsewhere(parts[4])
        found = self.subscriptions.get(parts[5], arn)
        if found is None:
            raise not_found("Subscription does not exist")
        return found


class Topics(SnsTables):
    inert = {
        "CreateTopic.DataProtectionPolicy": "Kept and shown: what messages hold is not looked at on this machine.",
    }

    def create_topic(self, ctx, Name, Attributes=None, Tags=None, DataProtectionPolicy=""):
        given = dict(Attributes or {})
        fifo = given.get("FifoTopic", "false").lower() == "true"
        if not _NAME.fullmatch(Name) or fifo != Name.endswith(".fifo"):
            raise invalid("Topic Name")
        topic_attributes.check(given, fifo)
        days = topic_attributes.archive_days(given.get("ArchivePolicy", ""), fifo)
        tags = {tag["Key"]: tag["Value"] for tag in Tags or ()}
        known = self.topics.get(Name)
        if known is not None:
            if any(topic_attributes.shown(known).get(name) != value for name, value in given.items()):
                raise invalid("Attributes Reason: Topic already exists with different attributes")
            if any(known.tags.get(key) != value for key, value in tags.items()):
                raise invalid("Tags Reason: Topic already exists with different tags")
            return {"TopicArn": known.arn}
        arn = self.home.arn("sns", Name)
        topic = Topic(
            name=Name, arn=arn, created_at=self.clock.now(), attributes=given, tags=tags,
            data_protection=DataProtectionPolicy or "", archive_days=days, archived_since=self.clock.now() if days else 0.0,
        )  # fmt: skip
        self.topics.put(topic)
        return {"TopicArn": arn}

    def delete_topic(self, ctx, TopicArn):
        try:
            topic = self.topic_at(TopicArn)
        except ApiError as error:
            if error.code == "NotFound":
                return  # deleting what is gone is no error
            raise
        if topic.archive_days:
            raise ApiError("InvalidState", "A topic with an active ArchivePolicy cannot be deleted.")
        self.topics.delete(topic.name)
        self.subscriptions.clear(topic.name)
        self.deduplications.clear(topic.name)

    def list_topics(self, ctx, NextToken=None):
        arns = sorted(topic.arn for topic in self.topics.all())
        return page("Topics", [{"TopicArn": arn} for arn in arns], NextToken)

    def get_topic_attributes(self, ctx, TopicArn):
        topic = self.topic_at(TopicArn)
        subscriptions = self.subscriptions.all(topic.name)
        confirmed = sum(each.confirmed for each in subscriptions)
        counts = {
            "SubscriptionsConfirmed": str(confirmed),
            "SubscriptionsPending": str(len(subscriptions) - confirmed),
            "SubscriptionsDeleted": str(topic.deleted_subscriptions),
        }
        shown = {**topic_attributes.shown(topic), **counts}
        if topic.archive_days:
            shown["BeginningArchiveTime"] = timestamps.iso_milliseconds(self.noun("Archives").begins_at(topic))
        return {"Attributes": shown}

    def set_topic_attributes(self, ctx, TopicArn, AttributeName, AttributeValue=""):
        topic = self.topic_at(TopicArn)
        if AttributeName not in topic_attributes.SETTABLE or (
            AttributeName == "ContentBasedDeduplication" and not topic.fifo
        ):
            raise invalid("AttributeName")
        topic_attributes.check({AttributeName: AttributeValue}, topic.fifo)
        changed = replace(topic, attributes={**topic.attributes, AttributeName: AttributeValue})
        self.topics.put(self._archiving(changed) if AttributeName == "ArchivePolicy" else changed)

    def _archiving(self, topic: Topic) -> Topic:
        """The topic as its ArchivePolicy wants it. Without one, everything that was archived is gone."""
        days = topic_attributes.archive_days(topic.attributes["ArchivePolicy"], topic.fifo)
        if not days:
            self.noun("Archives").drop(topic)
        since = topic.archived_since if topic.archive_days and days else self.clock.now() if days else 0.0
        return replace(topic, archive_days=days, archived_since=since)


def invalid(what: str) -> ApiError:
    return ApiError("InvalidParameter", f"Invalid parameter: {what}")


def not_found(message: str) -> ApiError:
    return ApiError("NotFound", message, status=404)


def parsed(text: str, name: str) -> Any:
    """The JSON of an attribute. Raises InvalidParameter in SNS's words."""
    from windtunnel.aws import jackson

    try:
        return json.loads(text)
    except ValueError as error:
        raise invalid(f"{name}: failed to parse JSON. {jackson.problem(text.encode()) or error}") from None
