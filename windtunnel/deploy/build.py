"""From a source folder to a deployment package: dependencies installed, files zipped the same way every time.

Dependencies are kept by the hash of what asks for them, so that only a changed requirements.txt costs an installation.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

from windtunnel.deploy import node_build, tools
from windtunnel.deploy.archive import Archive, TooManyFiles
from windtunnel.deploy.drafts import drafted
from windtunnel.deploy.template import TemplateError
from windtunnel.kernel import surroundings

LEFT_OUT = frozenset(
    {"__pycache__", ".git", ".venv", ".pytest_cache", ".mypy_cache", ".ruff_cache", ".aws-sam", ".DS_Store", "4913"}
)
INSTALL_TIMEOUT_S = 300
MOST_CHANGED = 50
"""Beyond this, somebody has done more than to save files, and all is looked at again."""
_LEFT_OUT_ENDS = (".pyc", ".swp", ".swx", "~")


class Packager:
    """Makes the packages of one application. What has not changed since the last one is neither read nor compressed again."""

    def __init__(self, cache: Path) -> None:
        self._cache = cache
        self._archive = Archive()
        self._listings: dict[Path, dict[str, str]] = {}

    async def package(
        self,
        folder: Path,
        runtime: str,
        under: str = "",
        changed: frozenset[Path] | None = None,
        recipe: dict[str, Any] | None = None,
    ) -> bytes:
        """
        The zip file for a folder of source, a single file, or a zip file that is there already. `under` is a folder inside
        the package for everything (`python` for layers that SAM builds). `changed` is all that has changed below the folder
        since the last time, where somebody has watched; `recipe` is the Metadata that says how to build. Raises TemplateError
        when dependencies cannot be installed or a bundle cannot be made.
        """
        if folder.is_file() and folder.suffix in (".zip", ".jar"):
            return folder.read_bytes()
        method = (recipe or {}).get("BuildMethod")
        if method == "makefile" or (method == "esbuild" and runtime.startswith("nodejs")):
            return await self._built(folder, method, recipe or {})
        installed = None
        wanted = folder / "requirements.txt"
        if runtime.startswith("python") and wanted.is_file() and _asks_for_something(wanted):
            installed = await _dependencies(wanted, runtime, self._cache)
        elif runtime.startswith("nodejs") and folder.is_dir():
            installed = await node_build.dependencies(folder, self._cache)
        return await asyncio.to_thread(self._zipped, folder, installed, under, changed)

    async def _built(self, folder: Path, method: str, recipe: dict[str, Any]) -> bytes:
        with tempfile.TemporaryDirectory(prefix="windtunnel-build-") as name:
            place = Path(name)
            if method == "makefile":
                await _make(folder, recipe, place)
            else:
                await node_build.bundle(folder, recipe, place, self._cache)
            try:
                return await asyncio.to_thread(self._zipped, place, None, "", None)
            finally:
                self._listings.pop(place, None)

    def forget(self) -> None:
        """Not all that changed has become known: everything is looked at again."""
        self._listings.clear()

    def _zipped(self, folder: Path, installed: Path | None, under: str, changed: frozenset[Path] | None) -> bytes:
        try:
            return self._made(folder, installed, under, changed)
        except FileNotFoundError:  # it went while we looked
            return self._made(folder, installed, under, None)
        except TooManyFiles as problem:
            raise TemplateError(str(problem), str(folder)) from None

    def _made(self, folder: Path, installed: Path | None, under: str, changed: frozenset[Path] | None) -> bytes:
        own = self._listings.get(folder)
        if (
            own is None
            or changed is None
            or len(changed) > MOST_CHANGED
            or not _brought_up_to_date(own, folder, changed)
        ):
            changed = None
            own = self._listings[folder] = {folder.name: str(folder)} if folder.is_file() else listed(folder)
        files = own
        if installed is not None:  # kept by its contents: it does not change
            if installed not in self._listings:
                self._listings[installed] = listed(installed)
            files = {**self._listings[installed], **own}
        prefix = f"{under}/" if under else ""
        entries = ((prefix + name, path) for name, path in files.items())
        return self._archive.zipped(entries, None if changed is None else frozenset(map(str, changed)))


def listed(folder: Path) -> dict[str, str]:
    """What belongs into a package of this folder: name to path."""
    found: dict[str, str] = {}
    waiting = [("", str(folder))]
    while waiting:
        prefix, place = waiting.pop()
        with os.scandir(place) as entries:
            for entry in entries:
                if not is_packaged(entry.name):
                    continue
                if entry.is_dir(follow_symlinks=False):
                    waiting.append((f"{prefix}{entry.name}/", entry.path))
                elif entry.is_file():
                    found[prefix + entry.name] = entry.path
    return found


def is_packaged(name: str) -> bool:
    """Whether a file or folder of this name belongs into a package: not caches, not what editors leave beside a file."""
    return name not in LEFT_OUT and not name.endswith(_LEFT_OUT_ENDS) and not name.startswith(".#")


def _brought_up_to_date(known: dict[str, str], folder: Path, changed: frozenset[Path]) -> bool:
    """Take what changed into a listing; False where only looking at everything tells what it is."""
    for path in changed:
        if path == folder or not path.is_relative_to(folder):
            continue
        parts = path.relative_to(folder).parts
        name = "/".join(parts)
        if not all(map(is_packaged, parts)):
            continue
        if path.is_dir() or (not path.exists() and name not in known):
            return False
        if path.is_file():
            known[name] = str(path)
        else:
            known.pop(name, None)
    return True


def _asks_for_something(requirements: Path) -> bool:
    lines = (line.split("#", 1)[0].strip() for line in requirements.read_text().splitlines())
    return any(lines)


async def _make(folder: Path, recipe: dict[str, Any], place: Path) -> None:
    """What the target `build-LogicalId` of a Makefile puts into ARTIFACTS_DIR.

    AWS: https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/building-custom-runtimes.html
    """
    name = recipe["LogicalId"]
    program = shutil.which("make", path=":".join(surroundings.search_path()))
    if program is None or not (folder / "Makefile").is_file():
        missing = "make was not found" if program is None else f"{folder.name} has no Makefile"
        raise TemplateError(f"The Metadata of {name} asks for BuildMethod makefile, but {missing}.", str(folder))
    failed = f"make build-{name} failed"
    await tools.run([program, "-s", f"build-{name}"], folder, INSTALL_TIMEOUT_S, failed, {"ARTIFACTS_DIR": str(place)})


async def _dependencies(requirements: Path, runtime: str, cache: Path) -> Path:
    text = requirements.read_bytes()
    key = hashlib.sha256(runtime.encode() + b"\n" + text).hexdigest()[:32]
    place = cache / "dependencies" / key
    if place.is_dir():
        return place
    with drafted(place) as draft:
        await _install(requirements, runtime.removeprefix("python"), draft)
    return place


async def _install(requirements: Path, version: str, target: Path) -> None:
    uv = shutil.which("uv", path=":".join([str(Path(sys.executable).parent), *surroundings.search_path()]))
    if uv:
        command = [
            uv,
            "pip",
            "install",
            "-q",
            "--python-version",
            version,
            "--target",
            str(target),
            "-r",
            str(requirements),
        ]
    else:
        command = [sys.executable, "-m", "pip", "install", "-q", "--disable-pip-version-check"]
        command += [
            "--python-version",
            version,
            "--only-binary",
            ":all:",
            "--target",
            str(target),
            "-r",
            str(requirements),
        ]
    failed = f"The dependencies in {requirements.name} could not be installed"
    await tools.run(command, requirements.parent, INSTALL_TIMEOUT_S, failed, place=requirements)
