"""Deliveries are attempted when they are due, and kept until they are over."""

import asyncio

import pytest
from msgspec.structs import replace

from windtunnel.fabric.deliveries import Delivery, Fabric
from windtunnel.kernel.clock import VirtualClock
from windtunnel.kernel.journal.memory import MemoryJournal
from windtunnel.kernel.recorder import Recorder
from windtunnel.kernel.store import Store


def delivery(name="d", due_at=0.0):
    return Delivery(
        id=name, service="lambda", noun="Asynchronous", account="1", region="r", target="t", payload=b"", accepted_at=0,
        due_at=due_at, expires_at=1e9,
    )  # fmt: skip


class Bench:
    def __init__(self, carrier, journal=None):
        self.clock = VirtualClock(start=0)
        self.tasks = []
        self.fabric = Fabric(
            Store(journal or MemoryJournal()), self.clock, Recorder(self.clock), self.spawn, lambda _: carrier
        )

    def spawn(self, work, name):
        task = asyncio.get_running_loop().create_task(work)
        self.tasks.append(task)
        return task


def run(work):
    return asyncio.run(work())


def test_a_delivery_is_attempted_at_once_and_then_forgotten():
    async def work():
        seen = []

        async def carry(each):
            seen.append((each.id, each.attempts))

        bench = Bench(carry)
        bench.fabric.accept(delivery())
        await bench.clock.advance(1)
        return seen, bench.fabric.waiting()

    assert run(work) == ([("d", 1)], [])


def test_a_delivery_that_asks_for_another_time_gets_it():
    async def work():
        seen = []

        async def carry(each):
            seen.append(bench.clock.now())
            return replace(each, due_at=bench.clock.now() + 60) if len(seen) < 3 else None

        bench = Bench(carry)
        bench.fabric.accept(delivery())
        await bench.clock.advance(300)
        return seen, bench.fabric.waiting()

    assert run(work) == ([0, 60, 120], [])


def test_many_deliveries_are_carried_side_by_side_in_order_of_their_time():
    async def work():
        seen = []

        async def carry(each):
            seen.append(each.id)

        bench = Bench(carry)
        for number in range(200):
            bench.fabric.accept(delivery(f"{number:03}", due_at=number % 5))
        await bench.clock.advance(10)
        return seen

    seen = run(work)
    assert sorted(seen) == [f"{number:03}" for number in range(200)]
    assert [int(name) % 5 for name in seen] == sorted(int(name) % 5 for name in seen)


def test_a_defect_of_the_carrier_does_not_cost_the_delivery():
    async def work():
        seen = []

        async def carry(each):
            seen.append(bench.clock.now())
            if len(seen) == 1:
                raise RuntimeError("a bug")

        bench = Bench(carry)
        bench.fabric.accept(delivery())
        await bench.clock.advance(120)
        with pytest.raises(RuntimeError):
            await bench.tasks[0]
        return seen

    assert run(work) == [0, 60]


def test_a_delivery_under_way_when_the_platform_ends_is_made_by_the_next_one():
    journal = MemoryJournal()

    async def first():
        async def carry(each):
            await asyncio.get_running_loop().create_future()

        bench = Bench(carry, journal)
        bench.fabric.accept(delivery())
        for _ in range(5):
            await asyncio.sleep(0)
        bench.tasks[0].cancel()
        await asyncio.gather(*bench.tasks, return_exceptions=True)

    async def second():
        seen = []

        async def carry(each):
            seen.append(each.id)

        bench = Bench(carry, journal)
        bench.fabric.resume()
        await bench.clock.advance(1)
        return seen

    run(first)
    assert run(second) == ["d"]
