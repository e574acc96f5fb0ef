"""The snapshots of a host: one for each version of a function, taken once, kept until it is retired and nobody lives on it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import NamedTuple

from windtunnel.engine.environment import ProcessEnvironment
from windtunnel.engine.snapshots import Snapshot
from windtunnel.engine.spec import Spec

Identity = tuple[str, str, str]


class Picture(NamedTuple):
    """A snapshot that was taken, or was not: `failure` says why. The environment is the one that was initialised for it."""

    environment: ProcessEnvironment
    snapshot: Snapshot

    @property
    def failure(self) -> str:
        return self.environment.start.failure

    @property
    def usable(self) -> bool:
        return not self.failure and self.snapshot.alive


class Album:
    """`take` initialises a function and takes its snapshot."""

    def __init__(self, take: Callable[[Spec], Awaitable[Picture]]) -> None:
        self._take = take
        self._pictures: dict[Identity, asyncio.Future[Picture]] = {}
        self._users: dict[str, Picture] = {}
        self._retired: list[Picture] = []
        self._ending: set[asyncio.Task[None]] = set()

    async def find(self, spec: Spec) -> Picture:
        """The one of this version; taken now where there is none, or none that can be used any more."""
        known = self._pictures.get(spec.identity)
        if known is not None and known.done() and not (known.exception() is None and known.result().usable):
            known = None
        if known is None:
            known = self._pictures[spec.identity] = asyncio.ensure_future(self._take(spec))
        picture = await asyncio.shield(known)
        if not picture.usable and self._pictures.get(spec.identity) is known:
            del self._pictures[spec.identity]
        return picture

    def use(self, environment: str, picture: Picture) -> None:
        """An environment with that id is made from it."""
        self._users[environment] = picture

    def used_by(self, environment: str) -> Picture | None:
        return self._users.get(environment)

    def leave(self, environment: str) -> None:
        """That environment is over."""
        picture = self._users.pop(environment, None)
        if picture is not None and picture in self._retired:
            self._end(picture)

    async def retire(self, function_arn: str, version: str) -> None:
        """Those of this function, or of one version, are used for no new environment; they end with their last one."""
        for identity in [i for i in self._pictures if i[0] == function_arn and version in ("", i[1])]:
            self._pictures.pop(identity).add_done_callback(self._retire)  # one under way is waited for by nobody
        await asyncio.sleep(0)
        if self._ending:
            await asyncio.wait(self._ending)

    def _retire(self, taking: asyncio.Future[Picture]) -> None:
        if not taking.cancelled() and taking.exception() is None and taking.result().usable:
            self._retired.append(taking.result())
            self._end(taking.result())

    def _end(self, picture: Picture) -> None:
        if picture in self._users.values():
            return
        self._retired.remove(picture)
        task = asyncio.ensure_future(picture.environment.stop("retired"))
        self._ending.add(task)
        task.add_done_callback(self._ending.discard)
