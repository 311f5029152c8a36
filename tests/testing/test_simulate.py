"""Whole lives in the simulator: whatever step the daemon dies at, the end is the same."""

import pytest

from orch.core.task import Status
from orch.testing.simulate import MANNERS, Fuse, World, live, random_steps

STRAIGHT = [
    "TaskSubmitted",
    "TaskRouted",
    "SlotGranted",
    "PrepareWorkspace",
    "WorkspaceReady",
    "StartSession",
    "SessionStarted",
    "SessionEnded",
    "CollectEvidence",
    "AgentClaimedDone",
    "RunGate",
    "GatePassed",
    "SubmitLanding",
    "LandingSubmitted",
    "ItemQueued",
    "ItemPushing",
    "Landed",
    "ReleaseWorkspace",
    "WorkspaceReleased",
]


async def survive(world: World, manners: tuple[str, ...], *, deaths: list[int]) -> int:
    """Let daemon after daemon die at these steps, then one live to the end; count the deaths."""
    for died, at in enumerate(deaths):
        if await live(world, manners, fuse=Fuse(at)):
            return died
    assert await live(world, manners, fuse=Fuse())
    return len(deaths)


async def check(world: World, manners: tuple[str, ...]) -> None:
    """Hold the end of a simulation against what is promised."""
    project = world.store.projects()[0]
    landed = [item for item in world.items if item.new]
    assert await world.lander.verify(project, "main", landed=landed) == []
    assert len({item.task_id for item in landed}) == len(landed), "a task landed twice"
    for task in world.tasks:
        manner = task.title.split()[0]
        assert task.attempt
        assert task.attempt.n <= task.budget.attempts
        if manner != "clash":
            assert task.status is Status.DONE, f"{task.id} {manner}: {task.reason}"
        assert (task.status is Status.DONE) == (f"work-{task.id}.txt" in world.main)
    assert not [name for name in world.main if name.startswith("broken") and world.main[name]]
    assert len(world.tasks) == len(manners)


async def test_a_straight_life_passes_every_step_in_order() -> None:
    """Before and after each; that is what crash tests kill at."""
    fuse = Fuse()
    assert await live(World(), ("good",), fuse=fuse)
    before = [name.split()[1] for name in fuse.names if name.startswith("before")]
    assert before == STRAIGHT


async def test_each_manner_of_work_comes_to_its_end() -> None:
    """Good, careless, lazy, dying and clashing agents, side by side."""
    world = World()
    await survive(world, MANNERS, deaths=[])
    await check(world, MANNERS)


@pytest.mark.parametrize("manners", [("good",), ("careless",), ("crash", "lazy")])
async def test_a_daemon_may_die_at_every_step(manners: tuple[str, ...]) -> None:
    """Each step of the life in turn; the end is the same, and nothing happens twice."""
    whole = Fuse()
    assert await live(World(), manners, fuse=whole)
    for at in range(1, len(whole.names) + 1):
        world = World()
        await survive(world, manners, deaths=[at])
        await check(world, manners)
        attempts = [task.attempt.n for task in world.tasks if task.attempt]
        wanted = [2 if task.title.startswith(("careless", "crash")) else 1 for task in world.tasks]
        assert attempts == wanted, f"killed {whole.names[at - 1]}"


class Wound(Fuse):
    """Sets the clock at one step, and lets the daemon live."""

    def __init__(self, world: World, at: int, *, seconds: float) -> None:
        """Say at which step, and by how much."""
        super().__init__()
        self._world, self._turn_at, self._seconds = world, at, seconds

    def __call__(self, name: str) -> None:
        """Take a step."""
        super().__call__(name)
        if len(self.names) == self._turn_at:
            self._world.clock.turn(self._seconds)


@pytest.mark.parametrize("hours", [1, -1])
async def test_the_clock_may_be_set_at_every_step(hours: int) -> None:
    """An hour forward or back: nothing gets stuck, no retry is lost, no attempt is wasted."""
    manners = ("careless", "crash")
    whole = Fuse()
    assert await live(World(), manners, fuse=whole)
    for at in range(1, len(whole.names) + 1, 3):
        world = World()
        assert await live(world, manners, fuse=Wound(world, at, seconds=hours * 3600.0))
        await check(world, manners)
        assert [task.attempt.n for task in world.tasks if task.attempt] == [2, 2]


async def survive_at_random(count: int, *, deaths: int, seed: int) -> None:
    """Run many tasks through many deaths."""
    manners = tuple(MANNERS[number % len(MANNERS)] for number in range(count))
    draw = random_steps(seed, count=deaths, highest=max(30, count * 20 // max(1, deaths)))
    world = World()
    died = await survive(world, manners, deaths=[at for at in iter(draw, None) if at])
    await check(world, manners)
    assert died == deaths, "it was over before it had died often enough"


async def test_many_tasks_survive_many_deaths(seed: int) -> None:
    """Forty tasks, fifteen deaths at random steps."""
    await survive_at_random(40, deaths=15, seed=seed)


@pytest.mark.soak
async def test_a_thousand_tasks_survive_two_hundred_deaths(seed: int) -> None:
    """All terminal, none lost, none landed twice."""
    await survive_at_random(1000, deaths=200, seed=seed)
