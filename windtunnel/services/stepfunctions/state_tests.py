"""
TestState: one state alone, with what it is given, without an execution; its task may be mocked.

AWS: step-functions/latest/dg/test-state-isolation.html
"""

from __future__ import annotations

from typing import Any

import msgspec
from msgspec.structs import replace

from windtunnel.aws import timestamps
from windtunnel.aws.errors import ApiError, NotImplementedHere
from windtunnel.services.stepfunctions import definitions, mocks
from windtunnel.services.stepfunctions.integrations import calls
from windtunnel.services.stepfunctions.integrations.callers import Caller
from windtunnel.services.stepfunctions.language import failures, machines, retries
from windtunnel.services.stepfunctions.language.dataflow import JsonPathFlow
from windtunnel.services.stepfunctions.language.failures import StateFailed
from windtunnel.services.stepfunctions.language.forks import Map
from windtunnel.services.stepfunctions.language.outcomes import Branches, Items, Leave, Sleep, Work
from windtunnel.services.stepfunctions.language.scopes import Scope, text_of
from windtunnel.services.stepfunctions.language.states import State
from windtunnel.services.stepfunctions.resource_arns import ACTIVITY, FUNCTION, REQUEST, resource_of
from windtunnel.services.stepfunctions.tables import StepTables

UNNAMED = "StateName"
_FORKS = ("Map", "Parallel")
_SUPPORTED = "[Task, Wait, Pass, Succeed, Fail, Choice]"


class StateTests(StepTables):
    inert = {"TestState.revealSecrets": "Requests over HTTP are not tested here, so there are no secrets to show."}

    async def test_state(
        self, ctx, definition, roleArn=None, input="{}", inspectionLevel="INFO", variables=None, stateName=None, mock=None,
        context=None, stateConfiguration=None,
    ):  # fmt: skip
        name, fields, speaks_jsonata = self._fields(definition, stateName)
        settings = stateConfiguration or {}
        mocked = mocks.checked(mock, fields) if mock else None
        if mock is None and fields["Type"] in _FORKS:
            words = (
                f"TestState API does not support Map or Parallel states. Supported state types include: {_SUPPORTED}"
            )
            raise ApiError("InvalidDefinition", words)
        if mock is None and fields["Type"] == "Task" and not roleArn:
            raise ApiError("ValidationException", "RoleArn must be specified when testing a Task state")
        state = machines.state(name, fields, speaks_jsonata)
        given = _json(input, "input")
        retry_count = settings.get("retrierRetryCount", 0)
        made = mocks.context(context, fields) if context else self._context(state, given, roleArn, retry_count)
        scope = Scope(given, _json(variables, "variables") if variables else {}, lambda: made, self.home)
        test = Test(state, scope, mocked, settings, retry_count, bool(variables))
        answer = await test.run(self, roleArn or "")
        if inspectionLevel == "INFO":
            answer.pop("inspectionData")
        return answer

    def _fields(self, text: str, name: str | None) -> tuple[str, dict[str, Any], bool]:
        """The state that is meant: the definition itself, or one of its states."""
        definition = definitions.parsed(text)
        if "States" not in definition:
            language = definition.get("QueryLanguage", "JSONPath")
            whole = {"StartAt": name or UNNAMED, "States": {name or UNNAMED: definition}}
            self._check({**whole, "QueryLanguage": language})
            return name or UNNAMED, definition, language == "JSONata"
        found = _found(definition, name or definition["StartAt"], definition.get("QueryLanguage", "JSONPath"))
        if found is None:
            raise ApiError("ValidationException", f"State '{name}' does not exist in the definition")
        self._check(definition)
        fields, language = found
        return name or definition["StartAt"], fields, language == "JSONata"

    def _check(self, definition: dict[str, Any]) -> None:
        """Faults of the state itself: where it leads to does not matter alone."""
        found = [
            each
            for each in definitions.diagnostics(text_of(definition), "STANDARD", self.home)
            if each.code != definitions.TARGET
        ]
        if found:
            raise definitions.invalid(found)

    def _context(self, state: State, given: Any, role: str | None, retry_count: int) -> dict[str, Any]:
        machine, execution = self.ids.uuid(), self.ids.uuid()
        now = timestamps.iso_milliseconds(self.clock.now())
        shown: dict[str, Any] = {"Name": state.name, "EnteredTime": now}
        if state.kind in ("Task", *_FORKS):
            shown["RetryCount"] = retry_count
        return {
            "Execution": {
                "Id": self.home.arn("states", f"express:{machine}:{execution}"),
                "Input": given,
                "Name": execution,
                "RoleArn": role,
                "StartTime": now,
            },
            "State": shown,
            "StateMachine": {"Id": self.home.arn("states", f"stateMachine:{machine}"), "Name": machine},
        }


