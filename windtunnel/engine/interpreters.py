"""The real interpreters of this machine, and which of them runs a Lambda runtime."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

import msgspec

_RUNTIME = re.compile(r"(python|nodejs)(\d+)(?:\.(\d+|x))?$")
_PYTHON = re.compile(r"python3\.(\d+)$")
_ELSEWHERE = {"java": "Java", "dotnet": ".NET", "ruby": "Ruby", "go": "Go"}
OLDEST_MINOR = 8
OLDEST_NODE = 18
_USUAL = ("/usr/local/bin", "/usr/bin", "/opt/homebrew/bin")
_MANAGED = (".pyenv/versions/*/bin", ".local/share/uv/python/*/bin", ".asdf/installs/python/*/bin")
_MANAGED_NODE = (".nvm/versions/node/*/bin", ".asdf/installs/nodejs/*/bin", ".volta/tools/image/node/*/bin")


class Interpreter(msgspec.Struct, frozen=True):
    language: str
    version: tuple[int, int]
    path: str
    """The program itself: no link, no shim."""

    @property
    def label(self) -> str:
        return f"{self.language} {self.version[0]}" + (f".{self.version[1]}" if self.language == "python" else "")


class Choice(msgspec.Struct, frozen=True):
    """The interpreter for a runtime, and a sentence for the user when it is not of exactly that version."""

    interpreter: Interpreter
    notice: str = ""


class Interpreters:
    """Found once, from the folders given; a runtime is matched without starting anything."""

    def __init__(self, path: Iterable[str], home: str, first: Iterable[str] = ()) -> None:
        """`path` and `home` are the user's; the folders in `first` are preferred to all others."""
        self._folders = _existing(path, Path(home), first)
        self.pythons = self._find_pythons()
        self._nodes: list[Interpreter] | None = None

    @property
    def nodes(self) -> list[Interpreter]:
        if self._nodes is None:
            self._nodes = self._find_nodes()
        return self._nodes

    def choose(self, runtime: str) -> Choice:
        """Raises LookupError, with what to do, when this machine has nothing that comes near."""
        matched = _RUNTIME.match(runtime)
        if matched is None:
            raise LookupError(_refusal(runtime))
        language, major, minor = matched.groups()
        if language == "nodejs":
            return self._nearest(runtime, self.nodes, (int(major), 0))
        return self._nearest(runtime, self.pythons, (int(major), int(minor or 0)))

    @staticmethod
    def _nearest(runtime: str, found: list[Interpreter], wanted: tuple[int, int]) -> Choice:
        python = runtime.startswith("python")
        if exact := next((i for i in found if (i.version if python else (i.version[0], 0)) == wanted), None):
            return Choice(exact)
        near = [i for i in found if not python or i.version[0] == wanted[0]]
        if not near:
            raise LookupError(
                f"No interpreter for {runtime} was found. Install one, for instance with pyenv, uv or nvm."
            )
        axis = 1 if python else 0
        nearest = min(near, key=lambda i: (abs(i.version[axis] - wanted[axis]), -i.version[axis]))
        return Choice(nearest, f"{runtime} is not installed; {nearest.label} at {nearest.path} runs it instead.")

    def _find_pythons(self) -> list[Interpreter]:
        found: dict[tuple[int, int], Interpreter] = {}
        for folder in self._folders:
            for file in sorted(folder.glob("python3.*")):
                matched = _PYTHON.match(file.name)
                if matched is None or int(matched[1]) < OLDEST_MINOR or not _is_program(file):
                    continue
                version = (3, int(matched[1]))
                found.setdefault(version, Interpreter("python", version, str(file.resolve())))
        return [found[version] for version in sorted(found)]

    def _find_nodes(self) -> list[Interpreter]:
        found: dict[str, Interpreter] = {}
        for folder in self._folders:
            file = folder / "node"
            if _is_program(file) and (version := _node_version(file.resolve())) and version[0] >= OLDEST_NODE:
                found.setdefault(str(file.resolve()), Interpreter("nodejs", version, str(file.resolve())))
        return sorted(found.values(), key=lambda i: i.version)


def _refusal(runtime: str) -> str:
    language = next((name for start, name in _ELSEWHERE.items() if runtime.startswith(start)), "")
    if not language:
        return f"Runtime {runtime or 'of a container image'} cannot be run here: there are Python, Node.js and provided runtimes."
    return f"Functions in {language} ({runtime}) cannot be run here: there are Python, Node.js and provided runtimes."


def _existing(path: Iterable[str], home: Path, first: Iterable[str]) -> list[Path]:
    managed = [folder for pattern in _MANAGED + _MANAGED_NODE for folder in sorted(home.glob(pattern), reverse=True)]
    searched = [Path(f) for f in path if not f.rstrip("/").endswith("/shims")]
    folders = [*map(Path, first), *managed, *map(Path, _USUAL), *searched]
    return [folder for folder in dict.fromkeys(folders) if folder.is_dir()]


def _is_program(file: Path) -> bool:
    """A shim is a script; an interpreter is not."""
    try:
        with file.open("rb") as opened:
            return opened.read(2) not in (b"", b"#!")
    except OSError:
        return False


def _node_version(file: Path) -> tuple[int, int] | None:
    """From the folder that version managers use, else by asking the program."""
    import subprocess

    text = file.parent.parent.name.lstrip("v")
    if not re.match(r"\d+\.\d+\.\d+$", text):
        try:
            asked = subprocess.run([str(file), "--version"], capture_output=True, text=True, timeout=5, check=False)
        except (OSError, subprocess.TimeoutExpired):
            return None
        text = asked.stdout.strip().lstrip("v")
    parts = text.split(".")
    return (int(parts[0]), int(parts[1])) if len(parts) >= 2 and parts[0].isdigit() and parts[1].isdigit() else None
