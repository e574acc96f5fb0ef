"""Fixtures that the tests of services share."""

import msgspec
import pytest

from windtunnel.kernel.journal.nowhere import Nowhere
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


@pytest.fixture(autouse=True)
def storable(monkeypatch):
    """Whatever a service keeps must be such that a journal can store it, although the default stores nothing."""
    append = Nowhere.append

    def checked(self, changes):
        for _, key, record in changes:
            msgspec.msgpack.encode((key, record))
        return append(self, changes)

    monkeypatch.setattr(Nowhere, "append", checked)
