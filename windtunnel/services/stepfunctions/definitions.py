"""
Whether a definition can be a machine: every fault of it as a diagnostic, in AWS's words.

AWS: step-functions/latest/apireference/API_ValidateStateMachineDefinition.html
"""

from __future__ import annotations

import json
from typing import Any

import msgspec

from windtunnel.aws import jackson
from windtunnel.aws.errors import ApiError, NotImplementedHere
from windtunnel.services.stepfunctions import field_types
from windtunnel.services.stepfunctions.integrations import item_readers, result_writers, services
from windtunnel.services.stepfunctions.language import conditions, intrinsics, jsonata, machines, paths, templates
from windtunnel.services.stepfunctions.language.times import seconds
from windtunnel.services.stepfunctions.records import EXPRESS
from windtunnel.services.stepfunctions.resource_arns import ACTIVITY, REQUEST, SERVICE, WAITS_FOR_TOKEN, resource_of

SCHEMA, TARGET, UNREACHABLE = "SCHEMA_VALIDATION_FAILED", "MISSING_TRANSITION_TARGET", "MISSING_TRANSITION_TARGET"
NO_FIELDS: frozenset[str] = frozenset()
_ANY = frozenset({"Type", "Comment", "QueryLanguage", "Next", "End", "Assign"})
_IN_JSONPATH = frozenset({"InputPath", "OutputPath"})
_RESULT = frozenset({"Parameters", "ResultSelector", "ResultPath"})
_FAULTS = frozenset({"Retry", "Catch"})
_FIELDS = {
    "Pass": _ANY | _IN_JSONPATH | {"Parameters", "ResultPath", "Result", "Output"},
    "Task": _ANY | _IN_JSONPATH | _RESULT | _FAULTS | {
        "Resource", "TimeoutSeconds", "TimeoutSecondsPath", "HeartbeatSeconds", "HeartbeatSecondsPath", "Credentials",
        "Arguments", "Output",
    },
    "Choice": (_ANY - {"Next", "End"}) | _IN_JSONPATH | {"Choices", "Default", "Output"},
    "Wait": _ANY | _IN_JSONPATH | {"Seconds", "SecondsPath", "Timestamp", "TimestampPath", "Output"},
    "Succeed": (_ANY - {"Next", "End", "Assign"}) | _IN_JSONPATH | {"Output"},
    "Fail": (_ANY - {"Next", "End", "Assign"}) | {"Error", "ErrorPath", "Cause", "CausePath"},
    "Parallel": _ANY | _IN_JSONPATH | _RESULT | _FAULTS | {"Branches", "Arguments", "Output"},
    "Map": _ANY | _IN_JSONPATH | _RESULT | _FAULTS | {
        "ItemProcessor", "Iterator", "ItemsPath", "Items", "ItemSelector", "MaxConcurrency", "MaxConcurrencyPath", "ItemReader",
        "ItemBatcher", "ResultWriter", "Label", "ToleratedFailureCount", "ToleratedFailureCountPath",
        "ToleratedFailurePercentage", "ToleratedFailurePercentagePath", "Output",
    },
}  # fmt: skip
_LANGUAGES = ("JSONPath", "JSONata")
_REQUIRED = {"Task": ("Resource",), "Choice": ("Choices",), "Parallel": ("Branches",)}
_JSONATA_ONLY = ("Arguments", "Output", "Items", "Condition")
_JSONPATH_ONLY = (
    "InputPath", "OutputPath", "Parameters", "ResultSelector", "ResultPath", "ItemsPath", "SecondsPath", "TimestampPath",
    "TimeoutSecondsPath", "HeartbeatSecondsPath", "MaxConcurrencyPath", "ErrorPath", "CausePath", "ToleratedFailureCountPath",
    "ToleratedFailurePercentagePath",
)  # fmt: skip
_PATHS = (*(name for name in _JSONPATH_ONLY if name not in ("Parameters", "ResultSelector")),)


class Diagnostic(msgspec.Struct, frozen=True):
    code: str
    message: str
    location: str
    severity: str = "ERROR"


