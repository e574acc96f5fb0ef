"""JSON schema, draft 4, as far as models of REST APIs use it: whether a body fits.

Not looked at: `format`, `dependencies`, `id`; a `$ref` may name another model of the API or a definition of the same schema.

AWS: https://docs.aws.amazon.com/apigateway/latest/developerguide/models-mappings-models.html
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

_TYPES: dict[str, tuple[type, ...]] = {
    "object": (dict,),
    "array": (list,),
    "string": (str,),
    "number": (int, float),
    "integer": (int,),
    "boolean": (bool,),
    "null": (type(None),),
}


def fits(value: Any, schema: Any, models: Mapping[str, Any], root: Any = None) -> bool:
    """`models` are the API's schemas by name; `root` the schema that `#/…` refers to."""
    if not isinstance(schema, dict):
        return schema is not False
    root = schema if root is None else root
    if "$ref" in schema:
        found, where = _referred(schema["$ref"], models, root)
        return found is None or fits(value, found, models, where)
    if "type" in schema and not any(_is(value, kind) for kind in _several(schema["type"])):
        return False
    if "enum" in schema and not any(value == each and type(value) is type(each) for each in schema["enum"]):
        return False
    if not _combined(value, schema, models, root):
        return False
    if isinstance(value, bool):
        return True
    if isinstance(value, (int, float)):
        return _number(value, schema)
    if isinstance(value, str):
        return _bounded(len(value), schema, "Length") and (
            "pattern" not in schema or re.search(schema["pattern"], value) is not None
        )
    if isinstance(value, list):
        return _array(value, schema, models, root)
    return _object(value, schema, models, root) if isinstance(value, dict) else True


def _is(value: Any, kind: str) -> bool:
    if isinstance(value, bool):
        return kind == "boolean"
    if kind == "integer" and isinstance(value, float):
        return value.is_integer()
    return isinstance(value, _TYPES.get(kind, ()))


def _several(kinds: Any) -> list[str]:
    return [kinds] if isinstance(kinds, str) else list(kinds)


def _combined(value: Any, schema: dict[str, Any], models: Mapping[str, Any], root: Any) -> bool:
    if not all(fits(value, each, models, root) for each in schema.get("allOf", ())):
        return False
    if "anyOf" in schema and not any(fits(value, each, models, root) for each in schema["anyOf"]):
        return False
    if "oneOf" in schema and sum(fits(value, each, models, root) for each in schema["oneOf"]) != 1:
        return False
    return "not" not in schema or not fits(value, schema["not"], models, root)


def _number(value: float, schema: dict[str, Any]) -> bool:
    low, high = schema.get("minimum"), schema.get("maximum")
    if low is not None and (value < low or (schema.get("exclusiveMinimum") is True and value == low)):
        return False
    if high is not None and (value > high or (schema.get("exclusiveMaximum") is True and value == high)):
        return False
    step = schema.get("multipleOf")
    return not step or value % step == 0


def _bounded(size: int, schema: dict[str, Any], what: str) -> bool:
    return schema.get(f"min{what}", 0) <= size <= schema.get(f"max{what}", size)


def _array(value: list[Any], schema: dict[str, Any], models: Mapping[str, Any], root: Any) -> bool:
    if not _bounded(len(value), schema, "Items"):
        return False
    if schema.get("uniqueItems") and any(each in value[:at] for at, each in enumerate(value)):
        return False
    items = schema.get("items")
    if isinstance(items, list):
        return all(fits(each, kind, models, root) for each, kind in zip(value, items, strict=False))
    return items is None or all(fits(each, items, models, root) for each in value)


def _object(value: dict[str, Any], schema: dict[str, Any], models: Mapping[str, Any], root: Any) -> bool:
    if not all(name in value for name in schema.get("required") or () if isinstance(schema.get("required"), list)):
        return False
    if not _bounded(len(value), schema, "Properties"):
        return False
    known, patterns = schema.get("properties") or {}, schema.get("patternProperties") or {}
    more = schema.get("additionalProperties", True)
    for name, item in value.items():
        named = [known[name]] if name in known else []
        named += [each for pattern, each in patterns.items() if re.search(pattern, name)]
        if not named and (more is False or not fits(item, more, models, root)):
            return False
        if not all(fits(item, each, models, root) for each in named):
            return False
    return True


def _referred(reference: str, models: Mapping[str, Any], root: Any) -> tuple[Any, Any]:
    """The schema that a `$ref` names, and the root of its own references."""
    name = reference.rpartition("/")[2]
    if reference.startswith("#/"):
        found = root
        for step in reference[2:].split("/"):
            found = found.get(step) if isinstance(found, dict) else None
        if found is not None:
            return found, root
    return models.get(name), models.get(name)
