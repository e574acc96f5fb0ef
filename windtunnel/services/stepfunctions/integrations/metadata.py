"""What optimized integrations add to an answer: the HTTP headers of it, as the SDK hands them out."""

from __future__ import annotations

from typing import Any

from windtunnel.aws import timestamps
from windtunnel.services.stepfunctions.language.scopes import encoded

_JSON = "application/x-amz-json-1.0"
_XML_BYTES, _SEQUENCE_BYTES = 294, 58


def added(service: str, answer: dict[str, Any], raw: dict[str, Any], request_id: str, now: float) -> dict[str, Any]:
    """The answer with `SdkHttpMetadata` and `SdkResponseMetadata`."""
    headers = _headers(service, raw, request_id, now)
    metadata = {
        "AllHttpHeaders": {name: [value] for name, value in headers.items()},
        "HttpHeaders": headers,
        "HttpStatusCode": 200,
    }
    return {**answer, "SdkHttpMetadata": metadata, "SdkResponseMetadata": {"RequestId": request_id}}


def _headers(service: str, raw: dict[str, Any], request_id: str, now: float) -> dict[str, str]:
    date = timestamps.http_date(now)
    if service == "lambda":
        return {
            "Connection": "keep-alive",
            "Content-Length": str(len(raw.get("Payload") or b"")),
            "Content-Type": "application/json",
            "Date": date,
            "X-Amz-Executed-Version": raw.get("ExecutedVersion", "$LATEST"),
            "X-Amzn-Trace-Id": f"root=1-{request_id[:8]}-{request_id.replace('-', '')[:24]};sampled=0",
            "x-amzn-Remapped-Content-Length": "0",
            "x-amzn-RequestId": request_id,
        }
    if service == "dynamodb":
        return {
            "Connection": "keep-alive",
            "Content-Length": str(_size(raw)),
            "Content-Type": _JSON,
            "Date": date,
            "Server": "Server",
            "x-amz-crc32": str(int(request_id[:8], 16)),
            "x-amzn-RequestId": request_id,
        }
    size = _XML_BYTES + (_SEQUENCE_BYTES if "SequenceNumber" in raw else 0) if service == "sns" else _size(raw)
    return {
        "connection": "keep-alive",
        "Content-Length": str(size),
        "Content-Type": "text/xml" if service == "sns" else _JSON,
        "Date": date,
        "x-amzn-RequestId": request_id,
    }


def _size(raw: dict[str, Any]) -> int:
    return len(encoded(raw))
