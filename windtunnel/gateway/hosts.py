"""What a Host header says: the service, its region, a bucket, or the id of an API or of a function's URL."""

from __future__ import annotations

import re

import msgspec

_REGION = re.compile(r"[a-z]{2}(?:-[a-z]+)+-\d$")
_SUFFIX = 3
_DATA_PLANES = {"execute-api": "execute-api", "lambda-url": "lambda-url"}


class Host(msgspec.Struct, frozen=True):
    """What could be read from a host's name; empty where it says nothing."""

    service: str = ""
    region: str = ""
    bucket: str = ""
    data_plane: str = ""  # execute-api or lambda-url
    id: str = ""


NO_HOST = Host()


def parse(text: str) -> Host:
    """
    The parts of a Host header.

        sqs.us-east-1.amazonaws.com            service, region
        photos.s3.localhost:4566               S3 with a bucket; the bucket's name may have dots
        photos.localhost:4566                  the same, if it is for S3 at all: SDKs put the bucket before the endpoint they are given
        a1b2c3.execute-api.localhost:4566      an API's data plane
        d4e5f6.lambda-url.us-east-1.on.aws     a function URL
    """
    name = text.rpartition(":")[0] if text[-1:].isdigit() and ":" in text and "]" not in text[-6:] else text
    labels = name.rstrip(".").split(".")
    if len(labels) < 2 or name.startswith("[") or labels[-1].isdigit():
        return NO_HOST
    low = [label.lower() for label in labels]
    if low[1] in _DATA_PLANES:
        region = low[2] if len(low) > 2 and _REGION.match(low[2]) else ""
        return Host(data_plane=_DATA_PLANES[low[1]], id=labels[0], region=region)
    for at in range(len(low) - 1, -1, -1):
        label = low[at]
        if label == "s3" or (label.startswith("s3-") and label not in ("s3-control", "s3-website")):
            region = next(
                (each for each in low[at + 1 :] if _REGION.match(each)), label[3:] if _REGION.match(label[3:]) else ""
            )
            return Host("s3", region, ".".join(labels[:at]))
    if len(low) >= _SUFFIX and _REGION.match(low[1]):
        return Host(low[0], low[1])
    if low[-1] == "localhost":
        return Host(low[0] if len(low) == 2 else "", bucket=".".join(labels[:-1]))
    return Host(low[0] if low[-1] in ("com", "aws", "cloud") else "")
