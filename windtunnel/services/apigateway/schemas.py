"""JSON schema, draft 4, as far as models of REST APIs use it: what of a body does not fit, in API Gateway's words.

Not looked at: `format`, `dependencies`, `id`; a `$ref` may name another model of the API or a definition of the same schema.

AWS: https://docs.aws.amazon.com/apigateway/latest/developerguide/models-mappings-models.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

_TYPES: dict[str, tuple[type, ...]] = {
    "object": (dict,),
    "array": (list,),
    "string": (str,),
    "number": (int, float),
    "integer": (int,),
    "boolean": (bool,),
    "null": (type(None),),
}


def problems(value: Any, schema: Any, models: Mapping[str, Any], root: Any = None) -> Iterator[str]:
    """`models` are the API's schemas by name; `root` the schema that `#/…` refers to."""
    if not isinstance(schema, dict):
        if schema is False:
            yield "instance matched a schema which it should not have"
        return
    root = schema if root is None else root
    if "$ref" in schema:
        found, where = _referred(schema["$ref"], models, root)
        if found is not None:
            yield from problems(value, found, models, where)
        return
    kinds = _several(schema["type"]) if "type" in schema else []
    if kinds and not any(_is(value, kind) for kind in kinds):
        allowed = sorted({*kinds, *(["integer"] if "number" in kinds else [])})
        yield f"instance type ({_kind(value)}) does not match any allowed primitive type (allowed: {_json(allowed)})"
        return
    if "enum" in schema and not any(value == each and type(value) is type(each) for each in schema["enum"]):
        yield f"instance value ({_json(value)}) not found in enum (possible values: {_json(schema['enum'])})"
    yield from _combined(value, schema, models, root)
    if isinstance(value, bool):
        return
    if isinstance(value, (int, float)):
        yield from _number(value, schema)
    elif isinstance(value, str):
        yield from _string(value, schema)
    elif isinstance(value, list):
        yield from _array(value, schema, models, root)
    elif isinstance(value, dict):
        yield from _object(value, schema, models, root)


def fits(value: Any, schema: Any, models: Mapping[str, Any], root: Any = None) -> bool:
    return next(problems(value, schema, models, root), None) is None


def _json(value: Any) -> str:
    return msgspec.json.encode(value).decode()


def _kind(value: Any) -> str:
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int):
        return "integer"
    return next(name for name, kinds in _TYPES.items() if isinstance(value, kinds))


def _is(value: Any, kind: str) -> bool:
    if isinstance(value, bool):
        return kind == "boolean"
    if kind == "integer" and isinstance(value, float):
        return value.is_integer()
    return isinstance(value, _TYPES.get(kind, ()))


def _several(kinds: Any) -> list[str]:
    return [kinds] if isinstance(kinds, str) else list(kinds)


def _combined(value: Any, schema: dict[str, Any], models: Mapping[str, Any], root: Any) -> Iterator[str]:
    matched = {
        word: sum(fits(value, each, models, root) for each in schema[word])
        for word in ("allOf", "anyOf", "oneOf")
        if word in schema
    }
    if "allOf" in matched and matched["allOf"] < len(schema["allOf"]):
        of = len(schema["allOf"])
        yield f"instance failed to match all required schemas (matched only {matched['allOf']} out of {of})"
    if "anyOf" in matched and not matched["anyOf"]:
        yield f"instance failed to match at least one required schema among {len(schema['anyOf'])}"
    if "oneOf" in matched and matched["oneOf"] != 1:
        yield f"instance failed to match exactly one schema (matched {matched['oneOf']} out of {len(schema['oneOf'])})"
    if "not" in schema and fits(value, schema["not"], models, root):
        yield "instance matched a schema which it should not have"


def _number(value: float, schema: dict[str, Any]) -> Iterator[str]:
    low, high, step = schema.get("minimum"), schema.get("maximum"), schema.get("multipleOf")
    if low is not None and value < low:
        yield f"numeric instance is lower than the required minimum (minimum: {low}, found: {value})"
    if low is not None and value == low and schema.get("exclusiveMinimum") is True:
        yield f"numeric instance is not strictly greater than the required minimum {low}"
    if high is not None and value > high:
        yield f"numeric instance is greater than the required maximum (maximum: {high}, found: {value})"
    if high is not None and value == high and schema.get("exclusiveMaximum") is True:
        yield f"numeric instance is not strictly lower than the required maximum {high}"
    if step and value % step:
        yield f"remainder of division is not zero ({value} / {step})"


def _string(value: str, schema: dict[str, Any]) -> Iterator[str]:
    size, least, most = len(value), schema.get("minLength", 0), schema.get("maxLength")
    if size < least:
        yield f"string {_json(value)} is too short (length: {size}, required minimum: {least})"
    if most is not None and size > most:
        yield f"string {_json(value)} is too long (length: {size}, maximum allowed: {most})"
    if "pattern" in schema and re.search(schema["pattern"], value) is None:
        yield f"ECMA 262 regex {_json(schema['pattern'])} does not match input string {_json(value)}"


def _array(value: list[Any], schema: dict[str, Any], models: Mapping[str, Any], root: Any) -> Iterator[str]:
    size, least, most = len(value), schema.get("minItems", 0), schema.get("maxItems")
    if size < least:
        yield f"array is too short: must have at least {least} elements but instance has {size} elements"
    if most is not None and size > most:
        yield f"array is too long: must have at most {most} elements but instance has {size} elements"
    if schema.get("uniqueItems") and any(each in value[:at] for at, each in enumerate(value)):
        yield "array must not contain duplicate elements"
    items = schema.get("items")
    kinds = items if isinstance(items, list) else [items] * size if items is not None else []
    for each, kind in zip(value, kinds, strict=False):
        yield from problems(each, kind, models, root)


def _object(value: dict[str, Any], schema: dict[str, Any], models: Mapping[str, Any], root: Any) -> Iterator[str]:
    required = schema.get("required")
    missing = sorted(name for name in required if name not in value) if isinstance(required, list) else []
    if missing:
        yield f"object has missing required properties ({_json(missing)})"
    size, least, most = len(value), schema.get("minProperties", 0), schema.get("maxProperties")
    if size < least:
        yield f"object has too few properties (found {size} but schema requires at least {least})"
    if most is not None and size > most:
        yield f"object has too many properties (found {size} but schema requires at most {most})"
    known, patterns = schema.get("properties") or {}, schema.get("patternProperties") or {}
    more = schema.get("additionalProperties", True)
    strange = []
    for name, item in value.items():
        named = [known[name]] if name in known else []
        named += [each for pattern, each in patterns.items() if re.search(pattern, name)]
        if not named and more is False:
            strange.append(name)
        for each in named or ([] if more is False else [more]):
            yield from problems(item, each, models, root)
    if strange:
        yield f"object instance has properties which are not allowed by the schema: {_json(sorted(strange))}"


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
