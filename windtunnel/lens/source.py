"""The Python source of a function, parsed: what rules ask about code, with `file:line` for every answer."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path

import msgspec

LEFT_OUT = frozenset(["__pycache__", "tests", "test", ".venv", ".aws-sam", "node_modules"])


class Module(msgspec.Struct, frozen=True):
    """A file of the function's own, not of a dependency. `tree` is empty when it does not parse."""

    name: str
    place: str
    tree: ast.Module

    def where(self, node: ast.AST) -> str:
        base, _, offset = self.place.partition("@")
        return f"{base}:{getattr(node, 'lineno', 1) + (int(offset) if offset else 0)}"


class Source(msgspec.Struct, frozen=True, dict=True):
    """All modules of a function; `handler` is `module.function`."""

    modules: tuple[Module, ...]
    handler: str

    @classmethod
    def of_folder(cls, folder: Path | None, handler: str, beside: Path) -> Source:
        """The modules under a folder, named relative to the folder of the template."""
        if folder is None:
            return cls((), handler)
        vendored = {path.name.split("-", 1)[0] for path in folder.glob("*.dist-info")}
        modules = []
        for path in sorted(folder.rglob("*.py")):
            parts = path.relative_to(folder).parts
            if LEFT_OUT.intersection(parts) or parts[0] in vendored:
                continue
            try:
                place = str(path.relative_to(beside.resolve()))
            except ValueError:
                place = str(path)
            modules.append(
                Module(".".join(parts)[:-3], place, _parsed(path.read_text(encoding="utf-8", errors="replace")))
            )
        return cls(tuple(_reached(modules, handler)), handler)

    @classmethod
    def of_text(cls, text: str, handler: str, where: str) -> Source:
        """Inline code, whose lines are counted from where it stands in the template."""
        place, _, line = where.rpartition(":")
        return cls((Module(handler.split(".")[0] or "index", f"{place}@{line}", _parsed(text)),), handler)

    @cached_property
    def handler_module(self) -> Module | None:
        name = self.handler.rpartition(".")[0].replace("/", ".")
        return next((module for module in self.modules if module.name == name), None)

    @cached_property
    def handler_function(self) -> ast.FunctionDef | ast.AsyncFunctionDef | None:
        module = self.handler_module
        return None if module is None else functions_of(module.tree).get(self.handler.rpartition(".")[2])

    def calls(self) -> Iterator[tuple[Module, ast.Call]]:
        for module in self.modules:
            for node in ast.walk(module.tree):
                if isinstance(node, ast.Call):
                    yield module, node


def _reached(modules: list[Module], handler: str) -> list[Module]:
    """The handler's module and what it imports, directly or not; all of them where the handler is not among them."""
    by_name = {module.name.removesuffix(".__init__"): module for module in modules}
    start = handler.rpartition(".")[0].replace("/", ".")
    if start not in by_name:
        return modules
    found: dict[str, Module] = {}
    waiting = [start]
    while waiting:
        name = waiting.pop()
        if name in found or name not in by_name:
            continue
        found[name] = by_name[name]
        waiting += _imported(by_name[name].tree, name)
    return [module for module in modules if module in found.values()]


def _imported(tree: ast.Module, name: str) -> list[str]:
    """Names of modules that a module may import: with every parent package, and relative ones resolved."""
    names: list[str] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = name.split(".")[: -node.level] if node.level else []
            module = ".".join([*base, *([node.module] if node.module else [])])
            names += [module, *(f"{module}.{alias.name}".lstrip(".") for alias in node.names)]
    return [".".join(each.split(".")[:n]) for each in names for n in range(1, each.count(".") + 2)]


def _parsed(text: str) -> ast.Module:
    try:
        return ast.parse(text)
    except SyntaxError:
        return ast.Module(body=[], type_ignores=[])


def functions_of(tree: ast.Module) -> dict[str, ast.FunctionDef | ast.AsyncFunctionDef]:
    """Functions at the top of a module, by name."""
    return {node.name: node for node in tree.body if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))}


def dotted(node: ast.AST) -> str:
    """`boto3.client` for the attribute access of that form; empty for anything else."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        base = dotted(node.value)
        return f"{base}.{node.attr}" if base else ""
    return ""


def keyword(call: ast.Call, name: str) -> ast.expr | None:
    return next((each.value for each in call.keywords if each.arg == name), None)


def constant(node: ast.AST | None) -> object:
    """The value of a literal; None for anything that is computed."""
    return node.value if isinstance(node, ast.Constant) else None
