"""Prove that places are given by priority, never more than there are, and come back always."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

import pytest

from orch.engine.pool import Pool, Room, Ticket

ROOM = Room(name="p", slots=2)


@dataclass
class Yard:
    """A pool and the gates that were let in, in order."""

    pool: Pool = field(default_factory=Pool)
    begun: list[str] = field(default_factory=list)
    tasks: dict[str, "asyncio.Task[None]"] = field(default_factory=dict)
    tickets: dict[str, Ticket] = field(default_factory=dict)
    _ends: dict[str, asyncio.Event] = field(default_factory=dict)

    def come(self, name: str, priority: int = 0, *, room: Room = ROOM) -> None:
        """Ask for a place and stay in it until told."""
        self.tickets[name] = self.pool.ask(room, priority=priority)
        self._ends[name] = asyncio.Event()
        self.tasks[name] = asyncio.create_task(self._stay(name))

    async def _stay(self, name: str) -> None:
        async with self.pool.place(self.tickets[name]):
            self.begun.append(name)
            await self._ends[name].wait()

    async def settle(self) -> list[str]:
        """Let everything happen that can; tell who has begun so far."""
        for _ in range(20):
            await asyncio.sleep(0)
        return self.begun

    async def end(self, name: str) -> list[str]:
        """Let one leave."""
        self._ends[name].set()
        await self.tasks[name]
        return await self.settle()

    async def cancel(self, name: str) -> list[str]:
        """Stop one, wherever it stands."""
        self.tasks[name].cancel()
        with pytest.raises(asyncio.CancelledError):
            await self.tasks[name]
        return await self.settle()


@pytest.fixture
def yard() -> Yard:
    """Give an empty pool."""
    return Yard()


async def test_the_most_urgent_is_next(yard: Yard) -> None:
    """Lower first, among equals who came first; never more than there are slots."""
    for name, priority in (("a", 9), ("b", 9), ("c", 5), ("d", 1), ("e", 1)):
        yard.come(name, priority)
        await yard.settle()
    assert yard.begun == ["a", "b"]
    assert await yard.end("b") == ["a", "b", "d"]
    assert await yard.end("a") == ["a", "b", "d", "e"]
    assert await yard.end("d") == ["a", "b", "d", "e", "c"]
    assert yard.pool.running("p") == 2


async def test_who_is_urged_comes_earlier(yard: Yard) -> None:
    """A wait is cut short when somebody urgent needs the same; never made longer."""
    for name, priority in (("a", 0), ("b", 0), ("c", 5), ("d", 9)):
        yard.come(name, priority)
    await yard.settle()
    yard.pool.urge(yard.tickets["d"], priority=1)
    yard.pool.urge(yard.tickets["c"], priority=7)
    assert await yard.end("a") == ["a", "b", "d"]
    assert yard.tickets["c"].priority == 5


async def test_cancelling_frees_the_place(yard: Yard) -> None:
    """Of one that runs, of one that waits, and of one that was let in just now."""
    for name in ("a", "b", "c", "d", "e"):
        yard.come(name)
    await yard.settle()
    assert await yard.cancel("c") == ["a", "b"]
    assert await yard.cancel("a") == ["a", "b", "d"]
    yard._ends["b"].set()
    await yard.tasks["b"]
    assert await yard.cancel("e") in (["a", "b", "d"], ["a", "b", "d", "e"])
    assert yard.pool.running("p") == 1
    yard.come("f")
    assert (await yard.settle())[-1] == "f"


async def test_rooms_are_their_own(yard: Yard) -> None:
    """A full project keeps nobody else waiting; more slots count at once."""
    for name in ("a", "b", "c"):
        yard.come(name)
    yard.come("x", room=Room(name="q", slots=1))
    assert await yard.settle() == ["a", "b", "x"]
    yard.come("d", -1, room=Room(name="p", slots=4))
    assert (await yard.settle())[3:] == ["d", "c"]


async def test_memory_bounds_but_one_always_runs() -> None:
    """The first runs with nothing free; the next waits until there is enough, and is looked for."""
    free = [0]
    looks: asyncio.Queue[None] = asyncio.Queue()
    yard = Yard(Pool(free_bytes=lambda: free[0], pause=_turnstile(looks)))
    room = Room(name="p", slots=4, memory_bytes=10)
    yard.come("a", room=room)
    yard.come("b", room=room)
    assert await yard.settle() == ["a"]
    free[0] = 10
    assert await yard.settle() == ["a"]
    looks.put_nowait(None)
    assert await yard.settle() == ["a", "b"]
    free[0] = 9
    yard.come("c", room=room)
    assert await yard.end("a") == ["a", "b"]
    assert await yard.end("b") == ["a", "b", "c"]


def _turnstile(looks: "asyncio.Queue[None]") -> Callable[[float], Awaitable[None]]:
    async def pause(seconds: float) -> None:
        assert seconds > 0
        await looks.get()

    return pause
