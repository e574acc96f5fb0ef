"""Schedules go on after a restart."""

from tests.services.scheduler.schedules import arrived, scheduled
from tests.services.scheduler.test_firing import at, in_future


def test_a_single_time_that_was_missed_is_made_up_for(started):
    cloud = started()
    url = scheduled(cloud, at(in_future(cloud, hours=1)))
    cloud = started()

    cloud.advance(hours=2)

    assert len(arrived(cloud, url)) == 1


def test_a_call_in_its_window_is_still_made(started):
    cloud = started()
    soon = at(in_future(cloud, minutes=1))
    url = scheduled(cloud, soon, window={"Mode": "FLEXIBLE", "MaximumWindowInMinutes": 1440})
    cloud.advance(minutes=2)
    assert arrived(cloud, url) == []
    cloud = started()

    cloud.advance(days=2)

    assert len(arrived(cloud, url)) == 1


def test_a_rate_keeps_its_beat(started):
    cloud = started()
    url = scheduled(cloud, "rate(1 hour)")
    cloud.settle()
    assert len(arrived(cloud, url)) == 1
    cloud = started()

    cloud.advance(hours=3)

    assert 2 <= len(arrived(cloud, url)) <= 3
