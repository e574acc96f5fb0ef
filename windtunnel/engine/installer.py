"""Python packages from an index, installed into a folder for another Python version and architecture than this one's."""

from __future__ import annotations

import asyncio
import hashlib
import shutil
import sys
import tempfile
from pathlib import Path

from windtunnel.kernel import surroundings

_PLATFORMS = {
    "x86_64": ("x86_64-manylinux2014", ("manylinux2014_x86_64", "manylinux_2_28_x86_64")),
    "arm64": ("aarch64-manylinux2014", ("manylinux2014_aarch64", "manylinux_2_28_aarch64")),
}


class NotInstalledError(Exception):
    """Says what failed and what can be done."""


def cache_folder() -> Path:
    """Where results that can be made again are kept between runs."""
    given = surroundings.variable("XDG_CACHE_HOME")
    return (Path(given) if given else surroundings.home() / ".cache") / "windtunnel"


async def installed(requirement: str, version: str, architecture: str, without: tuple[str, ...] = ()) -> Path:
    """
    The folder with the packages of a requirement for a Python `version` such as 3.12; made once, and found again by the
    next run. Packages named in `without` are left out. Raises NotInstalledError.
    """
    mark = hashlib.sha256(f"{requirement} {without}".encode()).hexdigest()[:16]
    place = cache_folder() / "installed" / f"{mark}-python{version}-{architecture}"
    if not place.exists():
        place.parent.mkdir(parents=True, exist_ok=True)
        draft = Path(tempfile.mkdtemp(prefix=f"{place.name}.", dir=place.parent))
        try:
            await _run(_command(requirement, version, architecture, draft), requirement)
            _leave_out(draft, without)
            if not place.exists():  # somebody else may have been faster
                draft.rename(place)
        finally:
            shutil.rmtree(draft, ignore_errors=True)
    return place


def _command(requirement: str, version: str, architecture: str, target: Path) -> list[str]:
    uv_platform, pip_platforms = _PLATFORMS[architecture]
    path = ":".join([str(Path(sys.executable).parent), *surroundings.search_path()])
    if uv := shutil.which("uv", path=path):
        where = ["--python-version", version, "--python-platform", uv_platform]
        return [uv, "pip", "install", "-q", "--only-binary", ":all:", *where, "--target", str(target), requirement]
    if pip := shutil.which("pip", path=path):
        where = [part for each in pip_platforms for part in ("--platform", each)]
        how = ["--only-binary=:all:", "--python-version", version, "--implementation", "cp", *where]
        return [pip, "install", "-q", "--disable-pip-version-check", *how, "--target", str(target), requirement]
    raise NotInstalledError("Neither uv nor pip was found. Install one of them, and try again.")


async def _run(command: list[str], requirement: str) -> None:
    process = await asyncio.create_subprocess_exec(
        *command, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    said, _ = await process.communicate()
    if process.returncode:
        last = (said.decode(errors="replace").strip().splitlines() or ["no reason given"])[-1]
        raise NotInstalledError(
            f"{requirement} could not be installed ({last}). Check the connection to the package index, or put it into the "
            "package of the function."
        )


def _leave_out(folder: Path, names: tuple[str, ...]) -> None:
    for name in names:
        shutil.rmtree(folder / name, ignore_errors=True)
        (folder / f"{name}.py").unlink(missing_ok=True)
        for about in folder.glob(f"{name}-*.dist-info"):
            shutil.rmtree(about, ignore_errors=True)
    shutil.rmtree(folder / "bin", ignore_errors=True)
