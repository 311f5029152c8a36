"""The lanes say what holds each of them up."""

import asyncio
from dataclasses import dataclass, field

from orch.core.project import Project
from orch.testing.fake_lander import FakeLander
from orch.testing.simulate import PROJECT, World
from tests.engine.wide_lane import closed, enqueue, wide_lane


@dataclass(slots=True)
class SilentLander(FakeLander):
    """A lander whose target neither answers nor refuses until `answers` is set."""

    answers: asyncio.Event = field(default_factory=asyncio.Event)
    asked: asyncio.Event = field(default_factory=asyncio.Event)

    async def tip(self, project: Project, target: str) -> str:
        """Wait, as long as it takes."""
        self.asked.set()
        await self.answers.wait()
        return await FakeLander.tip(self, project, target)


async def test_a_target_that_is_silent_is_told_while_it_is_waited_for() -> None:
    """Not only when the time is up: a person sees at once why nothing moves."""
    world = World()
    world.lander = lander = SilentLander(world.hub)
    lander.answers.set()
    async with wide_lane(world, window=2) as engine:
        lander.answers.clear()
        await enqueue(world, engine, ["a"])
        lander.asked.clear()
        async with asyncio.timeout(60):
            await lander.asked.wait()
        assert engine.lane_trouble(PROJECT, "main") == ""
        world.clock.advance(42.0)
        assert engine.lane_trouble(PROJECT, "main") == "main has not answered for 42 s"
        lander.answers.set()
        await closed(world, engine, 1)
        assert engine.lane_trouble(PROJECT, "main") == ""
