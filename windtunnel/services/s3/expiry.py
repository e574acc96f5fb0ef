"""When a lifecycle rule ends an object: the day that S3 announces in x-amz-expiration, and obeys.

AWS: https://docs.aws.amazon.com/AmazonS3/latest/userguide/lifecycle-expire-general-considerations.html
"""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from windtunnel.aws import timestamps
from windtunnel.services.s3.records import Bucket, Version

DAY_S = 86_400


def announced(bucket: Bucket, version: Version) -> str | None:
    """The value of x-amz-expiration; None where no rule ends this object."""
    soonest = None
    for rule in (bucket.documents.get("lifecycle") or {}).get("Rules") or ():
        at = _ends(rule, version)
        if at is not None and (soonest is None or at < soonest[0]):
            soonest = at, rule.get("ID", "")
    if soonest is None:
        return None
    return f'expiry-date="{timestamps.http_date(soonest[0])}", rule-id="{quote(soonest[1])}"'


def _ends(rule: dict[str, Any], version: Version) -> float | None:
    expiration = rule.get("Expiration") or {}
    if rule.get("Status") != "Enabled" or not _applies(rule, version):
        return None
    if expiration.get("Date") is not None:
        return float(expiration["Date"])
    if expiration.get("Days"):
        # The day's end after that many days, at midnight UTC.
        due = version.modified_at + expiration["Days"] * DAY_S
        return float(-(-due // DAY_S) * DAY_S)
    return None


def _applies(rule: dict[str, Any], version: Version) -> bool:
    chosen = dict(rule.get("Filter") or {})
    chosen.update(chosen.pop("And", None) or {})
    if not version.key.startswith(rule.get("Prefix") or chosen.get("Prefix") or ""):
        return False
    wanted = [*([chosen["Tag"]] if chosen.get("Tag") else []), *(chosen.get("Tags") or [])]
    if any(version.tags.get(tag["Key"]) != tag["Value"] for tag in wanted):
        return False
    above, below = chosen.get("ObjectSizeGreaterThan"), chosen.get("ObjectSizeLessThan")
    return (above is None or version.size > above) and (below is None or version.size < below)
