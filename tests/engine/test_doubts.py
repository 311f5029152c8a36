"""A red target is asked again, so that no failure of the machine's stops a lane for good."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager

from orch.core.landing import Item, ItemState
from orch.core.receipt import Outcome
from orch.engine.checks import Verdict
from orch.engine.doubts import Doubts
from orch.engine.engine import Engine
from orch.testing.fake_clock import FakeClock
from orch.testing.fake_gate import FakeGate
from orch.testing.simulate import PROJECT, World
from tests.engine.wide_lane import closed, enqueue, reach, wide_lane


def test_doubts_come_ever_more_rarely() -> None:
    """After ten minutes, and an hour at most; what passes, or is forgotten, is not doubted."""
    clock = FakeClock()
    doubts, waits = Doubts(clock), list[float]()
    for outcome in (Outcome.RED, Outcome.UNCLEAN, Outcome.RED, Outcome.RED, Outcome.RED):
        said, waited = {"tip": Verdict(outcome=outcome)}, 0.0
        while not doubts.about(said):
            clock.advance(60.0)
            waited += 60.0
        waits.append(waited)
    assert waits == [600, 1200, 2400, 3600, 3600]
    assert doubts.about({"tip": Verdict(outcome=Outcome.PASSED)}) == frozenset()


@asynccontextmanager
async def red_target() -> AsyncIterator[tuple[World, Engine]]:
    """Have a lane wait for a target that failed twice, on a machine that is well again by then."""
    world, is_well = World(), asyncio.Event()

    def judge(files: Mapping[str, str]) -> Outcome:
        del files
        return Outcome.PASSED if is_well.is_set() else Outcome.RED

    world.gate = FakeGate(world.hub, judge=judge)
    async with wide_lane(world, 2) as engine:
        await enqueue(world, engine, ["a.txt"])
        await reach(world, lambda found: "target itself fails" in found[0].waiting)
        assert len(world.gate.runs) == 3
        is_well.set()
        yield world, engine


async def test_a_red_target_is_asked_again_after_a_while() -> None:
    """Nobody has to push for it; what failed with it is not sent back."""
    async with red_target() as (world, _):

        def look(found: Sequence[Item]) -> bool:
            world.clock.advance(60.0)
            return "flaky" in found[0].waiting

        begun = world.clock.now()
        await reach(world, look)
    assert world.clock.now() - begun >= 600.0


async def test_a_red_target_is_asked_again_on_a_persons_word() -> None:
    """`orch queue resume` does not wait for the ten minutes; then all goes on."""
    async with red_target() as (world, engine):
        await engine.release_lane(PROJECT, "main", actor="ada")
        await reach(world, lambda found: "flaky" in found[0].waiting)
        await engine.promote(world.items[0].id, actor="ada")
        (item,) = await closed(world, engine, 1)
    assert item.state is ItemState.LANDED
