"""Supervision of the engine's own loops: a bug in one is told, and the loop runs again."""

import asyncio
from collections.abc import Awaitable, Callable

import structlog

from orch.ports.clock import Clock
from orch.ports.store import FencedError

log = structlog.get_logger()

_FIRST_WAIT_S = 0.5
_LONGEST_WAIT_S = 30.0


async def keep_running(name: str, loop: Callable[[], Awaitable[None]], *, clock: Clock) -> None:
    """Run a loop until cancelled; one that fails is begun again, ever more slowly.

    Raises `FencedError`: another daemon has taken over, and this one must not go on.
    """
    wait_s = _FIRST_WAIT_S
    while True:
        try:
            await loop()
        except (asyncio.CancelledError, FencedError):
            raise
        except Exception:
            log.exception("a loop of the engine failed and begins again", loop=name)
        await clock.sleep(wait_s)
        wait_s = min(wait_s * 2, _LONGEST_WAIT_S)
