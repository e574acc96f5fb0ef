"""Configurations of which a bucket can have many, each under an id: analytics, inventory, metrics. Kept and shown."""

from __future__ import annotations

from typing import Any

from windtunnel.aws.errors import ApiError
from windtunnel.services.s3.tables import S3Tables, malformed_xml

_NO_REPORTS = "It is kept and shown; no reports are made."


class NamedConfigurations(S3Tables):
    inert = {
        "PutBucketAnalyticsConfiguration.AnalyticsConfiguration": _NO_REPORTS,
        "PutBucketInventoryConfiguration.InventoryConfiguration": _NO_REPORTS,
        "PutBucketMetricsConfiguration.MetricsConfiguration": "It is kept and shown; no request metrics are made.",
    }

    def put_bucket_analytics_configuration(
        self, ctx, Bucket, Id, AnalyticsConfiguration=None, ExpectedBucketOwner=None
    ):
        self._put("analytics", Bucket, Id, AnalyticsConfiguration, ExpectedBucketOwner)

    def get_bucket_analytics_configuration(self, ctx, Bucket, Id, ExpectedBucketOwner=None):
        return {"AnalyticsConfiguration": self._get("analytics", Bucket, Id, ExpectedBucketOwner)}

    def delete_bucket_analytics_configuration(self, ctx, Bucket, Id, ExpectedBucketOwner=None):
        self._delete("analytics", Bucket, Id, ExpectedBucketOwner)

    def list_bucket_analytics_configurations(self, ctx, Bucket, ExpectedBucketOwner=None):
        found = self._all("analytics", Bucket, ExpectedBucketOwner)
        return {"IsTruncated": False, "AnalyticsConfigurationList": found}

    def put_bucket_inventory_configuration(
        self, ctx, Bucket, Id, InventoryConfiguration=None, ExpectedBucketOwner=None
    ):
        self._put("inventory", Bucket, Id, InventoryConfiguration, ExpectedBucketOwner)

    def get_bucket_inventory_configuration(self, ctx, Bucket, Id, ExpectedBucketOwner=None):
        return {"InventoryConfiguration": self._get("inventory", Bucket, Id, ExpectedBucketOwner)}

    def delete_bucket_inventory_configuration(self, ctx, Bucket, Id, ExpectedBucketOwner=None):
        self._delete("inventory", Bucket, Id, ExpectedBucketOwner)

    def list_bucket_inventory_configurations(self, ctx, Bucket, ExpectedBucketOwner=None):
        found = self._all("inventory", Bucket, ExpectedBucketOwner)
        return {"IsTruncated": False, "InventoryConfigurationList": found}

    def put_bucket_metrics_configuration(self, ctx, Bucket, Id, MetricsConfiguration=None, ExpectedBucketOwner=None):
        self._put("metrics", Bucket, Id, MetricsConfiguration, ExpectedBucketOwner)

    def get_bucket_metrics_configuration(self, ctx, Bucket, Id, ExpectedBucketOwner=None):
        return {"MetricsConfiguration": self._get("metrics", Bucket, Id, ExpectedBucketOwner)}

    def delete_bucket_metrics_configuration(self, ctx, Bucket, Id, ExpectedBucketOwner=None):
        self._delete("metrics", Bucket, Id, ExpectedBucketOwner)

    def list_bucket_metrics_configurations(self, ctx, Bucket, ExpectedBucketOwner=None):
        return {"IsTruncated": False, "MetricsConfigurationList": self._all("metrics", Bucket, ExpectedBucketOwner)}

    def _put(self, kind: str, name: str, id: str, content: dict[str, Any] | None, owner: str | None) -> None:
        bucket = self.bucket(name, owner)
        if content is None or content.get("Id") != id:
            raise malformed_xml()
        self.document(bucket, kind, {**(bucket.documents.get(kind) or {}), id: content})

    def _get(self, kind: str, name: str, id: str, owner: str | None) -> dict[str, Any]:
        kept = (self.bucket(name, owner).documents.get(kind) or {}).get(id)
        if kept is None:
            raise ApiError("NoSuchConfiguration", "The specified configuration does not exist.")
        found: dict[str, Any] = kept
        return found

    def _delete(self, kind: str, name: str, id: str, owner: str | None) -> None:
        self._get(kind, name, id, owner)
        bucket = self.bucket(name, owner)
        self.document(bucket, kind, {other: kept for other, kept in bucket.documents[kind].items() if other != id})

    def _all(self, kind: str, name: str, owner: str | None) -> list[dict[str, Any]] | None:
        kept = self.bucket(name, owner).documents.get(kind) or {}
        return [kept[id] for id in sorted(kept)] or None
