"""
The message groups of a FIFO queue: which of them can hand out something now, found without looking at the others.

    group  ──► its messages, in order of their sequence numbers
    ready      groups whose first message is visible, by that message
    hidden     groups whose first message is not, by the time when it will be

Not stored: made from the rows when a queue is first asked for, and kept in step with every change of them.
"""

from __future__ import annotations

import heapq

from windtunnel.kernel.orders import Order, Place
from windtunnel.services.sqs.records import Message


class Groups:
    """Those of one queue."""

    def __init__(self, messages: list[Message], now: float) -> None:
        self._groups: dict[str, Order] = {}
        self._visible_at: dict[str, float] = {}
        self._ready = Order()
        self._place: dict[str, tuple[int, str]] = {}
        self._hidden: list[tuple[float, int, str]] = []
        by_group: dict[str, list[tuple[int, str]]] = {}
        for message in messages:
            by_group.setdefault(message.group, []).append((message.sequence, message.id))
            self._visible_at[message.id] = message.visible_at
        for group, entries in by_group.items():
            self._groups[group] = Order(entries)
            self._settle(group, now)

    def change(self, old: Message | None, new: Message | None, now: float) -> None:
        """A message was added, changed or removed."""
        known = old or new
        assert known is not None
        group = known.group
        if old is None and new is not None:
            self._groups.setdefault(group, Order()).add((new.sequence, new.id))
        if new is None and old is not None:
            self._groups[group].remove((old.sequence, old.id))
            self._visible_at.pop(old.id, None)
            if not len(self._groups[group]):
                del self._groups[group]
        if new is not None:
            self._visible_at[new.id] = new.visible_at
        self._settle(group, now)

    def visible(self, limit: int, now: float) -> list[str]:
        """
        Ids of up to `limit` messages that may be handed out: as many as possible of one group before those of the next. In a group,
        only those before the first that is in flight.

        AWS: AWSSimpleQueueService/latest/SQSDeveloperGuide/FIFO-queues-understanding-logic.html
        """
        self._wake(now)
        found: list[str] = []
        for _, group in self._ready:
            for _, id in self._groups[group]:
                if len(found) == limit or self._visible_at[id] > now:
                    break
                found.append(id)
            if len(found) == limit:
                break
        return found

    def next_visible(self) -> float | None:
        """When the first hidden group can hand out something again, in seconds since the epoch."""
        while self._hidden:
            at, sequence, group = self._hidden[0]
            if self._is_hidden(at, sequence, group):
                return at
            heapq.heappop(self._hidden)
        return None

    def _wake(self, now: float) -> None:
        while self._hidden and self._hidden[0][0] <= now:
            at, sequence, group = heapq.heappop(self._hidden)
            if self._is_hidden(at, sequence, group):
                self._settle(group, now)

    def _is_hidden(self, at: float, sequence: int, group: str) -> bool:
        """Whether an entry of the heap still tells the truth about its group."""
        first = self._first(group)
        return first is not None and first[0] == sequence and self._visible_at[first[1]] == at

    def _settle(self, group: str, now: float) -> None:
        """Put a group where its first message says it belongs."""
        if (place := self._place.pop(group, None)) is not None:
            self._ready.remove(place)
        first = self._first(group)
        if first is None:
            return
        sequence, id = first
        if self._visible_at[id] > now:
            heapq.heappush(self._hidden, (self._visible_at[id], sequence, group))
            return
        self._place[group] = (sequence, group)
        self._ready.add((sequence, group))

    def _first(self, group: str) -> Place | None:
        """Sequence number and id of a group's first message."""
        order = self._groups.get(group)
        return None if order is None else order.first()
