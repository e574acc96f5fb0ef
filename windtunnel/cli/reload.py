"""Saved source, running within moments: watches an application's folders and brings what changed up to date.

A saved file of a function: that function's code, nothing else. The template, a definition beside it, or a layer: the stack.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from windtunnel.aws.errors import ApiError
from windtunnel.deploy.application import DeployFailed
from windtunnel.deploy.artifacts import definitions, sources
from windtunnel.deploy.build import is_packaged
from windtunnel.deploy.template import TemplateError
from windtunnel.kernel.stopwatch import ticks

if TYPE_CHECKING:
    from windtunnel.aws.home import Home
    from windtunnel.deploy.application import Application, Deployment

STEP_MS = 4
"""A save is over when nothing has changed for this long."""
LONGEST_SAVE_MS = 60
MOST_PARTS = 5
HALF_SAVED_S = 0.03
"""An editor that empties or moves a file before it writes it anew does so within this time."""


class SourceWatch:
    """Collects what changes in folders from the moment on that `begin` returns; nothing is missed between two `next`."""

    def __init__(self, folders: Iterable[Path]) -> None:
        found = sorted(set(folders))
        self.folders = [
            each for each in found if not any(each != other and each.is_relative_to(other) for other in found)
        ]

    async def begin(self) -> None:
        from watchfiles import awatch

        self._stream = awatch(
            *self.folders, step=STEP_MS, debounce=LONGEST_SAVE_MS, watch_filter=lambda _, path: self._counts(Path(path))
        )
        self._coming: asyncio.Future[set[tuple[object, str]]] = asyncio.ensure_future(anext(self._stream))
        await asyncio.sleep(0)  # the generator's first step is to watch

    async def next(self, within_s: float | None = None) -> frozenset[Path]:
        """The paths that changed, of one save as far as can be told; none when the time is over."""
        done, _ = await asyncio.wait([self._coming], timeout=within_s)
        if not done:
            return frozenset()
        changes = self._coming.result()
        self._coming = asyncio.ensure_future(anext(self._stream))
        return frozenset(Path(path) for _, path in changes)

    async def close(self) -> None:
        self._coming.cancel()
        await asyncio.wait([self._coming])

    def _counts(self, path: Path) -> bool:
        for folder in self.folders:
            if path.is_relative_to(folder):
                return all(map(is_packaged, path.relative_to(folder).parts))
        return False


class Reload:
    """Keeps a deployment like its source. `say` gets a sentence for each thing done or not possible."""

    def __init__(self, home: Home, application: Application, say: Callable[[str], None]) -> None:
        self._home = home
        self._application = application
        self._say = say
        self._watch = SourceWatch(self._places())

    async def begin(self) -> None:
        """From now on no change is missed; call it before the source is read."""
        await self._watch.begin()

    async def run(self, deployment: Deployment) -> None:
        """Never returns; cancel it."""
        try:
            while True:
                changed = await self._saved()
                started = ticks()
                try:
                    deployment = await self._take(changed, deployment, started)
                except (TemplateError, DeployFailed, ApiError, OSError) as problem:
                    self._say(click.style("not deployed: ", fg="red") + str(problem))
        finally:
            await self._watch.close()

    async def _saved(self) -> frozenset[Path]:
        changed = await self._watch.next()
        for _ in range(MOST_PARTS):
            if not any(map(_is_half_saved, changed)):
                break
            more = await self._watch.next(within_s=HALF_SAVED_S)
            if not more:
                break
            changed |= more
        return changed

    async def _take(self, changed: frozenset[Path], deployment: Deployment, started: float) -> Deployment:
        for problem in filter(None, map(_mistake, sorted(changed))):
            self._say(click.style("saved with a mistake: ", fg="red") + problem)
        application = self._application
        template = Path(application.template.place).resolve()
        if template in changed:
            application.read_again()
            await self._watch_what_is_new()
        touched = application.touched(changed)
        layers = [each for each in touched if deployment.types.get(each.logical_id, each.type).endswith("LayerVersion")]
        if template in changed or layers or changed & set(definitions(application.template)):
            deployment = await application.deploy(self._home)
            self._say(f"deployed again in {1000 * (ticks() - started):.0f} ms")
            return deployment
        functions = [each for each in touched if each.logical_id in deployment.physical]
        if functions:
            updated = await application.update_code(self._home, deployment, functions, changed)
            if updated:
                self._say(f"{', '.join(updated)} up to date after {1000 * (ticks() - started):.0f} ms")
        return deployment

    async def _watch_what_is_new(self) -> None:
        """Before the deployment reads it, so that no change is missed."""
        watch = SourceWatch(self._places())
        if watch.folders != self._watch.folders:
            await watch.begin()
            await self._watch.close()
            self._watch = watch

    def _places(self) -> list[Path]:
        template = self._application.template
        own = Path(template.place).resolve().parent
        beside = [source.folder for source in sources(template).values()] + definitions(template)
        return [own, *(place if place.is_dir() else place.parent for place in beside)]


def _is_half_saved(path: Path) -> bool:
    try:
        return path.stat().st_size == 0
    except OSError:
        return True


def _mistake(path: Path) -> str:
    """Why Python could not even read this file; empty when it can."""
    if path.suffix != ".py" or not path.is_file():
        return ""
    try:
        compile(path.read_bytes(), str(path), "exec", dont_inherit=True)
    except SyntaxError as error:
        return f"{path.name}:{error.lineno}: {error.msg}"
    except (ValueError, OSError) as error:
        return f"{path.name}: {error}"
    return ""
