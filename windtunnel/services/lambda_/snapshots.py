"""
SnapStart: a published version is initialised once, and is `Active` when its snapshot has been taken.

    PublishVersion ─► Pending ─► initialisation, before-snapshot hooks ─► Active: its environments are restored
                                                    └─ fails, overruns ─► Failed

AWS: https://docs.aws.amazon.com/lambda/latest/dg/snapstart.html
"""

from __future__ import annotations

import asyncio
from typing import Any

from msgspec.structs import replace

from windtunnel.aws.errors import ApiError
from windtunnel.engine.spec import Outcome
from windtunnel.services.lambda_.functions import LambdaTables
from windtunnel.services.lambda_.records import LATEST, Configuration

_REASON_CODES = {"timeout": "FunctionError.InitTimeout", "Runtime.InvalidEntrypoint": "FunctionError.InvalidEntryPoint"}
_REFUSALS = {
    "SnapStartException": (
        400,
        "The afterRestore() runtime hook encountered an error. For more information, check the Amazon CloudWatch logs.",
    ),
    "SnapStartTimeoutException": (408, "Lambda couldn't restore the snapshot within the timeout limit."),
    "SnapStartNotReadyException": (
        409,
        "Lambda is initializing your function. You can invoke the function when the function state becomes Active.",
    ),
}
"""AWS: https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html"""


class Snapshots(LambdaTables):
    def __init__(self, *place: Any) -> None:
        super().__init__(*place)
        self._taking: dict[tuple[str, str], asyncio.Task[Any]] = {}

    def resume(self) -> None:
        for function in self.functions.all():
            for config in self.versions_of(function.name):
                if config.state == "Pending":
                    self.begin(config)

    def begin(self, config: Configuration) -> None:
        """Take the snapshot of a version that is `Pending`."""
        key = (config.name, config.version)
        self._taking[key] = self.home.spawn(self._take(config), f"snapshot of {config.arn}:{config.version}")
        self._taking[key].add_done_callback(lambda _: self._taking.pop(key, None))

    async def finished(self, name: str, version: str) -> None:
        """Returns when that version is not `Pending` any more."""
        taking = self._taking.get((name, version))
        if taking is not None:
            await asyncio.wait([taking])

    def check(self, config: Configuration) -> None:
        """Raises what AWS answers to the invocation of a version that is not ready, or never will be."""
        if config.state == "Pending":
            raise refusal("SnapStartNotReadyException")
        if config.state == "Failed":
            raise ApiError(
                "ResourceConflictException",
                f"The operation cannot be performed at this time. The function is currently in the following state: {config.state}",
                status=409,
                Type="User",
            )

    def check_outcome(self, outcome: Outcome) -> None:
        """Raises what AWS answers when no environment could be restored."""
        if outcome.refusal:
            raise refusal(outcome.refusal)

    async def _take(self, config: Configuration) -> None:
        try:
            failure = await self.home.cloud.engine.snapshot(self.noun("Invocations").spec(config))
            code, reason = _REASON_CODES.get(failure, "FunctionError"), f"Error occurred while initializing: {failure}"
        except (ApiError, LookupError) as problem:
            failure, code, reason = "InvalidRuntime", "InvalidRuntime", str(problem)
        current = self.configurations.get(config.name, config.version)
        if current is None:
            await self.home.cloud.engine.retire(config.arn, config.version)
            return
        state = (
            {"state": "Failed", "state_reason": reason, "state_reason_code": code} if failure else {"state": "Active"}
        )
        with self.home.step():
            self.configurations.put(replace(current, revision=self.ids.uuid(), **state))


def takes_part(config: Configuration) -> bool:
    """Whether it is restored from a snapshot: `$LATEST` never is."""
    return config.snap_start == "PublishedVersions" and config.version != LATEST


def refusal(code: str) -> ApiError:
    status, text = _REFUSALS[code]
    return ApiError(code, text, status=status, Type="User")
