"""What S3 tells the recorder."""

from windtunnel.kernel.recorder import Fact


class ObjectStored(Fact, frozen=True):
    bucket: str
    key: str
    size: int
    etag: str


class ObjectRead(Fact, frozen=True):
    bucket: str
    key: str


class ObjectDeleted(Fact, frozen=True):
    """`marked`: a delete marker hides the object, whose versions are still there."""

    bucket: str
    key: str
    marked: bool


class NotificationSent(Fact, frozen=True):
    """An event of a bucket went to its destination; `error` is AWS's code, empty for success."""

    bucket: str
    key: str
    event: str
    target: str
    error: str
