"""Prove that a project pauses itself after failures in a row, and stays resumed when resumed."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace

from hypothesis import given
from hypothesis import strategies as st

from orch.core.events import AgentFailed, Landed
from orch.core.project import Project
from orch.core.settings import JudgePolicy
from orch.engine.kill_points import no_step
from orch.engine.parts import Parts
from orch.engine.patrol import PAUSED, RESUMED, Patrol
from orch.engine.piece import Piece
from orch.ports.store import EventQuery, Fact
from orch.testing.fake_session import FakeSession
from orch.testing.simulate import PROJECT, Fuse, World, live

MOST = 5


@dataclass
class Beat:
    """A project under patrol, with what happens to it in a test's hands."""

    world: World
    parts: Parts
    patrol: Patrol

    @property
    def project(self) -> Project:
        """The project as it is stored."""
        return self.world.store.projects()[0]

    def paused(self) -> bool:
        """Tell whether it is paused now."""
        return self.project.paused

    async def fail(self, task_id: str, status: str = "failed") -> None:
        """Let a task end badly."""
        event = AgentFailed(at=1.0, attempt=1, reason="nothing came of it")
        data: dict[str, object] = {"status": status}
        await self._write(Fact(project_id=PROJECT, task_id=task_id, event=event, data=data))

    async def land(self, task_id: str) -> None:
        """Let a task land."""
        event = Landed(at=1.0, landing_id="l1", commit="c", previous="b")
        data: dict[str, object] = {"status": "done"}
        await self._write(Fact(project_id=PROJECT, task_id=task_id, event=event, data=data))

    async def _write(self, fact: Fact) -> None:
        await self.parts.writer.transact(lambda _: Piece(facts=(fact,)))

    def told(self) -> list[tuple[str, str]]:
        """List what the history tells of pausing and resuming, and who did it."""
        found = self.world.store.events(EventQuery(kinds=(PAUSED, RESUMED)))
        return [(event.kind, event.actor) for event in found]


@asynccontextmanager
async def beat(world: World) -> AsyncIterator[Beat]:
    """Patrol for as long as the test needs it, in what may be another life of the daemon."""
    parts = world.parts(no_step)
    running = asyncio.create_task(parts.writer.run())
    try:
        yield Beat(world, parts, Patrol(parts))
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


async def test_a_project_pauses_itself_and_says_why() -> None:
    """At the fifth task, not at the fourth; by name in the history."""
    async with beat(World()) as on:
        for n in range(1, MOST):
            await on.fail(f"t{n}")
        await on.patrol.look(PROJECT)
        assert not on.paused()
        await on.fail("t5", "needs_review")
        await on.patrol.look(PROJECT)
        assert on.paused()
        assert on.project.paused_why.startswith("5 tasks in a row ended without landing: t1, t2")
        assert on.told() == [(PAUSED, "orch")]


async def test_it_stays_resumed() -> None:
    """No look, no restart and no change of a limit counts again what failed before."""
    world = World()
    async with beat(world) as on:
        for n in range(1, MOST + 3):
            await on.fail(f"t{n}")
        await on.patrol.look(PROJECT)
        await on.patrol.resume(PROJECT, actor="person:ada")
        assert (on.project.paused, on.project.paused_why) == (False, "")
        await on.patrol.look(PROJECT)
        await on.fail("t20")
        await on.patrol.look(PROJECT)
    async with beat(world) as again:
        await again.patrol.look(PROJECT)
        assert not again.paused()
        for n in range(21, 20 + MOST):
            await again.fail(f"t{n}")
        await again.patrol.look(PROJECT)
        assert again.paused()
        assert again.told() == [(PAUSED, "orch"), (RESUMED, "person:ada"), (PAUSED, "orch")]


async def test_a_look_that_began_before_a_resume_does_not_undo_it() -> None:
    """Both at once, in either order: whoever resumes has the last word."""
    for resumes_first in (True, False):
        async with beat(World()) as on:
            for n in range(MOST):
                await on.fail(f"t{n}")
            both = [on.patrol.look(PROJECT), on.patrol.resume(PROJECT, actor="person:ada")]
            await asyncio.gather(*(reversed(both) if resumes_first else both))
            await on.patrol.look(PROJECT)
            assert not on.paused()


async def test_its_own_loop_hears_of_failures_and_finds_old_ones() -> None:
    """While it runs, and at the start after a crash."""
    world = World()
    async with beat(world) as on:
        loop = asyncio.create_task(on.patrol.run())
        for n in range(MOST):
            await on.fail(f"t{n}")
        await on.parts.writer.changed(MOST)  # One event more than the failures: the pause.
        await on.patrol.look(PROJECT)
        assert on.paused()
        loop.cancel()
    world.store.save_project(replace(world.store.projects()[0], paused=False, paused_why=""))
    async with beat(world) as again:
        loop = asyncio.create_task(again.patrol.run())
        await again.parts.writer.changed(MOST + 1)
        await again.patrol.look(PROJECT)
        assert again.paused()
        loop.cancel()


async def test_a_person_pauses_without_a_reason_of_orchs() -> None:
    """Who paused it knows why; twice is once."""
    async with beat(World()) as on:
        await on.patrol.pause(PROJECT, actor="person:ada")
        await on.patrol.pause(PROJECT, actor="person:ada")
        assert (on.project.paused, on.project.paused_why) == (True, "")
        assert on.told() == [(PAUSED, "person:ada")]


STEPS = ("fail", "fail", "fail", "land", "resume", "pause", "look", "restart")


@given(st.lists(st.sampled_from(STEPS), max_size=40))
def test_whatever_happens_in_whatever_order(steps: list[str]) -> None:
    """A model: the failures since the last landing and the last resume, and nothing else."""
    asyncio.run(play(steps))


async def play(steps: list[str]) -> None:
    """Do all of it, and compare with the model after every look."""
    world, failed, paused, number = World(), 0, False, 0
    for life in " ".join(steps).split("restart"):
        async with beat(world) as on:
            for step in (*life.split(), "look"):
                number += 1
                match step:
                    case "fail":
                        await on.fail(f"t{number}")
                        failed += 1
                    case "land":
                        await on.land(f"t{number}")
                        failed = 0
                    case "resume":
                        await on.patrol.resume(PROJECT, actor="person:ada")
                        failed, paused = 0, False
                    case "pause":
                        await on.patrol.pause(PROJECT, actor="person:ada")
                        paused = True
                    case _:
                        await on.patrol.look(PROJECT)
                        paused = paused or failed >= MOST
                        assert on.paused() == paused


async def test_what_judges_refuse_in_a_row_pauses_the_project() -> None:
    """Each was sent back until a person had to decide; a judge that can't be run counts as well."""
    world = World(judge=JudgePolicy.REQUIRED)

    async def mumble(session: FakeSession, told: Mapping[str, str]) -> None:
        del told
        session.print(b"Well, well.")
        session.exit(0)

    world.rule = mumble
    assert await live(world, ("good",) * MOST, fuse=Fuse())
    async with beat(world) as on:
        await on.patrol.look(PROJECT)
        assert on.paused()
        assert on.project.paused_why.startswith("5 tasks in a row ended without landing")
