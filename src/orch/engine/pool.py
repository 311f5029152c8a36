"""The places in which gates run: given out by priority, as slots and memory allow."""

import asyncio
import contextlib
import itertools
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Final

from orch.system.memory import available_bytes

_LOOK_S: Final = 5.0
"""So often it is looked whether others have given memory back."""

_serials = itertools.count()


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """How much may run at once: gates that share `name` share its `slots`.

    With `memory_bytes` a gate begins only while so much is to be had; one may always run.
    """

    name: str
    slots: int
    memory_bytes: int = 0


@dataclass(slots=True, eq=False)
class Ticket:
    """A gate's wish for a place; lower `priority` first, then who came first."""

    room: Room
    priority: int
    granted: "asyncio.Future[None]"
    serial: int = field(default_factory=lambda: next(_serials))


class Pool:
    """Gives out places, and takes them back however a gate ends."""

    def __init__(
        self,
        *,
        free_bytes: Callable[[], int] = available_bytes,
        pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        """Have nobody run; `pause` passes the time until memory is looked at again."""
        self._free_bytes, self._pause = free_bytes, pause
        self._waiting: defaultdict[str, list[Ticket]] = defaultdict(list)
        self._running: defaultdict[str, int] = defaultdict(int)
        self._rooms: dict[str, Room] = {}

    @asynccontextmanager
    async def place(self, ticket: Ticket) -> AsyncIterator[None]:
        """Wait for a place and hold it; who is cancelled while waiting holds none."""
        name = ticket.room.name
        self._waiting[name].append(ticket)
        self._grant(name)
        try:
            await self._wait(ticket)
            yield
        finally:
            self._give_back(ticket)

    def ask(self, room: Room, *, priority: int) -> Ticket:
        """Write a wish; what it says of its room's size holds from now on for all who wait."""
        self._rooms[room.name] = room
        return Ticket(room, priority, asyncio.get_running_loop().create_future())

    def urge(self, ticket: Ticket, *, priority: int) -> None:
        """Let a wish come as early as somebody more urgent needs it."""
        ticket.priority = min(ticket.priority, priority)

    def running(self, name: str) -> int:
        """Count the gates that run in a room."""
        return self._running[name]

    async def _wait(self, ticket: Ticket) -> None:
        if not ticket.room.memory_bytes:
            await ticket.granted
            return
        looking = asyncio.create_task(self._look(ticket.room.name))
        try:
            await ticket.granted
        finally:
            looking.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await looking

    async def _look(self, name: str) -> None:
        while True:
            await self._pause(_LOOK_S)
            self._grant(name)

    def _give_back(self, ticket: Ticket) -> None:
        name = ticket.room.name
        if ticket in self._waiting[name]:
            self._waiting[name].remove(ticket)
        else:
            self._running[name] -= 1
        self._grant(name)

    def _grant(self, name: str) -> None:
        waiting = self._waiting[name]
        while waiting:
            first = min(waiting, key=lambda one: (one.priority, one.serial))
            if not self._fits(self._rooms[name]):
                return
            waiting.remove(first)
            self._running[name] += 1
            if not first.granted.done():
                first.granted.set_result(None)

    def _fits(self, room: Room) -> bool:
        running = self._running[room.name]
        enough = not running or self._free_bytes() >= room.memory_bytes
        return running < room.slots and enough