def parsed(text: str) -> dict[str, Any]:
    """Raises InvalidDefinition for a text that is no object."""
    found = _read(text)
    if not isinstance(found, dict):
        raise invalid([_not_json(text)])
    return found


def invalid(faults: list[Diagnostic]) -> ApiError:
    words = ", ".join(f"{each.code}: {each.message} at {each.location}" for each in faults if each.severity == "ERROR")
    return ApiError("InvalidDefinition", f"Invalid State Machine Definition: '{words}'")


def checked(text: str, kind: str, home: Any) -> dict[str, Any]:
    """The definition of a machine that can run here. Raises InvalidDefinition, and NotImplementedHere for what is not built."""
    definition = parsed(text)
    checker = Checker(kind, home)
    checker.machine(definition)
    if any(each.severity == "ERROR" for each in checker.found):
        raise invalid(checker.found)
    if checker.missing:
        raise NotImplementedHere(checker.missing[0])
    machines.compiled(definition)
    return definition


def diagnostics(text: str, kind: str, home: Any) -> list[Diagnostic]:
    found = _read(text)
    if not isinstance(found, dict):
        return [_not_json(text)]
    checker = Checker(kind, home)
    checker.machine(found)
    return checker.found


def _read(text: str) -> Any:
    try:
        return msgspec.json.decode(text)
    except msgspec.DecodeError:
        return None


def _not_json(text: str) -> Diagnostic:
    problem = jackson.problem_of_text(text) or "The definition must be a JSON object"
    return Diagnostic("INVALID_JSON_DESCRIPTION", problem, "")


