"""
How long each module took to import, alone and with what it imported in turn.

The methods of the import system's loaders are wrapped, not the loaders, so `__loader__` and `__spec__` stay what they
were. The wrapper is compiled under the import system's own file name: Python then leaves it out of tracebacks as it
does its own frames.
"""

import importlib._bootstrap_external as machinery
import os
import time
from importlib.machinery import PathFinder

MOST = 3000
_OWN_NAME = "<frozen importlib._bootstrap_external>"
_WRAPPER = """
def exec_module(self, module):
    begin()
    try:
        return original(self, module)
    finally:
        end(module)
"""


def is_wrapper(file, line):
    """Whether a frame of a traceback is the wrapper's and not the import system's own, whose methods begin far below."""
    return file == _OWN_NAME and line <= _WRAPPER.count("\n")


class Imports:
    """Finished imports, innermost first: [module, milliseconds alone, milliseconds in all, file]."""

    def __init__(self):
        self.finished = []
        self._open = []

    def watch(self):
        self._wrap(machinery._LoaderBasics)
        self._wrap(machinery.ExtensionFileLoader)

    def take(self):
        finished, self.finished = self.finished, []
        return finished

    def _wrap(self, loader):
        namespace = {"original": loader.exec_module, "begin": self._begin, "end": self._end}
        exec(compile(_WRAPPER, _OWN_NAME, "exec"), namespace)
        loader.exec_module = namespace["exec_module"]

    def _begin(self):
        self._open.append([time.perf_counter(), 0.0])

    def _end(self, module):
        if not self._open:
            return
        started, inside = self._open.pop()
        took = (time.perf_counter() - started) * 1000
        if self._open:
            self._open[-1][1] += took
        if len(self.finished) < MOST:
            file = getattr(module, "__file__", None) or ""
            self.finished.append([module.__name__, round(took - inside, 3), round(took, 3), file])


class Offer:
    """Finds the AWS SDK, and nothing else, in the platform's own installation: for machines without isolation."""

    def __init__(self, sdk):
        self._sdk = sdk

    def find_spec(self, name, path=None, target=None):
        if name not in self._sdk:
            return None
        return PathFinder.find_spec(name, [os.path.dirname(self._sdk[name])])
