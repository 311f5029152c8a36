"""A clock for simulations: short waits are over at once, long ones only when time is moved on."""

import asyncio
import heapq
import itertools


class FakeClock:
    """Virtual time. Fits `orch.ports.clock.Clock`.

    A wait of up to `short_s` (a retry's pause) passes at once and moves the time on by itself; a
    longer one (a quiet time, a day) ends when `advance` has moved the time past it.
    """

    def __init__(self, start: float = 1_000_000.0, *, short_s: float = 20.0) -> None:
        """Begin at a time, in seconds since the epoch."""
        self._start, self._short_s = start, short_s
        self._passed = 0.0
        self._sleepers: list[tuple[float, int, asyncio.Event]] = []
        self._serial = itertools.count()

    def now(self) -> float:
        """Return the virtual time."""
        return self._start + self._passed

    def monotonic(self) -> float:
        """Return how much virtual time has passed, whatever the clock on the wall says."""
        return self._passed

    async def sleep(self, seconds: float) -> None:
        """Wait in virtual time."""
        if seconds <= self._short_s:
            self._passed += max(0.0, seconds)
            await asyncio.sleep(0)
            return
        over = asyncio.Event()
        heapq.heappush(self._sleepers, (self._passed + seconds, next(self._serial), over))
        await over.wait()

    def advance(self, seconds: float) -> None:
        """Move the time on and wake whoever's wait is over."""
        self._passed += seconds
        while self._sleepers and self._sleepers[0][0] <= self._passed:
            heapq.heappop(self._sleepers)[2].set()

    def turn(self, seconds: float) -> None:
        """Set the clock on the wall forward or back; who waits, waits as long as before."""
        self._start += seconds
