"""A lane whose project requires a judge: what none has approved waits, the others go on."""

import asyncio
import json
from collections.abc import Callable, Mapping
from dataclasses import replace

import pytest

from orch.core.events import TaskCompleted
from orch.core.judgement import Ruling
from orch.core.landing import Item, ItemState
from orch.core.settings import JudgePolicy
from orch.core.task import Status
from orch.engine.engine import Engine
from orch.engine.enqueue import Wanted
from orch.ports.store import ItemQuery
from orch.testing.fake_session import FakeSession
from orch.testing.simulate import PROJECT, FakeConfiguration, Fuse, World, live

ADA = "person:ada"


async def await_item(engine: Engine, wanted: Callable[[Item], bool]) -> Item:
    """Wait until there is an item of the lane as it is wanted."""
    while True:
        for item in engine.parts.store.items(ItemQuery(limit=1000)):
            if wanted(item):
                return item
        await asyncio.sleep(0)  # What an item waits for is no news that could be waited for.


def held(why: str) -> Callable[[Item], bool]:
    """Want an open item that waits with this in its reason."""
    return lambda item: item.is_open and why in item.waiting


def branch(world: World, name: str) -> Wanted:
    """Make a branch of a person's, and want it in the lane."""
    base = world.hub.refs["refs/heads/main"]
    files = {**world.lander.files(base), f"{name}.txt": "x"}
    world.hub.refs[f"refs/heads/{name}"] = world.lander.record(files, base, message=name)
    return Wanted(project_id=PROJECT, source=name, actor=ADA)


def approved(wanted: Wanted) -> Wanted:
    """Want the same, and vouch for it."""
    return Wanted(project_id=PROJECT, source=wanted.source, actor=ADA, approved=True)


async def test_a_branch_waits_for_a_person_and_judged_work_passes_it() -> None:
    """It was there first, and holds nobody up; it lands once a person vouches for it."""
    world = World(judge=JudgePolicy.REQUIRED)

    async def person(engine: Engine) -> None:
        wanted = branch(world, "mine")
        await engine.enqueue(wanted)
        waits = await await_item(engine, held("`orch enqueue mine --into main --approve`"))
        passed = await await_item(engine, lambda item: item.state is ItemState.LANDED)
        assert passed.task_id == "t1"
        again = await engine.enqueue(wanted)
        assert (again.id, again.approved) == (waits.id, False)
        vouched = await engine.enqueue(approved(wanted))
        assert (vouched.id, vouched.approved) == (waits.id, True)
        await await_item(engine, lambda item: item.id == waits.id and not item.is_open)

    assert await live(world, ("good",), fuse=Fuse(), person=person)
    assert {"mine.txt", "work-t1.txt"} <= world.main.keys()
    assert [item.state for item in world.items] == [ItemState.LANDED] * 2


async def test_a_conflict_that_is_resolved_in_the_lane_voids_the_judgement() -> None:
    """Nobody judged those lines: the change waits for a person, and says so."""
    world = World(judge=JudgePolicy.REQUIRED)
    sides = frozenset({"work-t1.txt", "work-t2.txt"})
    world.lander.resolutions["shared.txt", sides] = "both"

    async def person(engine: Engine) -> None:
        waits = await await_item(engine, held("its conflict was resolved (rerere)"))
        assert f"`orch merge {waits.task_id}`" in waits.waiting
        assert waits.resolved == "rerere"
        wanted = Wanted(project_id=PROJECT, source=waits.task_id or "", actor=ADA, approved=True)
        assert (await engine.enqueue(wanted)).id == waits.id

    assert await live(world, ("clash", "clash"), fuse=Fuse(), person=person)
    assert [task.status for task in world.tasks] == [Status.DONE] * 2
    assert world.main["shared.txt"] == "both"


@pytest.mark.parametrize("policy", [JudgePolicy.OFF, JudgePolicy.ADVISORY])
async def test_what_was_queued_before_a_judge_was_required_waits_too(policy: JudgePolicy) -> None:
    """The lane asks for the rule that holds now; taken back, it lets it go on."""
    world = World(judge=policy)

    async def reject(session: FakeSession, told: Mapping[str, str]) -> None:
        said = {"commit": told["ORCH_COMMIT"], "verdict": "reject", "summary": "No."}
        session.print(json.dumps(said).encode())
        session.exit(0)

    world.rule = reject

    async def person(engine: Engine) -> None:
        lax = await require_judge_late(engine)
        require(engine, lax)
        await engine.release_lane(PROJECT, "main", actor=ADA)
        world.clock.advance(61.0)

    assert await live(world, ("good",), fuse=Fuse(), person=person)
    assert [item.state for item in world.items] == [ItemState.LANDED]


async def test_what_was_queued_too_early_can_be_judged_after_all() -> None:
    """Taken out and marked complete it goes through gate and judge, and lands."""
    world = World()

    async def person(engine: Engine) -> None:
        await require_judge_late(engine)
        await engine.withdraw("l1", "to be judged", actor=ADA)
        await engine.writer.submit("t1", TaskCompleted(at=engine.parts.clock.now(), actor=ADA))

    assert await live(world, ("good",), fuse=Fuse(), person=person)
    assert [item.state for item in world.items] == [ItemState.CANCELLED, ItemState.LANDED]
    (task,) = world.tasks
    assert task.judgement
    assert task.judgement.ruling is Ruling.APPROVE


async def require_judge_late(engine: Engine) -> JudgePolicy:
    """Require a judge once the one change is in the lane, and wait until it is held for that."""
    await engine.hold_lane(PROJECT, "main", why="a while", actor=ADA)
    await await_item(engine, lambda item: item.task_id == "t1" and "paused" in item.waiting)
    before = require(engine, JudgePolicy.REQUIRED)
    await engine.release_lane(PROJECT, "main", actor=ADA)
    await await_item(engine, held("`orch merge t1` lands it all the same"))
    return before


def require(engine: Engine, policy: JudgePolicy) -> JudgePolicy:
    """Change the project's policy under way; return the one before."""
    configuration = engine.parts.configuration
    assert isinstance(configuration, FakeConfiguration)
    landing = configuration.settings.landing
    configuration.settings = replace(configuration.settings, landing=replace(landing, judge=policy))
    return landing.judge
