"""Fixtures that the tests of services share."""

import pytest

from windtunnel.kernel.journal.sqlite import SqliteJournal
from windtunnel.testing.running import RunningCloud


@pytest.fixture
def started(tmp_path):
    """Starts the cloud of one directory, again and again."""
    clouds = []

    def start():
        for cloud in clouds:
            cloud.close()
        clouds.append(RunningCloud(journal=SqliteJournal(tmp_path / "data")))
        return clouds[-1].__enter__()

    yield start
    clouds[-1].close()
