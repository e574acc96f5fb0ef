"""Mock integrations: an API that answers by itself.

AWS: https://docs.aws.amazon.com/apigateway/latest/developerguide/how-to-mock-integration.html
"""

from __future__ import annotations

import re
from typing import Any

import msgspec

from windtunnel.aws.requests import HttpRequest, HttpResponse
from windtunnel.services.apigateway import mapping
from windtunnel.services.apigateway.refusals import Refused

_STATUS = re.compile(r"""['"]?statusCode['"]?\s*:\s*['"]?(\d{3})\b""")


def answered(integration: dict[str, Any], request: HttpRequest, values: dict[str, Any]) -> HttpResponse:
    """The status that the request's template gives, made into a response by the integration's. Raises Refused."""
    text = mapping.outgoing(integration, request, values).body.decode("utf-8", "replace")
    return mapping.answered(mapping.chosen(integration, _status(text)), None, request, values)


def _status(text: str) -> str:
    try:
        found = msgspec.json.decode(text)
        status = found.get("statusCode") if isinstance(found, dict) else None
    except msgspec.DecodeError:
        loose = _STATUS.search(text)
        status = loose.group(1) if loose is not None else None
    if status is None:
        raise Refused("DEFAULT_5XX", "Internal server error", 500)
    return str(status)
