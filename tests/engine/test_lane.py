"""What the rows say of those that wait, as a lane goes on."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

import pytest

from orch.core.landing import Item, ItemState
from orch.ports.gate import GateOrder, GateResult
from orch.testing.fake_gate import FakeGate
from orch.testing.simulate import PROJECT, World
from tests.engine.wide_lane import closed, enqueue, reach, wide_lane

QUEUED, GATING, GREEN = ItemState.QUEUED, ItemState.GATING, ItemState.GREEN


@dataclass(slots=True)
class Slow(FakeGate):
    """A gate that says nothing of a tree until it is let, unless the file `fast` is in it."""

    fast: str = ""
    let: asyncio.Event = field(default_factory=asyncio.Event)

    async def check(self, order: GateOrder) -> GateResult:
        """Wait, then say what it would have said."""
        if self.fast not in self.hub.commits[order.commit].files:
            await self.let.wait()
        return await FakeGate.check(self, order)


def states(items: Sequence[Item]) -> list[ItemState]:
    """Return their states, by their positions."""
    return [item.state for item in sorted(items, key=lambda item: item.position)]


@pytest.mark.parametrize(("fast", "before"), [("", GATING), ("b.txt", GREEN)])
async def test_who_is_overtaken_waits_in_the_queue_again(fast: str, before: ItemState) -> None:
    """What stands behind a full chain is shown neither as being gated nor as having passed."""
    world = World()
    gate = world.gate = Slow(world.hub, fast=fast)
    async with wide_lane(world, 2) as engine:
        items = await enqueue(world, engine, ["a.txt", "b.txt", "c.txt"])
        await reach(world, lambda found: states(found)[:2] == [GATING, before])
        await engine.promote(items[2].id, actor="ada")
        await reach(world, lambda found: states(found) == [GATING, QUEUED, GATING])
        gate.let.set()
        assert {one.state for one in await closed(world, engine, 3)} == {ItemState.LANDED}


async def test_whom_the_chain_has_no_room_for_hears_that_a_pause_is_over() -> None:
    """As soon as nothing is left to be built it is known to wait for its turn only."""
    world = World()
    gate = world.gate = Slow(world.hub)
    async with wide_lane(world, 1) as engine:
        await engine.hold_lane(PROJECT, "main", why="a test", actor="ada")
        await enqueue(world, engine, ["a.txt", "b.txt"])
        await reach(world, lambda found: all("paused" in it.waiting for it in found))
        await engine.release_lane(PROJECT, "main", actor="ada")
        await reach(world, lambda found: not any(it.waiting for it in found))
        gate.let.set()
        assert {one.state for one in await closed(world, engine, 2)} == {ItemState.LANDED}
