"""The real interpreters of this machine, and which of them runs a Lambda runtime."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable
from pathlib import Path

import msgspec

from windtunnel.kernel import surroundings

_RUNTIME = re.compile(r"(python|nodejs|ruby)(\d+)(?:\.(\d+|x))?$")
_PYTHON = re.compile(r"python3\.(\d+)$")
_ELSEWHERE = {"java": "Java", "dotnet": ".NET", "go": "Go"}
_SOURCES = "pyenv, uv, nvm or rbenv"
OLDEST_MINOR = 8
OLDEST_NODE = 18
OLDEST_RUBY = 3
_USUAL = ("/usr/local/bin", "/usr/bin", "/opt/homebrew/bin")
_MANAGED = (".pyenv/versions/*/bin", ".local/share/uv/python/*/bin", ".asdf/installs/python/*/bin")
_MANAGED_RUBY = (".rbenv/versions/*/bin", ".asdf/installs/ruby/*/bin", ".rubies/*/bin")
_MANAGED_NODE = (".nvm/versions/node/*/bin", ".asdf/installs/nodejs/*/bin", ".volta/tools/image/node/*/bin")


class Interpreter(msgspec.Struct, frozen=True):
    language: str
    version: tuple[int, int]
    path: str
    """The program itself: no link, no shim."""

    @property
    def label(self) -> str:
        return f"{self.language} {self.version[0]}" + (f".{self.version[1]}" if self.language != "nodejs" else "")


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
        self._others: dict[str, list[Interpreter]] = {}

    @property
    def nodes(self) -> list[Interpreter]:
        return self._found("nodejs", "node", OLDEST_NODE)

    @property
    def rubies(self) -> list[Interpreter]:
        return self._found("ruby", "ruby", OLDEST_RUBY)

    def choose(self, runtime: str) -> Choice:
        """Raises LookupError, with what to do, when this machine has nothing that comes near."""
        matched = _RUNTIME.match(runtime)
        if matched is None:
            raise LookupError(_refusal(runtime))
        language, major, minor = matched.groups()
        found = {"python": self.pythons, "nodejs": self.nodes, "ruby": self.rubies}[language]
        return self._nearest(runtime, found, (int(major), int(minor or 0) if minor != "x" else 0))

    @staticmethod
    def _nearest(runtime: str, found: list[Interpreter], wanted: tuple[int, int]) -> Choice:
        """Pythons of another major version are another language; of Node.js the major version is all that counts."""
        if runtime.startswith("nodejs"):
            known = {(i.version[0], 0): i for i in found}
        else:
            known = {i.version: i for i in found if i.version[0] == wanted[0] or runtime.startswith("ruby")}
        if exact := known.get(wanted):
            return Choice(exact)
        if not known:
            raise LookupError(f"No interpreter for {runtime} was found. Install one, for instance with {_SOURCES}.")
        near = min(known, key=lambda v: (abs(v[0] - wanted[0]), abs(v[1] - wanted[1]), -v[0], -v[1]))
        nearest = known[near]
        return Choice(nearest, f"{runtime} is not installed; {nearest.label} runs it instead.")

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

    def _found(self, language: str, program: str, oldest: int) -> list[Interpreter]:
        if language not in self._others:
            found: dict[str, Interpreter] = {}
            for folder in self._folders:
                file = (folder / program).resolve()
                if _is_program(file) and (version := _version_of(file)) and version[0] >= oldest:
                    found.setdefault(str(file), Interpreter(language, version, str(file)))
            self._others[language] = sorted(found.values(), key=lambda i: i.version)
        return self._others[language]


def of_this_machine() -> Interpreters:
    """Of several Pythons of one version it is the one that the platform itself runs on."""
    own = Path(sys.base_prefix) / "bin"
    return Interpreters(surroundings.search_path(), str(surroundings.home()), [str(own)])


def _refusal(runtime: str) -> str:
    language = next((name for start, name in _ELSEWHERE.items() if runtime.startswith(start)), "")
    if not language:
        return f"Runtime {runtime or 'of a container image'} cannot be run here: there are Python, Node.js, Ruby and provided runtimes."
    return f"Functions in {language} ({runtime}) cannot be run here: there are Python, Node.js, Ruby and provided runtimes."


def _existing(path: Iterable[str], home: Path, first: Iterable[str]) -> list[Path]:
    managed = [
        folder
        for pattern in _MANAGED + _MANAGED_NODE + _MANAGED_RUBY
        for folder in sorted(home.glob(pattern), reverse=True)
    ]
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


def _version_of(file: Path) -> tuple[int, int] | None:
    """From the folder that version managers use, else by asking the program."""
    import subprocess

    text = file.parent.parent.name
    if not re.match(r"(ruby-|v)?\d+\.\d+\.\d+$", text):
        try:
            asked = subprocess.run([str(file), "--version"], capture_output=True, text=True, timeout=5, check=False)
        except (OSError, subprocess.TimeoutExpired):
            return None
        text = asked.stdout
    matched = re.search(r"(\d+)\.(\d+)\.\d+", text)
    return (int(matched[1]), int(matched[2])) if matched else None
