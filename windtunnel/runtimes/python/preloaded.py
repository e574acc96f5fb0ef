"""Modules that the fork server imports before it knows the function, and how the function comes by them."""

import builtins
import os
import sys
from importlib.machinery import ModuleSpec

_NOTHING = frozenset()
_LIBRARY = "/python%d.%d/" % sys.version_info[:2]


class Preloaded:
    """
    A finder of modules that the fork server imported before the function was known. The function finds them not
    imported yet; the one that it asks for comes at once, with all that this one uses, and each is reported with the
    time it took then. A module is given once: who removes it and imports it again gets a new one. The modules of the AWS
    SDK come together.
    """

    def __init__(self, imports, names, finished, using):
        """
        Takes these modules out of `sys.modules`. `finished` are the facts of their imports, `using` says what each of
        them asked for.
        """
        self._imports = imports
        self._finished = finished
        self._modules = {name: sys.modules.pop(name) for name in names}
        self._specs = {name: module.__spec__ for name, module in self._modules.items()}
        self._offered = set(self._modules)
        self._families = {}
        """The modules of each package, as many as are looked at in every environment: what is touched is copied there."""
        for name in self._modules:
            self._families.setdefault(name.partition(".")[0], set()).add(name)
        for name, module in self._modules.items():
            within, child = self._package(name)
            if within.get(child) is module:
                del within[child]
        sdk = {name for name, module in self._modules.items() if not _is_standard(module)}
        self._uses = {name: using.get(name, set()) | {name.rpartition(".")[0]} for name in self._modules}
        for name in sdk:
            self._uses[name] |= sdk

    def __contains__(self, name):
        return name in self._offered

    def give_way(self, folders):
        """Offer nothing that one of these folders has: it comes before the interpreter's own library."""
        for folder in folders:
            if os.path.isdir(folder):
                for entry in os.listdir(folder):
                    self._offered -= self._families.get(entry.partition(".")[0], _NOTHING)

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
            within, child = self._package(name)
            within.setdefault(child, self._modules[name])
        self._imports.finished.extend(fact for fact in self._finished if fact[0] in come)

    def _coming_with(self, name):
        come, asked = {name}, [name]
        for each in asked:
            new = self._uses[each] & self._offered - come
            come |= new
            asked.extend(new)
        return come

    def _package(self, name):
        """The names of the package that a module is in, nobody's where it is in none, and its own name there."""
        parent, _, child = name.rpartition(".")
        package = self._modules.get(parent) or sys.modules.get(parent)
        return ({} if package is None else vars(package)), child


def _is_standard(module):
    """Of the interpreter's own library; where that lies may have another name now than when it was started."""
    file = getattr(module, "__file__", None) or _LIBRARY
    return _LIBRARY in file and not any(
        place in file for place in ("/site-packages/", "/dist-packages/", "/var/runtime/")
    )


class Using:
    """Notes, while it is entered, which modules each module asks for."""

    def __init__(self):
        self.by = {}

    def __enter__(self):
        self._import = builtins.__import__
        builtins.__import__ = self._noting
        return self

    def __exit__(self, *error):
        builtins.__import__ = self._import

    def _noting(self, name, globals=None, locals=None, fromlist=(), level=0):
        module = self._import(name, globals, locals, fromlist, level)
        if globals is not None:
            of = self.by.setdefault(globals.get("__name__"), set())
            if level:
                package = globals.get("__package__") or ""
                name = ".".join(package.split(".")[: len(package.split(".")) + 1 - level] + ([name] if name else []))
            of.add(name)
            of.update("%s.%s" % (name, each) for each in fromlist or ())
        return module
