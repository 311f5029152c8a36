"""The fake clock: short waits pass, long ones wait for somebody to move the time."""

import asyncio

from orch.testing.fake_clock import FakeClock


async def test_a_short_wait_moves_the_time_on() -> None:
    """Nothing really waits."""
    clock = FakeClock(100.0)
    await clock.sleep(5.0)
    assert clock.now() == 105.0


async def test_a_long_wait_ends_when_its_time_has_come() -> None:
    """Not before."""
    clock = FakeClock(100.0)
    waiting = asyncio.create_task(clock.sleep(60.0))
    await asyncio.sleep(0)
    clock.advance(59.0)
    await asyncio.sleep(0)
    assert not waiting.done()
    clock.advance(1.0)
    await waiting


async def test_a_clock_that_is_set_ends_no_wait() -> None:
    """As the machine's own: waits count seconds that pass, not what the wall says."""
    clock = FakeClock(10_000.0)
    waiting = asyncio.create_task(clock.sleep(60.0))
    await asyncio.sleep(0)
    clock.turn(3600.0)
    await asyncio.sleep(0)
    assert (clock.now(), waiting.done()) == (13_600.0, False)
    clock.turn(-7200.0)
    clock.advance(60.0)
    await waiting
    assert clock.now() == 6_460.0
