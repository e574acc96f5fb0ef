"""What callers may rely on, whichever clock a cloud has."""

import asyncio

import pytest

from windtunnel.kernel.clock import RealClock, VirtualClock


@pytest.fixture(params=["real", "virtual"])
def clock(request):
    return RealClock() if request.param == "real" else VirtualClock(auto=True)


def test_time_does_not_go_back(clock):
    before = clock.now()

    assert clock.now() >= before


def test_a_timer_fires_once_and_not_before_its_time(clock):
    async def work():
        fired = asyncio.get_running_loop().create_future()
        due = clock.now() + 0.02
        with clock.awaited():
            clock.call_at(due, lambda: fired.set_result(clock.now()))
            return await asyncio.wait_for(fired, 5), due

    fired_at, due = asyncio.run(work())
    assert fired_at >= due - 0.002


def test_a_cancelled_timer_stays_silent(clock):
    async def work():
        fired = []
        timer = clock.call_at(clock.now() + 0.01, lambda: fired.append(1))
        timer.cancel()
        timer.cancel()
        with clock.awaited():
            await clock.sleep_until(clock.now() + 0.03)
        return fired

    assert asyncio.run(work()) == []


def test_sleeping_until_a_time_that_is_past_returns_at_once(clock):
    asyncio.run(asyncio.wait_for(clock.sleep_until(clock.now() - 10), 5))
