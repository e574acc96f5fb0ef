"""One API call as plain values: what every AWS protocol is turned into before a service sees it."""

from __future__ import annotations

from typing import Any

import msgspec


class Call(msgspec.Struct):
    """
    One API call, free of protocol. `service` is the service's name in the models, `params` are validated and
    spelled as in the model. `host` is the host and port as the client addressed them, `protocol` the one it spoke.
    """

    service: str
    operation: str
    account: str
    region: str
    params: dict[str, Any]
    request_id: str
    access_key: str = ""
    trace: str = ""
    host: str = ""
    protocol: str = ""


class WireRequest(msgspec.Struct, frozen=True):
    """A request to AWS as it goes over the wire, for callers that speak HTTP. `service` is the name that signs it."""

    service: str
    region: str
    method: str
    path: str
    query: str
    headers: dict[str, str]
    body: bytes
    access_key: str = ""
    host: str = ""


class WireAnswer(msgspec.Struct, frozen=True):
    """Header names are in lower case."""

    status: int
    headers: dict[str, str]
    body: bytes


class Elsewhere(Exception):
    """Raised by a handler for what belongs to another account, whose home then answers the call."""

    def __init__(self, account: str) -> None:
        super().__init__(f"it belongs to the account {account}")
        self.account = account


class Sender(msgspec.Struct, frozen=True):
    """A service of AWS that calls by itself: `sns.amazonaws.com`, for the topic with this ARN, which is the account's."""

    service: str
    arn: str
    account: str
