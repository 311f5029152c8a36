"""One run of a gate that several may wait for: the most urgent decides, all are told."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from orch.engine.pool import Pool, Room, Ticket

Started = Callable[[str], Awaitable[None]]
"""Is told the log of a gate that begins to run; must not raise."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Waiter:
    """Who waits for the run, how urgently, and what to call when it begins."""

    effect_id: str
    priority: int
    started: Started | None = None

    async def tell(self, log: str) -> None:
        """Tell that it has begun."""
        if self.started is not None:
            await self.started(log)


@dataclass(slots=True, eq=False)
class SharedRun:
    """What goes on under one receipt key: one runs at a time, the others wait and then look."""

    pool: Pool
    waiters: list[Waiter] = field(default_factory=list)
    log: str | None = None
    _ticket: Ticket | None = None
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    @asynccontextmanager
    async def joined(self, waiter: Waiter) -> AsyncIterator[None]:
        """Wait for one's turn; whoever has it is hurried by those who wait behind."""
        self.waiters.append(waiter)
        if self._ticket is not None:
            self.pool.urge(self._ticket, priority=waiter.priority)
        try:
            if self.log is not None:
                await waiter.tell(self.log)
            async with self._turn:
                yield
        finally:
            self.waiters.remove(waiter)

    @asynccontextmanager
    async def placed(self, room: Room, *, log: str) -> AsyncIterator[None]:
        """Wait for a place in the pool, tell all, and hold it."""
        priority = min(waiter.priority for waiter in self.waiters)
        self._ticket = self.pool.ask(room, priority=priority)
        try:
            async with self.pool.place(self._ticket):
                self.log = log
                for waiter in tuple(self.waiters):
                    await waiter.tell(log)
                yield
        finally:
            self._ticket = self.log = None
