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
