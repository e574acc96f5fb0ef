"""The AWS SDK that AWS's runtimes bring along: where this installation has it, and which packages rely on it."""

from __future__ import annotations

import functools
import os
import re
import shutil
from collections.abc import Iterable, Iterator
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path

from windtunnel.engine import installer
from windtunnel.kernel import surroundings

SDK = ("boto3", "botocore", "s3transfer", "jmespath", "dateutil", "urllib3", "six")
"""AWS: https://docs.aws.amazon.com/lambda/latest/dg/lambda-python.html"""

_USES_SDK = (b"boto3", b"botocore", b"aws_lambda_powertools", b"aws_xray_sdk")
_MOST_SOURCES_READ = 200


def installed(folder: str = "") -> dict[str, str]:
    """Names of modules to their folder or file: those beside the platform, or those in that folder."""
    if folder:
        return {name: str(path) for name in SDK for path in _in_folder(Path(folder), name)}
    found = {}
    for name in SDK:
        spec = find_spec(name)
        if spec is not None and spec.origin is not None:
            origin = Path(spec.origin)
            found[name] = str(origin.parent if origin.name == "__init__.py" else origin)
    return found


def _in_folder(folder: Path, name: str) -> list[Path]:
    return [path for path in (folder / name, folder / f"{name}.py") if path.exists()]


def fits(version: tuple[int, int]) -> bool:
    """Whether the SDK beside the platform is for that version of Python as well."""
    return version >= _oldest_python()


@functools.cache
def _oldest_python() -> tuple[int, int]:
    oldest = (3, 0)
    for name in ("boto3", "botocore", "s3transfer", "urllib3"):
        found = re.search(r">=\s*(\d+)\.(\d+)", metadata.metadata(name)["Requires-Python"] or "")
        if found is not None:
            oldest = max(oldest, (int(found[1]), int(found[2])))
    return oldest


async def for_python(version: tuple[int, int]) -> str:
    """The folder with the newest SDK for an older Python, installed once. Raises NotInstalledError."""
    return str(await installer.installed("boto3", f"{version[0]}.{version[1]}", "x86_64"))


def folder_for_node() -> Path:
    """Where the packages of the SDK for Node.js are installed that functions leave to the runtime: a prefix of npm."""
    return installer.cache_folder() / "node-sdk"


def place_for_node(interpreter: str = "") -> Path | None:
    """The folder of modules in which functions in Node.js find the SDK: ours, or else that of the interpreter's users."""
    program = interpreter or shutil.which("node", path=":".join(surroundings.search_path())) or ""
    places = [folder_for_node() / "lib" / "node_modules"]
    if program:
        places.append(Path(program).parent.parent / "lib" / "node_modules")
    return next((place for place in places if (place / "@aws-sdk").is_dir()), None)


def is_left_to_the_runtime(folders: Iterable[str], known: dict[tuple[int, ...], bool]) -> bool:
    """
    Whether a package uses the AWS SDK and leaves it to the runtime to bring it. `known` keeps what was found in each file, since
    packages have most of theirs in common with the one before.
    """
    uses = False
    sources = 0
    for folder in map(Path, folders):
        for place in (folder, folder / "python", *folder.glob("python/lib/python*/site-packages")):
            if any((place / name).exists() for name in SDK):
                return False
        for source in _sources(folder):
            if uses or sources >= _MOST_SOURCES_READ:
                break
            sources += 1
            found = os.stat(source)
            file = found.st_dev, found.st_ino, found.st_mtime_ns, found.st_size
            if file not in known:
                content = Path(source).read_bytes()
                known[file] = any(word in content for word in _USES_SDK)
            uses = known[file]
    return uses


def _sources(folder: Path) -> Iterator[str]:
    """The files of a package in Python, those nearest to its root first."""
    waiting = [str(folder)]
    for place in waiting:
        with os.scandir(place) as entries:
            for entry in sorted(entries, key=lambda e: e.name):
                if entry.is_dir(follow_symlinks=False):
                    waiting.append(entry.path)
                elif entry.name.endswith(".py") and entry.is_file():
                    yield entry.path
