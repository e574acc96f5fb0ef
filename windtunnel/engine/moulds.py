"""What the processes of a function are forked from: which interpreter, and what it has imported before."""

from __future__ import annotations

import asyncio
import logging
import sys

from msgspec.structs import replace

from windtunnel.engine import sdk
from windtunnel.engine.installer import NotInstalledError
from windtunnel.engine.interpreters import Interpreters
from windtunnel.engine.programs import brings_runtime, runtime_program
from windtunnel.engine.sdk import is_left_to_the_runtime
from windtunnel.engine.spec import Debug, Spec
from windtunnel.engine.zygotes import Mould

PRELOADED = ("datetime", "decimal", "hashlib", "random", "urllib.parse", "uuid")
"""
What many functions import of the standard library; each is reported with its time where a function asks for it. With typing and
dataclasses, each environment would have 0.2 MiB more for itself.
"""

_log = logging.getLogger("windtunnel")


class Moulds:
    """Chosen once for each state of a function. Raises LookupError where this machine cannot run its runtime."""

    def __init__(self, interpreters: Interpreters) -> None:
        self._interpreters = interpreters
        self._chosen: dict[tuple[str, str, str, str, Debug | None], Mould] = {}
        self._sdks: dict[tuple[int, int], str] = {}
        self._bringing: dict[tuple[int, int], asyncio.Task[str]] = {}
        self._sources: dict[tuple[int, ...], bool] = {}

    async def choose(self, spec: Spec) -> Mould:
        """As `of`, but the loop goes on while programs are asked for their versions and an SDK is installed."""
        if (*spec.identity, spec.code, spec.debug) not in self._chosen and not spec.runtime.startswith(
            ("python", "provided")
        ):
            await asyncio.to_thread(self._interpreters.choose, spec.runtime)
        if spec.runtime.startswith("python"):
            await self._bring_sdk(spec)
        return self.of(spec)

    async def _bring_sdk(self, spec: Spec) -> None:
        """For a Python that is older than the platform's own SDK wants, and a function that relies on one."""
        version = self._interpreters.choose(spec.runtime).interpreter.version
        if sdk.fits(version) or version in self._sdks or not self._uses_sdk(spec):
            return
        if version not in self._bringing:
            self._bringing[version] = asyncio.create_task(_brought(version))
        self._sdks[version] = await asyncio.shield(self._bringing[version])

    def of(self, spec: Spec) -> Mould:
        key = (*spec.identity, spec.code, spec.debug)
        mould = self._chosen.get(key)
        if mould is None:
            mould = self._chosen[key] = self._made(spec)
        return mould

    def own(self) -> Mould:
        """For what needs no particular interpreter: one of the platform's own version."""
        return Mould(
            self._interpreters.choose(f"python{sys.version_info.major}.{sys.version_info.minor}").interpreter.path
        )

    def _made(self, spec: Spec) -> Mould:
        if brings_runtime(spec):
            return self.own()
        choice = self._interpreters.choose(spec.runtime)
        if not spec.runtime.startswith("python"):
            return replace(self.own(), program=runtime_program(choice.interpreter))
        preload = (*PRELOADED, "boto3") if self._uses_sdk(spec) else PRELOADED
        brought = self._sdks.get(choice.interpreter.version, "")
        return Mould(choice.interpreter.path, preload, spec.debug.library if spec.debug else "", brought)

    def _uses_sdk(self, spec: Spec) -> bool:
        return is_left_to_the_runtime([spec.code, *spec.layers], self._sources)


async def _brought(version: tuple[int, int]) -> str:
    try:
        return await sdk.for_python(version)
    except NotInstalledError as problem:
        _log.warning("Functions in Python %s.%s find no AWS SDK: %s", *version, problem)
        return ""


def interpreter(mould: Mould) -> str:
    """The path of the program that runs functions of this mould."""
    return mould.interpreter if mould.program is None else mould.program.outside[0]
