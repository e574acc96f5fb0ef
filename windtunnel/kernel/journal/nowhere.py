"""The journal of a cloud whose state ends with its process, the default: nothing is kept a second time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from windtunnel.kernel.journal import Change, Key, Ticket


class Nowhere:
    """A table is opened once in the life of a process; there is nothing to load then."""

    def append(self, changes: Sequence[Change]) -> Ticket:
        return None

    def tables(self) -> list[str]:
        return []

    def load(self, table: str) -> Iterator[tuple[Key, bytes]]:
        return iter(())

    def close(self) -> None:
        """Nothing is open."""
