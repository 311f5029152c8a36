"""The lanes say what holds each of them up, and go on as soon as that is over."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from orch.core.landing import ItemState
from orch.core.project import Project
from orch.core.receipt import Outcome
from orch.core.settings import FlakyPolicy
from orch.testing.fake_gate import FakeGate
from orch.testing.fake_lander import FakeLander
from orch.testing.simulate import PROJECT, FakeConfiguration, World
from tests.engine.wide_lane import closed, enqueue, reach, wide_lane


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
        told = engine.lane_trouble(PROJECT, "main")
        assert told == "git, or the remote, has not answered for 42 s"
        lander.answers.set()
        await closed(world, engine, 1)
        assert engine.lane_trouble(PROJECT, "main") == ""


async def test_a_lane_sees_at_once_that_its_settings_have_changed() -> None:
    """Who allows what a change waits for need not wait until the lane looks again by itself."""
    world, outcomes = World(), [Outcome.RED]

    def judge(files: Mapping[str, str]) -> Outcome:
        return outcomes.pop() if "a" in files and outcomes else Outcome.PASSED

    world.gate = FakeGate(world.hub, judge=judge)
    async with wide_lane(world, window=2) as engine:
        await enqueue(world, engine, ["a"])
        await reach(world, lambda found: "flaky" in found[0].waiting)
        configuration = engine.parts.configuration
        assert isinstance(configuration, FakeConfiguration)
        landing = replace(configuration.settings.landing, flaky=FlakyPolicy.ALLOW)
        configuration.settings = replace(configuration.settings, landing=landing)
        await engine.reload()
        (item,) = await closed(world, engine, 1)
    assert item.state is ItemState.LANDED
