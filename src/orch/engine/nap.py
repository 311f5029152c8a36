"""Waiting for a time or for a bell, whichever comes first."""

import asyncio

from orch.ports.clock import Clock


async def nap(clock: Clock, bell: asyncio.Event, *, seconds: float) -> None:
    """Wait until the seconds are over or the bell rings; nothing is left running afterwards."""
    waits = (asyncio.ensure_future(clock.sleep(seconds)), asyncio.ensure_future(bell.wait()))
    try:
        await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for wait in waits:
            wait.cancel()
        await asyncio.gather(*waits, return_exceptions=True)
