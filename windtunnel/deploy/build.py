"""From a source folder to a deployment package: dependencies installed, files zipped the same way every time.

Dependencies are kept by the hash of what asks for them, so that only a changed requirements.txt costs an installation.
"""

from __future__ import annotations

import asyncio
import hashlib
import io
import shutil
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

from windtunnel.deploy.template import TemplateError
from windtunnel.kernel import surroundings

LEFT_OUT = frozenset(
    {"__pycache__", ".git", ".venv", ".pytest_cache", ".mypy_cache", ".ruff_cache", ".aws-sam", ".DS_Store"}
)
INSTALL_TIMEOUT_S = 300
_EPOCH = (1980, 1, 1, 0, 0, 0)


async def package(folder: Path, runtime: str, cache: Path, under: str = "") -> bytes:
    """
    The zip file for a folder of source, a single file, or a zip file that is there already. `under` is a folder inside
    the package for everything (`python` for layers that SAM builds). Raises TemplateError when dependencies cannot be installed.
    """
    if folder.is_file():
        return folder.read_bytes() if folder.suffix in (".zip", ".jar") else _zipped([(folder, folder.name)])
    files = list(_files(folder))
    wanted = folder / "requirements.txt"
    if runtime.startswith("python") and wanted.is_file() and _asks_for_something(wanted):
        installed = await _dependencies(wanted, runtime, cache)
        own = {name for _, name in files}
        files += [(path, name) for path, name in _files(installed) if name not in own]
    prefix = f"{under}/" if under else ""
    return _zipped([(path, prefix + name) for path, name in files])


def _files(folder: Path) -> Iterator[tuple[Path, str]]:
    for path in sorted(folder.rglob("*")):
        parts = path.relative_to(folder).parts
        if path.is_file() and not LEFT_OUT.intersection(parts) and path.suffix != ".pyc":
            yield path, "/".join(parts)


def _zipped(files: list[tuple[Path, str]]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for path, name in files:
            entry = zipfile.ZipInfo(name, _EPOCH)
            entry.external_attr = (0o755 if path.stat().st_mode & 0o111 else 0o644) << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, path.read_bytes())
    return buffer.getvalue()


def _asks_for_something(requirements: Path) -> bool:
    lines = (line.split("#", 1)[0].strip() for line in requirements.read_text().splitlines())
    return any(lines)


async def _dependencies(requirements: Path, runtime: str, cache: Path) -> Path:
    text = requirements.read_bytes()
    key = hashlib.sha256(runtime.encode() + b"\n" + text).hexdigest()[:32]
    place = cache / "dependencies" / key
    if place.is_dir():
        return place
    draft = place.with_name(f"{key}.part")
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(parents=True)
    try:
        await _install(requirements, runtime.removeprefix("python"), draft)
    except BaseException:
        shutil.rmtree(draft, ignore_errors=True)
        raise
    draft.rename(place)
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
    child = await asyncio.create_subprocess_exec(
        *command, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    try:
        output, _ = await asyncio.wait_for(child.communicate(), INSTALL_TIMEOUT_S)
    except TimeoutError:
        output = f"no answer within {INSTALL_TIMEOUT_S} seconds".encode()
    finally:
        if child.returncode is None:
            child.kill()
            await child.wait()
    if child.returncode != 0:
        last = "\n".join(output.decode(errors="replace").strip().splitlines()[-6:])
        raise TemplateError(
            f"The dependencies in {requirements.name} could not be installed:\n{last}", str(requirements)
        )
