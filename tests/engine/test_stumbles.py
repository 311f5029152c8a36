"""A change whose gate hangs is nobody's fault, and in nobody's way."""

import asyncio
from collections.abc import Mapping

from orch.core.landing import ItemState
from orch.core.receipt import Outcome
from orch.engine.stumbles import Stumbles
from orch.ports.store import ItemQuery
from orch.testing.fake_clock import FakeClock
from orch.testing.fake_gate import FakeGate
from orch.testing.simulate import World
from tests.engine.wide_lane import closed, enqueue, wide_lane


def test_who_stumbles_again_waits_longer() -> None:
    """A minute at first, half an hour at most."""
    stumbles, waits = Stumbles(FakeClock()), []
    for _ in range(7):
        stumbles.meet("l1", "it hangs")
        waits.append(stumbles.next_s())
    assert waits == [60, 120, 240, 480, 960, 1800, 1800]
    assert stumbles.out() == {"l1": "it hangs"}


async def test_the_others_land_meanwhile() -> None:
    """It waits with its reason, is tried again behind them, and lands once its gate ends."""
    world, cured = World(), asyncio.Event()

    def judge(files: Mapping[str, str]) -> Outcome:
        hangs = "l0.txt" in files and not cured.is_set()
        return Outcome.INFRA if hangs else Outcome.PASSED

    world.gate = FakeGate(world.hub, judge=judge)
    async with wide_lane(world, 3) as engine:
        items = await enqueue(world, engine, [f"l{number}.txt" for number in range(5)])
        others = await closed(world, engine, 4)
        assert [one.id for one in others] == [one.id for one in items[1:]]
        (held,) = world.store.items(ItemQuery(ids=(items[0].id,)))
        assert "the gate could not be run" in held.waiting
        cured.set()
        world.clock.advance(61.0)
        assert {one.state for one in await closed(world, engine, 5)} == {ItemState.LANDED}
