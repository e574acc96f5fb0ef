"""Which messages of a batch failed, as a function says it. For mappings and pipes from queues.

AWS: https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html
"""

from __future__ import annotations

import json


def reported(payload: bytes, ids: list[str], fifo: bool) -> frozenset[str]:
    """The ids that an answer reports as failed, with those behind them in a FIFO queue; all where the report makes no sense."""
    try:
        answer = json.loads(payload or b"null")
    except ValueError:
        return frozenset(ids)
    if answer is None or answer == "" or (isinstance(answer, dict) and not answer.get("batchItemFailures")):
        return frozenset()
    if not isinstance(answer, dict) or not isinstance(answer["batchItemFailures"], list):
        return frozenset(ids)
    failed = set()
    for failure in answer["batchItemFailures"]:
        name = failure.get("itemIdentifier") if isinstance(failure, dict) else None
        if not name or name not in ids:
            return frozenset(ids)
        failed.add(name)
    return frozenset(ids[min(ids.index(name) for name in failed) :]) if fifo else frozenset(failed)
