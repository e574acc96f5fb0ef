"""What Lambda does with a batch of a queue: invokes the function, reads which messages it could not process.

AWS: https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html
"""

from __future__ import annotations

from typing import Any

import msgspec

from windtunnel.aws.errors import ApiError
from windtunnel.aws.home import Home
from windtunnel.fabric.partial_failures import reported
from windtunnel.fabric.queue_poller import Handled


class QueueBatches:
    """The batches of one mapping; `partial`: the function reports what failed."""

    def __init__(self, home: Home, function_arn: str, partial: bool, fifo: bool) -> None:
        self._home = home
        self._function_arn = function_arn
        self._partial = partial
        self._fifo = fifo

    async def process(self, records: list[dict[str, Any]], trace: str) -> Handled:
        wish = {"FunctionName": self._function_arn, "Payload": msgspec.json.encode({"Records": records})}
        try:
            answer = await self._home.call("lambda", "Invoke", wish, trace=trace)
        except ApiError as problem:
            return Handled(problem.code)
        if answer.get("FunctionError"):
            return Handled("FunctionError")
        if not self._partial:
            return Handled()
        return Handled(failed=reported(answer.get("Payload") or b"", [r["messageId"] for r in records], self._fifo))
