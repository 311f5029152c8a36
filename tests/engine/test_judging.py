"""Judging in whole lives: whatever step the daemon dies at, the same word decides the same."""

import asyncio
import json
from collections.abc import Mapping
from dataclasses import replace
from functools import partial

import pytest

from orch.adapters.agents.command import CommandAgent
from orch.core.judgement import Ruling
from orch.core.settings import JudgePolicy
from orch.core.signs import Trouble
from orch.core.task import ENDED, Status, Task
from orch.engine.engine import Engine
from orch.engine.judge_case import case_of
from orch.engine.kill_points import Step
from orch.engine.parts import Parts
from orch.ports.agent import End, Ending, Word
from orch.ports.session_host import Liveness
from orch.ports.store import EventQuery
from orch.testing.fake_session import FakeSession
from orch.testing.simulate import JUDGED, Fuse, World, live
from tests.testing.test_simulate import check, survive


def a_world(policy: JudgePolicy = JudgePolicy.REQUIRED) -> World:
    """Make a world in which work is judged."""
    return World(judge=policy)


def story(world: World) -> list[str]:
    """List the kinds of all events."""
    return [event.kind for event in world.store.events(EventQuery(limit=10_000))]


def only_task(world: World) -> Task:
    """Return the one task that there is."""
    (task,) = world.tasks
    return task


def answers(*said: str) -> World:
    """Make a world whose judges say these things in turn, for ever the last one."""
    world, left = a_world(), list(said)

    async def rule(session: FakeSession, told: Mapping[str, str]) -> None:
        del told
        env = dict(session.spec.env)
        words = left.pop(0) if len(left) > 1 else left[0]
        session.print(words.replace("HEAD", env["ORCH_COMMIT"]).encode())
        session.exit(0)

    world.rule = rule
    return world


def says(verdict: str, **fields: object) -> str:
    """Write an answer; HEAD stands for the commit that is judged."""
    return json.dumps({"commit": "HEAD", "verdict": verdict, **fields})


async def test_each_manner_comes_to_its_end_before_a_judge() -> None:
    """Rejected work is mended, mumbling is asked about once more, and all of it lands."""
    world = a_world()
    await survive(world, JUDGED, deaths=[])
    await check(world, JUDGED)
    rejections = {task.title.split()[0]: task.rejections for task in world.tasks}
    assert rejections["contested"] == 1
    assert sum(rejections.values()) == 1


@pytest.mark.parametrize("manners", [("good",), ("contested",), ("mumbled",)])
async def test_a_daemon_may_die_at_every_step_of_a_judged_life(manners: tuple[str, ...]) -> None:
    """The end is the same, no judge is asked twice, and nothing of one is left."""
    whole = Fuse()
    assert await live(a_world(), manners, fuse=whole)
    judged = story_count(whole, "before Judged")
    for at in range(1, len(whole.names) + 1):
        world = a_world()
        await survive(world, manners, deaths=[at])
        await check(world, manners)
        assert story(world).count("Judged") == judged, f"killed {whole.names[at - 1]}"
        await check_nothing_is_left(world)


def story_count(fuse: Fuse, name: str) -> int:
    """Count how often a step was passed."""
    return fuse.names.count(name)


async def check_nothing_is_left(world: World) -> None:
    """See that no judge's room and no judge's session outlives what it was for."""
    (project,) = world.store.projects()
    assert list(await world.rooms.names(project)) == []
    alive = [one for one in await world.sessions.list() if one.liveness is Liveness.ALIVE]
    assert not [one.name for one in alive if case_of(one.name)]


async def test_the_worker_is_told_all_remarks_in_its_next_prompt() -> None:
    """One message, with file and line."""
    world = a_world()
    assert await live(world, ("contested",), fuse=Fuse())
    task = only_task(world)
    prompt = world.artifacts.read(task.id, 2, name="prompt.md").decode()
    assert "rejects it" in prompt
    assert "- a.txt:1: warning: not yet" in prompt


