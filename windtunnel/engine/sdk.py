"""The AWS SDK that AWS's Python runtimes bring along: where this installation has it, and which packages rely on it."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from importlib.util import find_spec
from pathlib import Path

SDK = ("boto3", "botocore", "s3transfer", "jmespath", "dateutil", "urllib3", "six")
"""AWS: https://docs.aws.amazon.com/lambda/latest/dg/lambda-python.html"""

_USES_SDK = (b"boto3", b"botocore", b"aws_lambda_powertools", b"aws_xray_sdk")
_MOST_SOURCES_READ = 200


def installed() -> dict[str, str]:
    """Names of modules to their folder or file."""
    found = {}
    for name in SDK:
        spec = find_spec(name)
        if spec is not None and spec.origin is not None:
            origin = Path(spec.origin)
            found[name] = str(origin.parent if origin.name == "__init__.py" else origin)
    return found


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
