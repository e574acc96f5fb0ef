"""
How long each module took to import, alone and with what it imported in turn.

The methods of the import system's loaders are wrapped, not the loaders, so `__loader__` and `__spec__` stay what they
were. The wrapper is compiled under the import system's own file name: Python then leaves it out of tracebacks as it
does its own frames.
"""

import importlib._bootstrap_external as machinery
import os
import sys
import time
from importlib.machinery import ModuleSpec, PathFinder

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


class Preloaded:
    """
    A finder of modules that the fork server imported before the function was known. The function finds them not
    imported yet; the one that it asks for comes at once, with all that this one uses, and each is reported with the
    time it took then. A module is given once: who removes it and imports it again gets a new one.
    """

    def __init__(self, imports, names, finished):
        """Takes these modules out of `sys.modules`; `finished` are the facts of their imports."""
        self._imports = imports
        self._finished = finished
        self._modules = {name: sys.modules.pop(name) for name in names}
        self._specs = {name: module.__spec__ for name, module in self._modules.items()}
        self._offered = set(self._modules)
        for name, module in self._modules.items():
            parent, child = self._place(name)
            if vars(parent).get(child) is module:
                delattr(parent, child)
        known = {id(module): name for name, module in self._modules.items()}
        self._uses = {name: _used_by(name, module, known) for name, module in self._modules.items()}

    def __contains__(self, name):
        return name in self._offered

    def give_way(self, folders):
        """Offer nothing that one of these folders has: it comes before the interpreter's own library."""
        found = set()
        for folder in folders:
            if os.path.isdir(folder):
                found.update(entry.partition(".")[0] for entry in os.listdir(folder))
        self._offered = {name for name in self._offered if name.partition(".")[0] not in found}

    def find_spec(self, name, path=None, target=None):
        if name not in self._offered:
            return None
        return ModuleSpec(name, self, is_package=hasattr(self._modules[name], "__path__"))

    def create_module(self, spec):
        return self._modules[spec.name]

    def exec_module(self, module):
        module.__spec__ = self._specs[module.__name__]
        module.__loader__ = module.__spec__.loader
        come = self._coming_with(module.__name__)
        self._offered -= come
        for name in come:
            sys.modules.setdefault(name, self._modules[name])
        for name in come:
            parent, child = self._place(name)
            vars(parent).setdefault(child, self._modules[name])
        self._imports.finished.extend(fact for fact in self._finished if fact[0] in come)

    def _coming_with(self, name):
        come, asked = {name}, [name]
        for each in asked:
            new = self._uses[each] & self._offered - come
            come |= new
            asked.extend(new)
        return come

    def _place(self, name):
        """The package that a module is in, or that one itself, and its name there."""
        parent, _, child = name.rpartition(".")
        return self._modules.get(parent) or sys.modules.get(parent) or self._modules[name], child


def _used_by(name, module, known):
    """Which of the known modules another one holds, or has something from; the package that it is in too."""
    uses = {name.rpartition(".")[0]}
    for value in list(vars(module).values()):
        uses.add(known.get(id(value)))
        if isinstance(value, (type, type(_used_by))):
            uses.add(value.__module__)
    return uses & set(known.values()) - {name}


class Offer:
    """Finds the AWS SDK, and nothing else, in the platform's own installation: for machines without isolation."""

    def __init__(self, sdk):
        self._sdk = sdk

    def find_spec(self, name, path=None, target=None):
        if name not in self._sdk:
            return None
        return PathFinder.find_spec(name, [os.path.dirname(self._sdk[name])])