class Checker:
    """Walks through a definition; `found` are its faults, `missing` what the platform does not have."""

    def __init__(self, kind: str, home: Any) -> None:
        self.kind = kind
        self._home = home
        self.found: list[Diagnostic] = []
        self.missing: list[str] = []
        self._names: set[str] = set()
        self._machine_language = "JSONPath"

    def machine(self, definition: dict[str, Any]) -> None:
        self._machine_language = definition.get("QueryLanguage", "JSONPath")
        if self._machine_language not in _LANGUAGES:
            self._fault(SCHEMA, "Value is not a supported query language: [JSONPath, JSONata]", "/QueryLanguage")
            return
        self._flow(definition, "")

    def _flow(self, flow: Any, at: str, language: str = "") -> None:
        if not isinstance(flow, dict):
            self._fault(SCHEMA, "Expected value of type Object", at or "/")
            return
        language = flow.get("QueryLanguage", language or self._machine_language)
        missing = [name for name in ("StartAt", "States") if name not in flow]
        if missing:
            self._fault(SCHEMA, f"These fields are required: [{', '.join(missing)}]", at or "/")
            return
        if wrong := field_types.of_flow(flow, at):
            self._wrong_types(wrong)
            return
        states = flow["States"]
        if not isinstance(states, dict) or not states:
            self._fault(
                SCHEMA, "Expected value of type Object" if states != {} else "States must not be empty", f"{at}/States"
            )
            return
        if flow["StartAt"] not in states:
            self._fault(TARGET, f"Missing 'Next' target: {flow['StartAt']}", f"{at}/StartAt")
        for name, state in states.items():
            if name in self._names:
                self._fault("DUPLICATE_STATE_NAME", f"Duplicate State name: {name}", f"{at}/States/{name}")
            self._names.add(name)
            self._state(name, state, f"{at}/States/{name}", states, language)
        self._reached(flow, at)

    def _reached(self, flow: dict[str, Any], at: str) -> None:
        states = flow["States"]
        reached: set[str] = set()
        ahead = [flow["StartAt"]]
        while ahead:
            name = ahead.pop()
            if name in states and name not in reached and isinstance(states[name], dict):
                reached.add(name)
                ahead += _targets(states[name])
        for name in states:
            if name not in reached:
                self._fault(UNREACHABLE, f'State "{name}" is not reachable.', f"{at}/States/{name}")

    def _state(self, name: str, state: Any, at: str, states: dict[str, Any], language: str) -> None:
        if not isinstance(state, dict):
            self._fault(SCHEMA, "Expected value of type Object", at)
            return
        if len(name) > 80:
            self._fault(SCHEMA, "State name exceeds the limit of 80 characters", at)
        if wrong := field_types.of_state(state, at):
            self._wrong_types(wrong)
            return
        kind = state.get("Type")
        if kind is None:
            self._fault(SCHEMA, "These fields are required: [Type]", at)
            return
        if kind not in _FIELDS:
            self._fault(SCHEMA, f"Value is not a valid state type: [{', '.join(_FIELDS)}]", f"{at}/Type")
            return
        own = state.get("QueryLanguage", language)
        if own not in _LANGUAGES:
            self._fault(SCHEMA, "Value is not a supported query language: [JSONPath, JSONata]", f"{at}/QueryLanguage")
            return
        if own == "JSONPath" and self._machine_language == "JSONata":
            self._fault(SCHEMA, "'QueryLanguage' can not be 'JSONPath' if set to 'JSONata' for whole state machine", at)
            return
        for field in state:
            if field not in _FIELDS[kind]:
                self._fault(SCHEMA, f"The field '{field}' is not supported by Step Functions", at)
            elif field in (_JSONPATH_ONLY if own == "JSONata" else _JSONATA_ONLY):
                self._fault(SCHEMA, f"The field '{field}' is not supported for QueryLanguage '{own}'", f"{at}/{field}")
        missing = [field for field in _REQUIRED.get(kind, ()) if field not in state]
        if missing:
            self._fault(SCHEMA, f"These fields are required: [{', '.join(missing)}]", at)
            return
        self._transitions(state, at, states)
        self._expressions(state, at, own)
        getattr(self, f"_{kind.lower()}", lambda *_: None)(state, at, own)

    def _transitions(self, state: dict[str, Any], at: str, states: dict[str, Any]) -> None:
        if state["Type"] not in ("Choice", "Succeed", "Fail"):
            if "Next" in state and "End" in state:
                self._fault(SCHEMA, "'Next' and 'End' must not both be specified", at)
            elif "Next" not in state and state.get("End") is not True:
                self._fault(SCHEMA, "These fields are required: [Next or End]", at)
        wanted = [("Next", state.get("Next")), ("Default", state.get("Default"))]
        wanted += [(f"Catch[{place}]/Next", each.get("Next")) for place, each in enumerate(_dicts(state.get("Catch")))]
        wanted += [
            (f"Choices[{place}]/Next", each.get("Next")) for place, each in enumerate(_dicts(state.get("Choices")))
        ]
        for where, target in wanted:
            if target is not None and target not in states:
                self._fault(TARGET, f"Missing 'Next' target: {target}", f"{at}/{where}")
        for group in ("Retry", "Catch"):
            for place, each in enumerate(_dicts(state.get(group))):
                self._handler(group, each, f"{at}/{group}[{place}]")

    def _handler(self, group: str, fields: dict[str, Any], at: str) -> None:
        needed = ["ErrorEquals"] if group == "Retry" else ["ErrorEquals", "Next"]
        missing = [name for name in needed if name not in fields]
        if missing:
            self._fault(SCHEMA, f"These fields are required: [{', '.join(missing)}]", at)
        elif not isinstance(fields["ErrorEquals"], list) or not fields["ErrorEquals"]:
            self._fault(SCHEMA, "Expected a non-empty array", f"{at}/ErrorEquals")

    def _expressions(self, state: dict[str, Any], at: str, language: str) -> None:
        if language == "JSONata":
            for where, text in _jsonata_texts(state, at):
                try:
                    jsonata.Expression(text, where)
                except jsonata.InvalidJsonata as wrong:
                    self._fault(SCHEMA, f"Invalid JSONata expression: {wrong}", where)
            return
        for field in _PATHS:
            text = state.get(field)
            if isinstance(text, str) and text.startswith("$"):
                self._path(text, f"{at}/{field}")
            elif text is not None and not (
                isinstance(text, str) and text.startswith("States.") and field[:5] in ("Error", "Cause")
            ):
                self._fault(SCHEMA, "Value is not a valid JSONPath", f"{at}/{field}")
        self._reference(state.get("ResultPath"), f"{at}/ResultPath")
        for place, each in enumerate(_dicts(state.get("Catch"))):
            self._reference(each.get("ResultPath"), f"{at}/Catch[{place}]/ResultPath")
        for where, inner in self._templates(state, at):
            for name, text in templates.expressions(inner):
                self._expression(name, text, where)

    def _reference(self, text: str | None, at: str) -> None:
        try:
            if text is not None and (
                not paths.compiled(text).simple or not text.startswith("$") or text[1:2] not in ("", ".", "[")
            ):
                raise paths.InvalidPath(text)
        except paths.InvalidPath:
            self._fault(SCHEMA, "Value is not a Reference Path", at)

    def _templates(self, state: dict[str, Any], at: str) -> list[tuple[str, Any]]:
        """Every payload template of a JSONPath state."""
        found = [
            (f"{at}/{field}", state.get(field))
            for field in ("Parameters", "ResultSelector", "ItemSelector", "Assign", "Credentials")
        ]
        found += [
            (f"{at}/Catch[{place}]/Assign", each.get("Assign")) for place, each in enumerate(_dicts(state.get("Catch")))
        ]
        found += [
            (f"{at}/{field}/Parameters", state.get(field, {}).get("Parameters"))
            for field in ("ItemReader", "ResultWriter")
        ]
        return [*found, (f"{at}/ItemBatcher/BatchInput", state.get("ItemBatcher", {}).get("BatchInput"))]

    def _path(self, text: str, at: str) -> None:
        try:
            paths.compiled(text)
        except paths.InvalidPath:
            self._fault(SCHEMA, "Value is not a valid JSONPath", at)

    def _expression(self, name: str, text: Any, at: str) -> None:
        try:
            if not isinstance(text, str):
                raise paths.InvalidPath(name)
            templates.expression(text, name)
        except (paths.InvalidPath, intrinsics.InvalidIntrinsic):
            words = f"The value for the field '{name}' must be a valid JSONPath or a valid intrinsic function call"
            self._fault(SCHEMA, words, at)

    def _task(self, state: dict[str, Any], at: str, language: str) -> None:
        try:
            resource = resource_of(state["Resource"])
        except (ValueError, AttributeError):
            self._fault(SCHEMA, "Value is not a valid resource ARN", f"{at}/Resource")
            return
        if self.kind == EXPRESS:
            if resource.kind == ACTIVITY:
                self._fault(SCHEMA, "Express state machine does not support Activity ARN", f"{at}/Resource")
                return
            if resource.pattern == WAITS_FOR_TOKEN:
                words = "Express state machine does not support '.waitForTaskToken' service integration "
                self._fault(SCHEMA, words, f"{at}/Resource")
                return
            if resource.pattern != REQUEST:
                words = "Express state machine does not support '.sync' service integration "
                self._fault(SCHEMA, words, f"{at}/Resource")
                return
        if resource.kind == SERVICE:
            problem = services.problem(resource, self._home)
            if problem == services.UNKNOWN:
                words = f"The resource provided {resource.arn} is not recognized. The value is not a valid resource ARN, or the resource is not available in this region."
                self._fault(SCHEMA, words, f"{at}/Resource")
            elif problem:
                self.missing.append(problem)

    def _choice(self, state: dict[str, Any], at: str, language: str) -> None:
        if not _dicts(state["Choices"]):
            self._fault(SCHEMA, "Expected a non-empty array", f"{at}/Choices")
        for place, rule in enumerate(_dicts(state["Choices"])):
            where = f"{at}/Choices[{place}]"
            if "Next" not in rule:
                self._fault(SCHEMA, "These fields are required: [Next]", where)
            if language == "JSONata":
                if "Condition" not in rule:
                    self._fault(SCHEMA, "These fields are required: [Condition]", where)
                continue
            for name, text in templates.expressions(rule.get("Assign")):
                self._expression(name, text, f"{where}/Assign")
            if len([name for name in rule if name in conditions.OPERATORS or name in ("And", "Or", "Not")]) != 1:
                self._fault(SCHEMA, "A Choice rule must have a 'Variable' and exactly one comparison", where)
                continue
            try:
                conditions.compiled(rule)
            except (KeyError, TypeError, ValueError, AttributeError):
                self._fault(SCHEMA, "A Choice rule must have a 'Variable' and exactly one comparison", where)

    def _wait(self, state: dict[str, Any], at: str, language: str) -> None:
        given = [name for name in ("Seconds", "SecondsPath", "Timestamp", "TimestampPath") if name in state]
        if len(given) != 1:
            words = "Exactly one of these fields is required: [Seconds, SecondsPath, Timestamp, TimestampPath]"
            self._fault(SCHEMA, words, at)
            return
        value = state[given[0]]
        if jsonata.is_expression(value):
            return
        if given[0] == "Seconds" and (not isinstance(value, int) or isinstance(value, bool) or value < 0):
            self._fault(SCHEMA, "Expected value of type Integer", f"{at}/Seconds")
        if given[0] == "Timestamp" and (not isinstance(value, str) or seconds(value) is None):
            self._fault(SCHEMA, "Expected a valid ISO-8601 timestamp", f"{at}/Timestamp")

    def _parallel(self, state: dict[str, Any], at: str, language: str) -> None:
        for place, branch in enumerate(state["Branches"] or ()):
            self._flow(branch, f"{at}/Branches[{place}]", language)

    def _map(self, state: dict[str, Any], at: str, language: str) -> None:
        field = "ItemProcessor" if "ItemProcessor" in state else "Iterator"
        if field not in state:
            self._fault(SCHEMA, "These fields are required: [ItemProcessor]", at)
            return
        if self.kind == EXPRESS and state[field].get("ProcessorConfig", {}).get("Mode") == "DISTRIBUTED":
            self._fault(
                SCHEMA,
                "Express state machine does not support 'DISTRIBUTED' mode",
                f"{at}/{field}/ProcessorConfig/Mode",
            )
        self.missing += item_readers.missing(state.get("ItemReader")) + result_writers.missing(
            state.get("ResultWriter")
        )
        self._flow(state[field], f"{at}/{field}", language)

    def _wrong_types(self, wrong: list[field_types.Wrong]) -> None:
        for where, words in wrong:
            self._fault(SCHEMA, words, where)

    def _fault(self, code: str, message: str, location: str) -> None:
        self.found.append(Diagnostic(code or SCHEMA, message, location))


def _targets(state: dict[str, Any]) -> list[str]:
    found = [state.get("Next"), state.get("Default")]
    for group in ("Choices", "Catch"):
        found += [each.get("Next") for each in _dicts(state.get(group))]
    return [name for name in found if isinstance(name, str)]


def _dicts(value: Any) -> list[dict[str, Any]]:
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def _jsonata_texts(state: dict[str, Any], at: str) -> list[tuple[str, str]]:
    """Every expression of a state with its place, not of the states inside."""
    inner = {name: value for name, value in state.items() if name not in ("Branches", "ItemProcessor", "Iterator")}
    found: list[tuple[str, str]] = []

    def walk(value: Any, where: str) -> None:
        if jsonata.is_expression(value):
            found.append((where, value))
        elif isinstance(value, dict):
            for name, each in value.items():
                walk(each, f"{where}/{name}")
        elif isinstance(value, list):
            for place, each in enumerate(value):
                walk(each, f"{where}[{place}]")

    walk(inner, at)
    return found


def canonical(text: str) -> str:
    """Two definitions that differ in spaces only are the same."""
    return json.dumps(json.loads(text), sort_keys=False, separators=(",", ":"))
