"""An engine of one's own for a test: functions from source text, their outcomes, their log, their facts."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from textwrap import dedent
from typing import Any

from windtunnel.engine.host import Host
from windtunnel.engine.interpreters import of_this_machine
from windtunnel.engine.log import LogEvent
from windtunnel.engine.pool import Engine
from windtunnel.engine.process import ProcessHost
from windtunnel.engine.spec import Invocation, Outcome, Spec
from windtunnel.kernel import surroundings
from windtunnel.kernel.clock import Clock, RealClock
from windtunnel.kernel.ids import Ids
from windtunnel.kernel.recorder import Recorder

RUNTIME = f"python{sys.version_info[0]}.{sys.version_info[1]}"
Sink = Callable[[Spec, list[LogEvent]], Any]


class Laboratory:
    """Everything is real but the clock, if one is given. `close` before the loop ends."""

    def __init__(
        self,
        folder: Path,
        clock: Clock | None = None,
        host: Callable[[Any], Host] | None = None,
        sink: Sink | None = None,
        **options: Any,
    ) -> None:
        self.folder = folder
        self.clock = clock or RealClock()
        self.ids = Ids()
        self.recorder = Recorder(self.clock)
        self.log: list[str] = []
        self.name = f"windtunnel-test-{surroundings.process_id()}-{self.ids.hex(8)}"
        self.interpreters = of_this_machine()
        self.host: Any = (
            host(self)
            if host
            else ProcessHost(
                self.clock, self.ids, self.recorder, self.interpreters, sink or self.keep, self.name, **options
            )
        )
        self.engine = Engine(self.clock, self.recorder, self.host)
        self._made = 0

    def spec(self, source: str, files: dict[str, str] | None = None, **changes: Any) -> Spec:
        """A function whose module `index` has this source."""
        self._made += 1
        code = self.folder / f"code-{self._made}"
        code.mkdir()
        for name, content in {"index.py": source, **(files or {})}.items():
            (code / name).parent.mkdir(parents=True, exist_ok=True)
            (code / name).write_text(dedent(content))
        name = f"function-{self._made}"
        values: dict[str, Any] = {
            "function_arn": f"arn:aws:lambda:us-east-1:000000000000:function:{name}",
            "name": name,
            "version": "$LATEST",
            "runtime": RUNTIME,
            "handler": "index.handler",
            "code": str(code),
            "log_group": f"/aws/lambda/{name}",
            "log_stream": "2026/01/01/[$LATEST]0123456789abcdef0123456789abcdef",
        }
        return Spec(**{**values, **changes})

    def invocation(self, event: Any = None, **members: Any) -> Invocation:
        return Invocation(payload=json.dumps(event).encode(), request_id=self.ids.uuid(), **members)

    async def invoke(self, spec: Spec, event: Any = None, **members: Any) -> Outcome:
        return await self.engine.invoke(spec, self.invocation(event, **members))

    def text(self) -> str:
        return "".join(self.log)

    async def close(self) -> None:
        await self.engine.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def keep(self, spec: Spec, events: list[LogEvent]) -> None:
        self.log.extend(text for _, text in events)
