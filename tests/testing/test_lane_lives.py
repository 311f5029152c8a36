"""A lane whose daemon dies again and again ends where it would have ended."""

import random

import pytest

from orch.core.landing import ItemState
from orch.testing.lane_lives import LaneWorld, find_faults, live_lane
from orch.testing.simulate import Fuse
from tests.conftest import read_seed


async def run(lane: LaneWorld, *, crashes: int) -> None:
    """Live until all is over, with so many deaths at random steps on the way."""
    chance = random.Random(read_seed())  # noqa: S311 - it picks where simulations die
    steps = max(2, lane.count * 8 // max(1, crashes))
    for _ in range(crashes):
        await live_lane(lane, fuse=Fuse(chance.randint(1, 2 * steps)))
    assert await live_lane(lane, fuse=Fuse())
    assert not any(item.is_open for item in lane.items)
    assert len(lane.items) == lane.count
    assert await find_faults(lane) == []


@pytest.mark.parametrize(("window", "batch"), [(1, 1), (4, 1), (8, 1), (2, 2), (1, 4)])
async def test_a_lane_lands_all_that_is_well(window: int, batch: int) -> None:
    """However wide it is: only what is broken or conflicts is sent back."""
    lane = LaneWorld(40, seed=read_seed() + window, window=window, batch=batch)
    await run(lane, crashes=0)
    landed = [item for item in lane.items if item.state is ItemState.LANDED]
    assert len(landed) >= sum(kind in {"good", "flaky", "stuck"} for kind in lane.kinds)


@pytest.mark.parametrize(("window", "batch"), [(4, 1), (2, 4)])
async def test_a_daemon_that_dies_again_and_again_loses_nothing(window: int, batch: int) -> None:
    """Nothing lands twice, nothing is lost, nobody is ejected for it."""
    lane = LaneWorld(60, seed=read_seed(), window=window, batch=batch)
    await run(lane, crashes=12)


@pytest.mark.soak
async def test_a_thousand_items_and_two_hundred_deaths() -> None:
    """The same at length."""
    await run(LaneWorld(1000, seed=read_seed(), window=8), crashes=200)
