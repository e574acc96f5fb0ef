"""The Task state: what it wants to have done, by whom, and for how long it waits."""

from __future__ import annotations

from typing import Any

from windtunnel.services.stepfunctions.language import jsonata, retries, templates
from windtunnel.services.stepfunctions.language.failures import runtime
from windtunnel.services.stepfunctions.language.numbers import number, path_value, plain
from windtunnel.services.stepfunctions.language.outcomes import Work
from windtunnel.services.stepfunctions.language.scopes import Scope
from windtunnel.services.stepfunctions.language.states import State


class Task(State):
    kind = "Task"

    def __init__(self, name: str, fields: dict[str, Any], speaks_jsonata: bool) -> None:
        super().__init__(name, fields, speaks_jsonata)
        self.retriers = retries.retriers(fields)
        self.catchers = retries.catchers(fields)
        self._limits = {field: number(fields, field) for field in ("TimeoutSeconds", "HeartbeatSeconds")}
        credentials = fields.get("Credentials", {})
        self._of_jsonata = jsonata.template(credentials, "Credentials") if speaks_jsonata else None
        self._of_jsonpath = None if speaks_jsonata else templates.compiled(credentials)

    def begin(self, scope: Scope, now: float) -> Work:
        effective = scope.of(self.data.effective(scope))
        timeout = self._seconds("TimeoutSeconds", effective)
        heartbeat = self._seconds("HeartbeatSeconds", effective)
        return Work(
            resource=self.fields["Resource"],
            payload=self.data.arguments(scope),
            timeout_s=timeout,
            heartbeat_s=heartbeat,
            role=self._role(effective),
        )

    def _seconds(self, field: str, scope: Scope) -> float:
        if path := self.fields.get(f"{field}Path"):
            value = path_value(path, f"{field}Path", scope)
            if not isinstance(value, int) or isinstance(value, bool) or value <= 0:
                raise runtime(
                    f"The {field}Path parameter does not reference a positive integer: {path} == {plain(value)}"
                )
            return value
        return self._limits[field](scope)

    def _role(self, scope: Scope) -> str:
        """AWS: step-functions/latest/dg/concepts-access-cross-acct-resources.html"""
        if self._of_jsonata is not None:
            made = self._of_jsonata(scope, {"input": scope.input})
        else:
            assert self._of_jsonpath is not None
            made = self._of_jsonpath(scope)
        return str(made.get("RoleArn", ""))
