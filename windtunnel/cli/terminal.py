"""What a running cloud tells the terminal, written by a thread: a reader that does not read, or a slow terminal, stops nothing else."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from queue import SimpleQueue
from threading import Thread

import click

MOST_WAITING = 10_000
"""Lines of the log that may wait to be written; later ones are counted and left out."""
LAST_WORDS_S = 1.0


class Terminal:
    """Lines come out in the order in which they were said."""

    def __init__(self, write: Callable[[str], None] | None = None) -> None:
        """`write` takes whole lines and may block; by default they go to standard output, plain where that is no terminal."""
        self._write = write or _to_standard_output()
        self._waiting: SimpleQueue[Callable[[], str] | None] = SimpleQueue()
        self._left_out = 0
        self._thread = Thread(target=self._run, name="terminal", daemon=True)
        self._thread.start()

    def say(self, text: str) -> None:
        """What people must see; never left out."""
        self._waiting.put(lambda: text)

    def show(self, made: Callable[[], str]) -> None:
        """A line of the log, made in the thread; left out when nobody reads. Empty: nothing."""
        if self._waiting.qsize() >= MOST_WAITING:
            self._left_out += 1
        else:
            self._waiting.put(made)

    def close(self) -> None:
        """Returns when all has been written, or soon where nobody reads it."""
        self._waiting.put(None)
        self._thread.join(LAST_WORDS_S)

    def _run(self) -> None:
        try:
            while (made := self._waiting.get()) is not None:
                if text := made():
                    self._write(text + "\n")
                if self._left_out and self._waiting.empty():
                    count, self._left_out = self._left_out, 0
                    self._write(
                        f"({count} lines of the log are not shown here: they came faster than they were read)\n"
                    )
        except BrokenPipeError:
            return


def _to_standard_output() -> Callable[[str], None]:
    """By the descriptor: a thread that hangs in Python's own buffer could not be left behind at the end."""
    sys.stdout.flush()
    try:
        descriptor = sys.stdout.fileno()
    except OSError:
        return lambda text: click.echo(text, nl=False)
    plain = not sys.stdout.isatty()

    def write(text: str) -> None:
        data = (click.unstyle(text) if plain else text).encode("utf-8", "replace")
        while data:
            data = data[os.write(descriptor, data) :]

    return write
