"""What is put into a lane twice, and in which order."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace

import pytest

from orch.core.landing import Item, ItemState
from orch.engine.engine import Engine
from orch.engine.enqueue import Wanted
from orch.engine.kill_points import no_step
from orch.engine.queue import LandingRefused
from orch.ports.errors import Permanent
from orch.testing.simulate import PROJECT, World
from tests.engine.wide_lane import closed


@dataclass(slots=True)
class Desk:
    """A lane that begins nothing, so that all stay in it."""

    world: World
    engine: Engine

    def branch(self, name: str, text: str = "x") -> None:
        """Make a branch, or give it another head."""
        base = self.world.hub.refs["refs/heads/main"]
        files = {**self.world.lander.files(base), f"{name}.txt": text}
        head = self.world.lander.record(files, base, message=name)
        self.world.hub.refs[f"refs/heads/{name}"] = head

    async def enqueue(self, name: str, *after: str, target: str | None = None) -> Item:
        """Put a branch into the queue."""
        wanted = Wanted(project_id=PROJECT, source=name, actor="ada", target=target)
        return await self.engine.enqueue(replace(wanted, after=after))


@pytest.fixture
async def desk() -> AsyncIterator[Desk]:
    """Give a lane that is paused."""
    world = World()
    engine = Engine(world.parts(no_step))
    running = asyncio.create_task(engine.run())
    await engine.ready.wait()
    await engine.hold_lane(PROJECT, "main", why="a test", actor="ada")
    yield Desk(world, engine)
    await engine.stop()
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


async def test_the_same_head_twice_is_the_same_landing(desk: Desk) -> None:
    """But it gets no other order by that: whoever wants one is told how."""
    desk.branch("one")
    desk.branch("two")
    one, two = await desk.enqueue("one"), await desk.enqueue("two")
    assert (await desk.enqueue("two")).id == two.id
    with pytest.raises(LandingRefused, match=f"orch queue cancel {two.id}"):
        await desk.enqueue("two", one.id)
    await desk.engine.withdraw(two.id, "another order", actor="ada")
    again = await desk.enqueue("two", one.id)
    assert again.after == (one.id,)
    assert (await desk.enqueue("two", one.id)).id == again.id


async def test_a_newer_head_lands_behind_all_that_was_named(desk: Desk) -> None:
    """What the older one waited for, and what this one is to wait for."""
    for name in ("one", "two", "three"):
        desk.branch(name)
    one, two = await desk.enqueue("one"), await desk.enqueue("two")
    old = await desk.enqueue("three", one.id)
    desk.branch("three", "newer")
    new = await desk.enqueue("three", two.id)
    assert new.after == (one.id, two.id)
    (gone,) = [item for item in desk.world.items if item.id == old.id]
    assert gone.state is ItemState.CANCELLED


async def test_the_same_undo_twice_is_the_same_landing(desk: Desk) -> None:
    """As long as the first waits; what is undone is another change, of the same commit."""
    desk.branch("one")
    one = await desk.enqueue("one")
    await desk.engine.release_lane(PROJECT, "main", actor="ada")
    await closed(desk.world, desk.engine, 1)
    await desk.engine.hold_lane(PROJECT, "main", why="a test", actor="ada")
    undo = await desk.engine.undo(one.id, actor="ada")
    assert (await desk.engine.undo(one.id, actor="ada")).id == undo.id
    desk.world.hub.refs["refs/heads/again"] = undo.source_head
    assert (await desk.enqueue("again")).id != undo.id


async def test_a_target_that_is_not_there_is_refused(desk: Desk) -> None:
    """A slip of the pen would wait for ever."""
    desk.branch("one")
    with pytest.raises(Permanent, match="no branch 'mian'"):
        await desk.enqueue("one", target="mian")
    assert not desk.world.items