async def test_a_judge_is_shown_task_and_change_but_no_way_to_write() -> None:
    """Its prompt stands among the attempt's artifacts; it has no token of the session."""
    world = a_world()
    assert await live(world, ("good",), fuse=Fuse())
    task = only_task(world)
    assert task.judgement
    assert task.judgement.ruling is Ruling.APPROVE
    session = world.sessions.session(task.judgement.session)
    prompt = world.artifacts.kept[dict(session.spec.env)["ORCH_PROMPT_FILE"]].decode()
    assert f"+work-{task.id}.txt: done" in prompt
    assert "ORCH_TOKEN" not in dict(session.spec.env)
    assert session.spec.cwd.startswith("/")


async def test_who_can_not_be_understood_twice_leaves_it_to_a_person() -> None:
    """That is no approval; the second prompt says what was wrong with the first answer."""
    world = answers("I like it.")
    assert await live(world, ("good",), fuse=Fuse())
    task = only_task(world)
    assert (task.status, task.judgement is not None) == (Status.NEEDS_REVIEW, True)
    assert "no JSON object with a verdict" in task.reason
    prompts = [body.decode() for name, body in world.artifacts.kept.items() if "judge-" in name]
    assert sum("could not be read: there is no JSON object" in one for one in prompts) == 1


async def test_after_so_many_rejections_a_person_decides() -> None:
    """Two, unless the project says otherwise."""
    world = answers(says("reject", summary="Wrong."))
    assert await live(world, ("good",), fuse=Fuse())
    task = only_task(world)
    assert (task.status, task.rejections) == (Status.NEEDS_REVIEW, 2)
    assert "rejected 2 times by the judge: Wrong." in task.reason


async def test_an_unclear_word_is_a_persons_turn_at_once() -> None:
    """It was understood: nobody is asked again."""
    world = answers(says("unclear", summary="No tests to go by."))
    assert await live(world, ("good",), fuse=Fuse())
    task = only_task(world)
    assert task.status is Status.NEEDS_REVIEW
    assert "No tests to go by." in task.reason
    assert world.sessions.starts == 2


async def test_a_judge_that_writes_is_not_heard() -> None:
    """Its approval is void, and the person is told what it wrote to."""
    world = answers(says("approve"))
    rule = world.rule

    async def meddle(session: FakeSession, told: Mapping[str, str]) -> None:
        room = dict(session.spec.env)["ORCH_WORKSPACE"].split("/")[-2]
        world.rooms.stained(room, "a.txt")
        await rule(session, told)

    world.rule = meddle
    assert await live(world, ("good",), fuse=Fuse())
    task = only_task(world)
    assert task.status is Status.NEEDS_REVIEW
    assert "wrote to what it was only to read (a.txt)" in task.reason
    await check_nothing_is_left(world)


async def test_a_judge_that_fails_is_asked_once_more() -> None:
    """What it printed before it failed does not count."""
    world = answers(says("approve"))
    rule = world.rule

    async def fail_first(session: FakeSession, told: Mapping[str, str]) -> None:
        if session.spec.name.endswith("-1"):
            session.print(says("approve").encode())
            session.exit(3)
            return
        await rule(session, told)

    world.rule = fail_first
    assert await live(world, ("good",), fuse=Fuse())
    task = only_task(world)
    assert task.status is Status.DONE
    assert task.judgement
    assert task.judgement.session.endswith("-2")


async def test_a_judge_that_never_ends_is_ended() -> None:
    """Its time is up: a person looks, and nothing of it runs on."""
    world = answers("")

    async def wait(session: FakeSession, told: Mapping[str, str]) -> None:
        del session, told
        world.clock.advance(601.0)

    world.rule = wait
    assert await live(world, ("good",), fuse=Fuse())
    assert "it took longer than 600 s" in only_task(world).reason
    await check_nothing_is_left(world)


async def test_a_judge_whose_host_lost_sight_of_it_is_asked_anew() -> None:
    """Its word could not be heard any more; it is ended first."""
    world = answers(says("approve"))
    rule = world.rule

    async def lose_first(session: FakeSession, told: Mapping[str, str]) -> None:
        if session.spec.name.endswith("-1"):
            session.lose()
            return
        await rule(session, told)

    world.rule = lose_first
    assert await live(world, ("good",), fuse=Fuse())
    task = only_task(world)
    assert task.status is Status.DONE
    assert task.judgement
    assert task.judgement.session.endswith("-2")
    await check_nothing_is_left(world)


