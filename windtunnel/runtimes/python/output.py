"""
What a function process writes: its own output, and between it frames of the runtime, in one pipe, so that their order
is kept.

    any bytes of the function ... MARK kind(1) length(4, big-endian) payload ... any bytes of the function

MARK is a line of random digits that the platform chose for this process. Kinds: `L` a log record, `I` the end of the
initialisation, `E` the end of an invocation whose word of it is too long for a header of its answer (`client.py`); the
payloads of the last two are JSON. `K` a signal with which the process is about to kill itself. `X`, `D` and `N` are the
supervisor's (`supervisor.py`).
"""

import os

_PIPE = 1


class Output:
    def __init__(self, mark):
        self._mark = mark

    def go_on_as(self, mark):
        """Another process's output from now on: this one has been forked."""
        self._mark = mark

    def record(self, text, open_ended=False):
        """
        One log record is one event, however many lines it has; without a mark it is lines like any other. Only an
        `open_ended` one has no line end, as AWS's runtime writes failures.
        """
        if not text.endswith("\n") and not (open_ended and self._mark):
            text += "\n"
        data = text.encode("utf-8", "backslashreplace")
        if self._mark:
            self._frame(b"L", data)
        else:
            os.write(_PIPE, data)

    def end(self, kind, facts):
        """`facts` in JSON."""
        if self._mark:
            self._frame(kind, facts.encode())

    def tell(self, kind, payload):
        """Bytes as they are."""
        self._frame(kind, payload)

    def _frame(self, kind, payload):
        data = b"".join((self._mark, kind, len(payload).to_bytes(4, "big"), payload))
        written = os.write(_PIPE, data)
        while written < len(data):
            written += os.write(_PIPE, data[written:])
