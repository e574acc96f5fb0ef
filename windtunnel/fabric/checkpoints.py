"""How far a reader has got in a shard: everything up to a record is done, whatever the order in which batches came back."""

from __future__ import annotations

from collections import deque
from typing import Any

import msgspec


class Checkpoint(msgspec.Struct, frozen=True, kw_only=True):
    """
    The place of one reader in one shard. `sequence` is the last record of those that are done without a gap, empty while there
    is none; reading then begins with the records that came at `since` or later. The tumbling window is the one that is open.
    """

    reader: str
    shard: str
    sequence: str = ""
    since: float = 0.0
    finished: bool = False
    window_start: float = 0.0
    window_state: dict[str, Any] | None = None


class Progress:
    """Which of the records that were read are done. Costs the same however many are under way."""

    def __init__(self) -> None:
        self._order: deque[str] = deque()
        self._done: set[str] = set()

    def __len__(self) -> int:
        """How many records lie between the checkpoint and the last one that was read."""
        return len(self._order)

    def add(self, sequence: str) -> None:
        self._order.append(sequence)

    def finish(self, sequences: list[str]) -> str:
        """The new checkpoint, empty where it did not move."""
        self._done.update(sequences)
        reached = ""
        while self._order and self._order[0] in self._done:
            reached = self._order.popleft()
            self._done.discard(reached)
        return reached
