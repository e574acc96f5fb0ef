"""Dynamic references: `{{resolve:ssm:name}}` and `{{resolve:secretsmanager:id:SecretString:key}}` in property values.

AWS: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/dynamic-references.html
"""

from __future__ import annotations

import json
import re
from typing import Any

from windtunnel.aws.errors import ApiError
from windtunnel.aws.home import Home

_REFERENCE = re.compile(r"\{\{resolve:(ssm|ssm-secure|secretsmanager):([^}]+)\}\}")


async def with_dynamic_references(home: Home, value: Any) -> Any:
    """The value with every dynamic reference replaced. Raises the ApiError of the service that was asked."""
    if isinstance(value, dict):
        return {key: await with_dynamic_references(home, each) for key, each in value.items()}
    if isinstance(value, list):
        return [await with_dynamic_references(home, each) for each in value]
    if not isinstance(value, str) or "{{resolve:" not in value:
        return value
    for found in list(_REFERENCE.finditer(value)):
        value = value.replace(found[0], await _resolved(home, found[1], found[2]))
    return value


async def _resolved(home: Home, kind: str, name: str) -> str:
    if kind != "secretsmanager":
        answer = await home.call("ssm", "GetParameter", {"Name": name, "WithDecryption": kind == "ssm-secure"})
        return str(answer["Parameter"]["Value"])
    secret, _, rest = name.partition(":SecretString")
    answer = await home.call("secretsmanager", "GetSecretValue", {"SecretId": secret})
    key = rest.lstrip(":").split(":")[0]
    if not key:
        return str(answer["SecretString"])
    try:
        return str(json.loads(answer["SecretString"])[key])
    except (ValueError, KeyError):
        raise ApiError(
            "ValidationError", f"Could not find a value associated with JSONKey in SecretString: {key}"
        ) from None
