"""Of which type the fields of a definition are, in AWS's words for one that is not."""

from __future__ import annotations

from typing import Any

from windtunnel.services.stepfunctions.language import jsonata

TEXT, TEXT_OR_NULL, BOOLEAN, OBJECT, ARRAY, OBJECTS, TEXTS, WHOLE, NUMBER = (
    "String", "String or null", "Boolean", "Object", "Array", "Array of Object", "Array of String", "Integer", "Number",
)  # fmt: skip
_STATE = {
    **dict.fromkeys(
        (
            "Type", "Next", "Resource", "Default", "Label", "Error", "Cause", "ErrorPath", "CausePath", "SecondsPath", "Timestamp",
            "TimestampPath", "TimeoutSecondsPath", "HeartbeatSecondsPath", "MaxConcurrencyPath", "ItemsPath",
            "ToleratedFailureCountPath", "ToleratedFailurePercentagePath", "QueryLanguage", "Comment",
        ),
        TEXT,
    ),
    **dict.fromkeys(("InputPath", "OutputPath", "ResultPath"), TEXT_OR_NULL),
    **dict.fromkeys(("Retry", "Catch", "Choices", "Branches"), OBJECTS),
    **dict.fromkeys(
        ("Assign", "Credentials", "ItemProcessor", "Iterator", "ItemReader", "ItemBatcher", "ResultWriter"), OBJECT
    ),
    **dict.fromkeys(
        ("Seconds", "TimeoutSeconds", "HeartbeatSeconds", "MaxConcurrency", "ToleratedFailureCount"), WHOLE
    ),
    "ToleratedFailurePercentage": NUMBER,
    "End": BOOLEAN,
    "Items": ARRAY,
}  # fmt: skip
_HANDLER = {
    "ErrorEquals": TEXTS, "Next": TEXT, "ResultPath": TEXT_OR_NULL, "Assign": OBJECT, "IntervalSeconds": WHOLE, "MaxAttempts": WHOLE,
    "BackoffRate": NUMBER, "MaxDelaySeconds": WHOLE, "JitterStrategy": TEXT,
}  # fmt: skip
_PROCESSOR = {"ProcessorConfig": OBJECT, "StartAt": TEXT, "QueryLanguage": TEXT}
_READER = {"Resource": TEXT, "ReaderConfig": OBJECT, "Parameters": OBJECT, "WriterConfig": OBJECT}
_READER_CONFIG = {
    "InputType": TEXT, "CSVHeaderLocation": TEXT, "CSVHeaders": TEXTS, "CSVDelimiter": TEXT, "MaxItems": WHOLE, "MaxItemsPath": TEXT,
    "ItemsPointer": TEXT,
}  # fmt: skip
_BATCHER = {
    "MaxItemsPerBatch": WHOLE, "MaxItemsPerBatchPath": TEXT, "MaxInputBytesPerBatch": WHOLE, "MaxInputBytesPerBatchPath": TEXT,
}  # fmt: skip
FLOW = {"StartAt": TEXT, "Comment": TEXT, "QueryLanguage": TEXT, "Version": TEXT, "TimeoutSeconds": WHOLE}
_INNER = {
    "ItemProcessor": _PROCESSOR,
    "Iterator": _PROCESSOR,
    "ItemReader": _READER,
    "ResultWriter": _READER,
    "ItemBatcher": _BATCHER,
}

Wrong = tuple[str, str]
"""Where, and what is wrong there."""


def of_flow(flow: dict[str, Any], at: str) -> list[Wrong]:
    return _of(flow, FLOW, at)


def of_state(state: dict[str, Any], at: str) -> list[Wrong]:
    """Every field of a state, and of what is inside of it, that is of another type than it must be."""
    wrong = _of(state, _STATE, at)
    if wrong:
        return wrong
    for group in ("Retry", "Catch"):
        for place, each in enumerate(state.get(group, ())):
            wrong += _of(each, _HANDLER, f"{at}/{group}[{place}]")
    for place, each in enumerate(state.get("Choices", ())):
        wrong += _of(each, {"Next": TEXT, "Variable": TEXT, "Assign": OBJECT}, f"{at}/Choices[{place}]")
    for field, types in _INNER.items():
        if field in state:
            wrong += _of(state[field], types, f"{at}/{field}")
    config = state.get("ItemReader", {}).get("ReaderConfig", {})
    if isinstance(config, dict):
        wrong += _of(config, _READER_CONFIG, f"{at}/ItemReader/ReaderConfig")
    return wrong


def _of(fields: dict[str, Any], types: dict[str, str], at: str) -> list[Wrong]:
    return [
        (f"{at}/{name}", f"Expected value of type {types[name]}")
        for name, value in fields.items()
        if name in types and not _is(value, types[name])
    ]


def _is(value: Any, expected: str) -> bool:
    if expected == TEXT:
        return isinstance(value, str)
    if expected == TEXT_OR_NULL:
        return value is None or isinstance(value, str)
    if expected == BOOLEAN:
        return isinstance(value, bool)
    if expected == OBJECT:
        return isinstance(value, dict)
    if expected == ARRAY:
        return isinstance(value, list) or jsonata.is_expression(value)
    if expected in (OBJECTS, TEXTS):
        kind = dict if expected == OBJECTS else str
        return isinstance(value, list) and all(isinstance(each, kind) for each in value)
    if jsonata.is_expression(value):
        return True
    kinds = (int,) if expected == WHOLE else (int, float)
    return isinstance(value, kinds) and not isinstance(value, bool) and value >= 0
