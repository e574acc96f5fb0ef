"""The pytest plugin: a `cloud` for each test that asks for one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from windtunnel.testing.running import RunningCloud


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", 'windtunnel(time="virtual", **settings): how the `cloud` of this test is made')


@pytest.fixture
def cloud(request: pytest.FixtureRequest) -> Iterator[RunningCloud]:
    """An empty cloud of this test's own, in this process, its time standing still until `cloud.advance(...)`.

    `@pytest.mark.windtunnel(time="real", isolation="none")` changes its time and its settings.
    """
    from windtunnel.kernel.settings import Settings
    from windtunnel.testing.running import RunningCloud

    marker = request.node.get_closest_marker("windtunnel")
    options = dict(marker.kwargs) if marker else {}
    time = options.pop("time", "virtual")
    with RunningCloud(Settings(**options), time=time) as running:
        yield running
        bugs = list(running.inside.bugs)
    assert not bugs, f"windtunnel itself failed during this test: {bugs!r}"
