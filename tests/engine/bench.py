"""The laboratory for tests that read from top to bottom: each call runs the event loop until it is answered."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Coroutine
from pathlib import Path
from types import TracebackType
from typing import Any, TypeVar

from tests.engine.laboratory import Laboratory
from windtunnel.engine.host import Environment
from windtunnel.engine.spec import Outcome, Spec

T = TypeVar("T")
PATIENCE_S = 20


class Bench:
    """`with Bench(folder, **options of Laboratory)`; everything is closed at the end, in order."""

    def __init__(self, folder: Path, **options: Any) -> None:
        self._loop = asyncio.new_event_loop()
        self.folder = folder
        folder.mkdir(exist_ok=True)
        self.laboratory = Laboratory(folder, **options)
        self.spec = self.laboratory.spec
        self.engine = self.laboratory.engine
        self.recorder = self.laboratory.recorder

    def __enter__(self) -> Bench:
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self.run(self.laboratory.close())
        self._loop.close()

    def run(self, coroutine: Coroutine[Any, Any, T]) -> T:
        return self._loop.run_until_complete(asyncio.wait_for(coroutine, PATIENCE_S))

    def invoke(self, spec: Spec, event: Any = None, **members: Any) -> Outcome:
        return self.run(self.laboratory.invoke(spec, event, **members))

    def answer(self, spec: Spec, event: Any = None, **members: Any) -> Any:
        """What the function returned; an invocation that failed fails the test."""
        outcome = self.invoke(spec, event, **members)
        assert outcome.status == "success", outcome
        return json.loads(outcome.payload)

    def error(self, spec: Spec, event: Any = None, **members: Any) -> Any:
        """What the function's failure looks like to its caller."""
        outcome = self.invoke(spec, event, **members)
        assert outcome.error == "Unhandled", outcome
        return json.loads(outcome.payload)

    def invoke_in(self, environment: Environment, event: Any = None, **members: Any) -> Outcome:
        return self.run(environment.invoke(self.laboratory.invocation(event, **members)))

    def log(self, spec: Spec, event: Any = None) -> str:
        """The whole log of a new environment with one invocation."""
        self.invoke(spec, event)
        self.run(self.engine.retire(spec.function_arn))
        return self.laboratory.text()
