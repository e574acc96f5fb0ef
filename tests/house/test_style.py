"""The house rules of the source, checked by machine."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "windtunnel"
FLOORS = {
    "kernel": 0, "aws": 1, "policy": 1, "engine": 2, "fabric": 2, "services": 3, "gateway": 4, "deploy": 4, "lens": 5, "tuning": 5,
    "cost": 5, "simulate": 5, "cloud": 6, "cli": 7, "console": 7, "testing": 7,
}  # fmt: skip
WORLD = {"time", "uuid", "random", "secrets"}
VAGUE = re.compile(r"utils?|helpers?|common|base|managers?|handlers?|impl|v2|misc")
LONGEST = 500
FILES = sorted(PACKAGE.rglob("*.py"))
SCRIPTS = sorted(p for p in (PACKAGE / "runtimes").rglob("*") if p.suffix in (".mjs", ".cjs", ".js", ".rb"))
NAMES = [str(path.relative_to(ROOT)) for path in FILES]


def room(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imports(tree: ast.AST):
    """Every module that is imported anywhere in a file, outside of type checking."""
    checking = {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and getattr(node.test, "id", "") == "TYPE_CHECKING"
        for inner in ast.walk(node)
    }
    for node in ast.walk(tree):
        if id(node) in checking:
            continue
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module


@cache
def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("path", FILES, ids=NAMES)
def test_no_file_is_longer_than_it_may_be(path):
    assert len(path.read_text(encoding="utf-8").splitlines()) <= LONGEST, "look for its second noun"


@pytest.mark.parametrize("path", FILES, ids=NAMES)
def test_a_module_opens_with_a_sentence(path):
    text = ast.get_docstring(parsed(path))

    assert text, "say in one sentence what the module is for"
    assert re.search(r"[.:?!]", text.split("\n\n")[0]), "a sentence ends"


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
def test_a_runtime_in_another_language_keeps_the_same_rules(path):
    text = path.read_text(encoding="utf-8")

    opening = re.match(r"(?:# frozen_string_literal: true\n\n)?(?:/\*\*.*?\*/|(?:#.*\n)+)", text, re.DOTALL)
    assert opening and re.search(r"[.:?!]", opening[0]), "say in one sentence what the file is for"
    assert len(text.splitlines()) <= LONGEST, "look for its second noun"
    assert not VAGUE.fullmatch(path.stem)


@pytest.mark.parametrize("path", FILES, ids=NAMES)
def test_imports_point_down(path):
    own = room(path)
    if own in ("runtimes", "__init__"):
        assert not [name for name in imports(parsed(path)) if name.startswith("windtunnel") and ".runtimes" not in name]
        return
    for name in imports(parsed(path)):
        parts = name.split(".")
        if parts[0] != "windtunnel" or len(parts) < 2 or parts[1] in ("runtimes", own):
            continue
        assert parts[1] in FLOORS, f"{name}: which room is that?"
        assert FLOORS[parts[1]] < FLOORS[own], f"{own} imports {name}, which is not below it"


@pytest.mark.parametrize(
    "path", [p for p in FILES if room(p) == "services"], ids=[n for n in NAMES if "/services/" in n]
)
def test_a_service_imports_no_other_service(path):
    parts = path.relative_to(PACKAGE / "services").parts
    if len(parts) < 2:
        return
    foreign = [n for n in imports(parsed(path)) if n.startswith("windtunnel.services.") and n.split(".")[2] != parts[0]]
    assert not foreign


@pytest.mark.parametrize("path", [p for p in FILES if room(p) not in ("kernel", "runtimes")], ids=str)
def test_only_the_kernel_reads_the_world(path):
    tree = parsed(path)
    used = {name.split(".")[0] for name in imports(tree)} & WORLD
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            if node.value.id == "os" and node.attr in ("environ", "getenv", "urandom"):
                used.add(f"os.{node.attr}")
            if node.value.id in ("datetime", "date") and node.attr in ("now", "utcnow", "today"):
                used.add(f"{node.value.id}.{node.attr}")
    assert not used, "ask the clock, the ids or kernel.surroundings"


@pytest.mark.parametrize("path", FILES, ids=NAMES)
def test_names_say_what_a_file_is_about(path):
    stem = path.stem
    assert not VAGUE.fullmatch(stem)


@pytest.mark.parametrize("path", [p for p in FILES if room(p) != "runtimes"], ids=str)
def test_a_module_keeps_no_state(path):
    """No `global`, and no empty container at the top that somebody would fill."""
    tree = parsed(path)
    assert not [node for node in ast.walk(tree) if isinstance(node, ast.Global)]
    for node in tree.body:
        value = getattr(node, "value", None)
        if isinstance(node, (ast.Assign, ast.AnnAssign)) and isinstance(value, (ast.Dict, ast.List, ast.Set)):
            target = node.targets[0] if isinstance(node, ast.Assign) else node.target
            if getattr(target, "id", "").lstrip("_").startswith("NO_"):
                continue  # a named emptiness
            assert getattr(value, "elts", None) or getattr(value, "keys", None), (
                f"line {node.lineno}: empty container at the top"
            )


@pytest.mark.parametrize("path", [p for p in FILES if room(p) != "runtimes"], ids=str)
def test_nothing_is_swallowed(path):
    """A bare `except:` or `except Exception: pass` hides bugs."""
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.ExceptHandler):
            assert node.type is not None, f"line {node.lineno}: bare except"
            broad = getattr(node.type, "id", "") in ("Exception", "BaseException")
            assert not (broad and len(node.body) == 1 and isinstance(node.body[0], ast.Pass)), f"line {node.lineno}"


def test_the_runtimes_import_nothing_of_the_platform():
    for path in (PACKAGE / "runtimes").rglob("*.py"):
        foreign = [
            n for n in imports(parsed(path)) if n.startswith("windtunnel.") and not n.startswith("windtunnel.runtimes")
        ]
        assert not foreign, path