class Test:
    """One state on its way through its stages; `seen` is what the inspection shows of them."""

    __test__ = False

    def __init__(
        self, state: State, scope: Scope, mocked: Any, settings: dict[str, Any], retry_count: int, has_variables: bool
    ) -> None:
        self.state = state
        self.scope = scope
        self.mocked = mocked
        self.settings = settings
        self.retry_count = retry_count
        self.seen: dict[str, Any] = {"input": text_of(scope.input)}
        if has_variables:
            self.seen["variables"] = text_of(scope.variables)

    async def run(self, noun: StateTests, role: str) -> dict[str, Any]:
        state, scope = self.state, self.scope
        try:
            self._see_arguments()
            outcome = state.begin(scope, noun.clock.now())
            if isinstance(outcome, Leave):
                return self._left(outcome)
            if isinstance(outcome, Sleep):
                return self._left(state.finish(scope, None))
            result = await self._result(outcome, noun, role)
            self._see_result(result)
            return self._left(state.finish(scope, result))
        except StateFailed as failure:
            return self._failed(failure, noun)

    async def _result(self, outcome: Any, noun: StateTests, role: str) -> Any:
        if isinstance(outcome, Items):
            self._see_items(outcome.items)
        if isinstance(self.mocked, StateFailed):
            raise self.mocked
        if isinstance(outcome, (Branches, Items)):
            return self.mocked.value
        assert isinstance(outcome, Work)
        if self.mocked is not None:
            return self.mocked.value
        resource = resource_of(outcome.resource)
        if resource.kind == ACTIVITY or (resource.kind != FUNCTION and resource.pattern != REQUEST):
            raise NotImplementedHere(f"TestState with {outcome.resource} and without a mock")
        if resource.kind != FUNCTION:
            outcome = replace(outcome, payload=calls.fitted(resource, outcome.payload))
        key = noun.home.cloud.credentials.of_function(noun.home.account, outcome.role or role, self.state.name).id
        execution = self.scope.context()["Execution"]["Id"]
        caller = Caller(noun.home, key, "", self.scope.context()["StateMachine"]["Id"], execution)
        return await calls.call(caller, outcome)

    def _see_arguments(self) -> None:
        data = self.state.data
        if isinstance(data, JsonPathFlow):
            if self.state.kind != "Fail":
                self.seen["afterInputPath"] = text_of(data.effective(self.scope))
            if self.state.kind in ("Pass", "Task", "Parallel"):
                self.seen["afterParameters"] = text_of(data.arguments(self.scope))
        elif "Arguments" in self.state.fields:
            self.seen["afterArguments"] = text_of(data.arguments(self.scope))

    def _see_items(self, items: list[Any]) -> None:
        state = self.state
        assert isinstance(state, Map)
        if state.reader is not None and "mapItemReaderData" in self.settings:
            items = _json(self.settings["mapItemReaderData"], "mapItemReaderData")
        if not state.speaks_jsonata and state.reader is None:
            self.seen["afterItemsPath"] = text_of(items)
        limits = state.limits(self.scope)
        self.seen["maxConcurrency"] = limits.at_a_time
        if limits.tolerated:
            self.seen["toleratedFailureCount"] = limits.tolerated
        if limits.tolerated_percentage:
            self.seen["toleratedFailurePercentage"] = limits.tolerated_percentage
        inputs = state.inputs(self.scope, items)
        if state.has_batches:
            self.seen["afterItemBatcher"] = text_of(inputs)
        elif "ItemSelector" in state.fields or ("Parameters" in state.fields and not state.speaks_jsonata):
            self.seen["afterItemSelector"] = text_of(inputs)
        failed = self.settings.get("mapIterationFailureCount", 0)
        share = 100 * failed / len(items) if items else 0
        if (limits.tolerated and failed > limits.tolerated) or (
            limits.tolerated_percentage and share > limits.tolerated_percentage
        ):
            raise StateFailed(failures.TOLERANCE, "The specified tolerated failure threshold was exceeded")

    def _see_result(self, result: Any) -> None:
        data = self.state.data
        if self.state.kind not in _FORKS:
            self.seen["result"] = text_of(result)
        if isinstance(data, JsonPathFlow):
            selected = data.selected(self.scope, result)
            self.seen["afterResultSelector"] = text_of(selected)
            self.seen["afterResultPath"] = text_of(data.combined(self.scope, selected))

    def _left(self, leave: Leave) -> dict[str, Any]:
        if leave.assigned:
            self.seen["variables"] = text_of({**self.scope.variables, **leave.assigned})
        answer = {"output": text_of(leave.output), "inspectionData": self.seen, "status": "SUCCEEDED"}
        return {**answer, **({"nextState": leave.next} if leave.next else {})}

    def _failed(self, failure: StateFailed, noun: StateTests) -> dict[str, Any]:
        state = self.state
        told = {name: text for name, text in (("error", failure.error), ("cause", failure.cause)) if text}
        answer: dict[str, Any] = {**told, "inspectionData": self.seen, "status": "FAILED"}
        counts = [self.retry_count] * len(state.retriers)
        place = retries.wanting(state.retriers, failure, tuple(counts))
        if place >= 0:
            delay = state.retriers[place].delay(self.retry_count, noun.ids)
            self.seen["errorDetails"] = {"retryIndex": place, "retryBackoffIntervalSeconds": int(delay)}
            return {**answer, "status": "RETRIABLE"}
        for index, catcher in enumerate(state.catchers):
            if failures.matches(catcher.errors, failure):
                error = {"Error": failure.error, "Cause": failure.cause}
                output, assigned = state.data.caught(self.scope, catcher.fields, error)
                self.seen["errorDetails"] = {"catchIndex": index}
                if assigned:
                    self.seen["variables"] = text_of({**self.scope.variables, **assigned})
                return {**answer, "output": text_of(output), "nextState": catcher.next, "status": "CAUGHT_ERROR"}
        return answer


def _found(flow: dict[str, Any], name: str, language: str) -> tuple[dict[str, Any], str] | None:
    """The state of this name, wherever it is, and the language that it speaks."""
    language = flow.get("QueryLanguage", language)
    for each, fields in flow.get("States", {}).items():
        own = fields.get("QueryLanguage", language)
        if each == name:
            return fields, own
        for inner in [*fields.get("Branches", ()), fields.get("ItemProcessor"), fields.get("Iterator")]:
            if inner and (found := _found(inner, name, own)) is not None:
                return found
    return None


def _json(text: str, what: str) -> Any:
    try:
        return msgspec.json.decode(text)
    except msgspec.DecodeError:
        if what == "input":
            words = "Invalid State Machine Execution Input: 'Invalid execution input.'"
            raise ApiError("InvalidExecutionInput", words) from None
        raise ApiError("ValidationException", f"{what} must be valid JSON") from None
