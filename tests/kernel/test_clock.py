"""Virtual time moves only when nobody works, and fires everything due in order."""

import asyncio

from windtunnel.kernel.clock import VirtualClock
from windtunnel.kernel.signals import Signal


def run(work):
    return asyncio.run(work())


def test_everything_due_fires_in_order_of_its_time():
    async def work():
        clock = VirtualClock(start=0)
        fired = []
        for when in (30, 10, 20):
            clock.call_at(when, lambda when=when: fired.append((when, clock.now())))
        await clock.advance(25)
        return fired, clock.now()

    assert run(work) == ([(10, 10), (20, 20)], 25)


def test_a_timer_set_by_a_timer_fires_in_the_same_advance():
    async def work():
        clock = VirtualClock(start=0)
        fired = []
        clock.call_at(10, lambda: clock.call_at(clock.now() + 5, lambda: fired.append(clock.now())))
        await clock.advance(60)
        return fired

    assert run(work) == [15]


def test_a_cancelled_timer_does_not_fire():
    async def work():
        clock = VirtualClock(start=0)
        fired = []
        timer = clock.call_at(10, lambda: fired.append(1))
        timer.cancel()
        timer.cancel()
        await clock.advance(20)
        return fired

    assert run(work) == []


def test_time_stands_still_while_somebody_works():
    async def work():
        clock = VirtualClock(start=0)
        seen = []

        async def job():
            with clock.working():
                for _ in range(50):
                    await asyncio.sleep(0)
                seen.append(clock.now())

        clock.call_at(10, lambda: asyncio.ensure_future(job()))
        await clock.advance(100)
        return seen

    assert run(work) == [10]


def test_time_goes_on_while_who_works_rests():
    async def work():
        clock = VirtualClock(start=0)
        seen = []

        async def helper():
            with clock.resting():  # its own work alone, of which there is none
                seen.append(("helped", clock.now()))

        async def job():
            with clock.working(), clock.working():
                with clock.resting():
                    await clock.sleep_until(30)
                seen.append(("rested", clock.now()))
                await asyncio.create_task(helper())
                for _ in range(50):
                    await asyncio.sleep(0)
                seen.append(("worked", clock.now()))

        clock.call_at(10, lambda: asyncio.ensure_future(job()))
        await clock.advance(100)
        return seen

    assert run(work) == [("rested", 30), ("helped", 30), ("worked", 30)]


def test_automatic_time_jumps_while_somebody_waits():
    async def work():
        clock = VirtualClock(start=0, auto=True)
        with clock.awaited():
            await clock.sleep_until(86_400)
        return clock.now()

    assert run(work) == 86_400


def test_automatic_time_stands_still_when_nobody_waits():
    async def work():
        clock = VirtualClock(start=0, auto=True)
        clock.call_at(10, lambda: None)
        for _ in range(50):
            await asyncio.sleep(0)
        return clock.now()

    assert run(work) == 0


def test_time_can_run_along_with_work_outside():
    async def work():
        clock = VirtualClock(start=0)
        answer = await clock.run_along(asyncio.sleep(0.02, "done"))
        return answer, 0 < clock.now() < 5

    assert run(work) == ("done", True)


def test_a_signal_wakes_every_waiter():
    async def work():
        signal = Signal(VirtualClock(start=0))
        waiters = [asyncio.ensure_future(signal.wait_until()) for _ in range(2)]
        await asyncio.sleep(0)
        signal.fire()
        return await asyncio.gather(*waiters)

    assert run(work) == [True, True]


def test_waiting_for_a_signal_ends_at_the_deadline():
    async def work():
        clock = VirtualClock(start=0)
        waiter = asyncio.ensure_future(Signal(clock).wait_until(20))
        await clock.advance(20)
        return await waiter

    assert run(work) is False