class Limited(CommandAgent):
    """An agent whose provider limits it when it says so."""

    def ending(self, end: End) -> Ending:
        """Take its word for it."""
        if "429" in "".join(end.tail):
            trouble = Trouble.RATE_LIMIT
            return Ending(word=Word.HELD, reason="the rate limit is reached", trouble=trouble)
        return super().ending(end)


class LimitedWorld(World):
    """A world of such agents, whose judges have a limit that ends after so many sessions."""

    def parts(self, step: Step) -> Parts:
        """Put the ports together for one daemon."""
        return replace(super().parts(step), agents={"command": Limited()})


async def wait_out(world: World, engine: Engine) -> None:
    """Let the time pass whenever the one task is parked, until it rests."""
    del engine
    while (task := only_task(world)).status not in ENDED:
        if task.resume_at is not None:
            assert "not judged: the rate limit is reached" in task.reason
            world.clock.advance(60.0)
        await asyncio.sleep(0)


@pytest.mark.parametrize(("times", "status"), [(2, Status.DONE), (3, Status.NEEDS_REVIEW)])
async def test_a_judge_out_of_its_limit_is_waited_for(times: int, status: Status) -> None:
    """Its gate is not run again for that; the third time a person looks."""
    world = LimitedWorld(judge=JudgePolicy.REQUIRED)
    rule, left = world.rule, ["429"] * times

    async def hit(session: FakeSession, told: Mapping[str, str]) -> None:
        if left:
            session.print(left.pop().encode())
            session.exit(1)
            return
        await rule(session, told)

    world.rule = hit
    assert await live(world, ("good",), fuse=Fuse(), person=partial(wait_out, world))
    task = only_task(world)
    assert (task.status, story(world).count("Judged")) == (status, 3)
    assert len(world.gate.runs) == 1
    await check_nothing_is_left(world)


async def test_an_advisory_judge_out_of_its_limit_is_noted_and_holds_nothing() -> None:
    """The work lands, nobody asks again; that it was not judged, and why, is there to be read."""
    world = LimitedWorld(judge=JudgePolicy.ADVISORY)

    async def hit(session: FakeSession, told: Mapping[str, str]) -> None:
        del told
        session.print(b"429")
        session.exit(1)

    world.rule = hit
    assert await live(world, ("good",), fuse=Fuse())
    task = only_task(world)
    assert (task.status, story(world).count("Judged")) == (Status.DONE, 1)
    assert task.judgement
    assert (task.judgement.ruling, task.judgement.held) == (Ruling.UNCLEAR, 1)
    assert task.judgement.summary == "the rate limit is reached"
    await check_nothing_is_left(world)


async def test_an_advisory_judge_holds_nothing() -> None:
    """The work lands although it is rejected; the judgement is there to be read."""
    world = a_world(JudgePolicy.ADVISORY)
    assert await live(world, ("contested",), fuse=Fuse())
    task = only_task(world)
    assert (task.status, task.rejections) == (Status.DONE, 0)
    assert task.judgement
    assert task.judgement.ruling is Ruling.REJECT
    assert task.attempt
    assert task.attempt.n == 1


async def test_a_daemon_may_die_at_every_step_of_an_advised_life() -> None:
    """It lands all the same."""
    whole = Fuse()
    assert await live(a_world(JudgePolicy.ADVISORY), ("good",), fuse=whole)
    for at in range(1, len(whole.names) + 1):
        world = a_world(JudgePolicy.ADVISORY)
        await survive(world, ("good",), deaths=[at])
        await check(world, ("good",))
        assert story(world).count("Judged") == 1, f"killed {whole.names[at - 1]}"
        await check_nothing_is_left(world)


async def test_a_cancelled_task_ends_its_judge() -> None:
    """Its session is ended and its room removed, though nobody waits for its word."""
    world = a_world()
    begun = asyncio.Event()

    async def wait(session: FakeSession, told: Mapping[str, str]) -> None:
        del session, told
        begun.set()

    world.rule = wait

    async def cancel(engine: Engine) -> None:
        await begun.wait()
        await engine.cancel(only_task(world).id, "enough", actor="person:ada")

    assert await live(world, ("good",), fuse=Fuse(), person=cancel)
    assert only_task(world).status is Status.CANCELLED
    await check_nothing_is_left(world)
