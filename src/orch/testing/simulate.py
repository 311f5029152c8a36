"""Simulated lives: the real engine on fakes that keep every port's contract, killed at any step."""

import asyncio
import json
import random
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from orch.adapters.agents.command import CommandAgent
from orch.adapters.stores.memory import MemoryStore
from orch.core.events import TaskSubmitted
from orch.core.landing import Item
from orch.core.names import slug
from orch.core.project import Project
from orch.core.receipt import Outcome
from orch.core.settings import (
    AgentProfile,
    HostSettings,
    JudgePolicy,
    LandingSettings,
    Limits,
    ProjectSettings,
)
from orch.core.task import ENDED, Task
from orch.engine.engine import Engine
from orch.engine.kill_points import Step
from orch.engine.parts import Parts
from orch.engine.writer import Writer
from orch.ports.session_host import SessionSpec, SessionState
from orch.ports.store import ItemQuery, TaskQuery
from orch.testing.fake_artifacts import FakeArtifacts
from orch.testing.fake_clock import FakeClock
from orch.testing.fake_gate import FakeGate
from orch.testing.fake_hub import FakeHub, Files
from orch.testing.fake_judge_rooms import FakeJudgeRooms
from orch.testing.fake_lander import FakeLander
from orch.testing.fake_session import FakeSession
from orch.testing.fake_session_host import FakeSessionHost
from orch.testing.fake_workspaces import FakeWorkspaces

PROJECT = "p-sim"
MANNERS = ("good", "good", "careless", "lazy", "crash", "clash")
"""How agents work: well; red at first; uncommitted; dying at first; in a file others change too."""


JUDGED = ("good", "contested", "careless", "mumbled", "good", "clash")
"""The same where each is judged: one is rejected at first, one is not understood at first."""

Person = Callable[[Engine], Awaitable[None]]
"""What a person does with a daemon that serves; after a crash the same again."""


class Killed(BaseException):
    """The daemon was killed here; nothing that it was doing goes on."""


class _Host(FakeSessionHost):
    """A session host whose folders need not be on this machine's disk."""

    async def start(self, spec: SessionSpec) -> SessionState:
        """Start it in a folder that there is."""
        return await super().start(replace(spec, cwd="/"))


@dataclass(slots=True)
class FakeConfiguration:
    """Settings that are always in force."""

    settings: ProjectSettings
    sessions: int = 4

    async def project(self, project: Project) -> ProjectSettings:
        """Return the settings."""
        del project
        return self.settings

    def host(self) -> HostSettings:
        """Return the machine's settings."""
        return HostSettings(sessions=self.sessions)


def _settings(judge: JudgePolicy) -> ProjectSettings:
    return ProjectSettings(
        landing=LandingSettings(base_branch="main", quality_gate=("check",), judge=judge),
        limits=Limits(sessions=4),
        agents=(AgentProfile(name="sim", start_command="work"),),
        agent="sim",
    )


def _judge(files: Files) -> Outcome:
    broken = any(text for name, text in files.items() if name.startswith("broken"))
    return Outcome.RED if broken else Outcome.PASSED


@dataclass(slots=True)
class World:
    """What survives a daemon: the store, the repository, the sessions, the clock."""

    store: MemoryStore = field(default_factory=MemoryStore)
    hub: FakeHub = field(default_factory=FakeHub)
    clock: FakeClock = field(default_factory=FakeClock)
    artifacts: FakeArtifacts = field(default_factory=FakeArtifacts)
    judge: JudgePolicy = JudgePolicy.OFF
    rule: Callable[[FakeSession, Mapping[str, str]], Awaitable[None]] = field(init=False)
    lander: FakeLander = field(init=False)
    gate: FakeGate = field(init=False)
    workspaces: FakeWorkspaces = field(init=False)
    sessions: FakeSessionHost = field(init=False)
    rooms: FakeJudgeRooms = field(init=False)

    def __post_init__(self) -> None:
        """Put a project with one commit on main into it."""
        self.lander = FakeLander(self.hub)
        self.gate = FakeGate(self.hub, judge=_judge)
        self.workspaces = FakeWorkspaces(self.hub)
        self.sessions = _Host(self.play)
        self.rooms = FakeJudgeRooms(self.hub)
        self.rule = self._judge
        self.hub.refs["refs/heads/main"] = self.lander.record({"a.txt": "a"}, None, message="Begin")
        self.store.save_project(
            Project(id=PROJECT, name="sim", path="/sim", hub="/hub", host_id="h", added_at=1.0)
        )

    async def play(self, session: FakeSession) -> None:
        """Work as the task's title says, then exit."""
        told = dict(session.spec.env)
        if told.get("ORCH_ROLE") == "judge":
            await self.rule(session, told)
            return
        hand = self.workspaces.hand(told["ORCH_WORKSPACE"])
        manner, first = told["ORCH_TASK_TITLE"].split()[0], told["ORCH_ATTEMPT"] == "1"
        mine = f"work-{told['ORCH_TASK_ID']}.txt"
        await asyncio.sleep(0)
        match manner:
            case "careless" if first:
                hand.commit({f"broken-{told['ORCH_TASK_ID']}": "x"}, "Half done")
            case "careless":
                hand.commit({mine: "well", f"broken-{told['ORCH_TASK_ID']}": ""}, "Mend")
            case "lazy":
                hand.write({mine: "left uncommitted"})
            case "crash" if first:
                session.exit(1)
                return
            case "clash":
                hand.commit({"shared.txt": mine, mine: "mine"}, "Change what others change")
            case _:
                hand.commit({mine: "done"}, "Do it")
        session.exit(0)

    async def _judge(self, session: FakeSession, told: Mapping[str, str]) -> None:
        """Judge as the task's title says, then exit."""
        manner, first = told["ORCH_TASK_TITLE"].split()[0], told["ORCH_ATTEMPT"] == "1"
        rejects = manner == "contested" and first
        said = {
            "commit": told["ORCH_COMMIT"],
            "verdict": "reject" if rejects else "approve",
            "findings": [{"path": "a.txt", "line": 1, "text": "not yet"}] if rejects else [],
        }
        await asyncio.sleep(0)
        is_understood = manner != "mumbled" or session.spec.name.endswith("-2")
        session.print(json.dumps(said).encode() if is_understood else b"Well, well.")
        session.exit(0)

    def parts(self, step: Step) -> Parts:
        """Put the ports together for one daemon."""
        return Parts(
            host_id="h",
            store=self.store,
            registry=self.store,
            writer=Writer(self.store, self.clock, step=step),
            clock=self.clock,
            configuration=FakeConfiguration(_settings(self.judge)),
            agents={"command": CommandAgent()},
            artifacts=self.artifacts,
            sessions=self.sessions,
            workspaces=self.workspaces,
            gate=self.gate,
            lander=self.lander,
            judge_rooms=self.rooms,
            step=step,
        )

    @property
    def tasks(self) -> Sequence[Task]:
        """All tasks, as they are stored."""
        return self.store.tasks(TaskQuery(limit=100_000))

    @property
    def items(self) -> Sequence[Item]:
        """All items of the lane, as they are stored."""
        return self.store.items(ItemQuery(limit=100_000))

    @property
    def main(self) -> Mapping[str, str]:
        """The files of the target."""
        return self.lander.files(self.hub.refs["refs/heads/main"])


class Fuse:
    """Counts steps, remembers their names, and kills the daemon at one of them."""

    def __init__(self, at: int | None = None) -> None:
        """Kill at the step of this number, counted from 1; never, if there is none."""
        self.at, self.names = at, list[str]()
        self.blown = asyncio.Event()

    def __call__(self, name: str) -> None:
        """Take a step, or die of it; who is dead takes no further step."""
        self.names.append(name)
        if self.blown.is_set() or len(self.names) == self.at:
            self.blown.set()
            raise Killed


async def submit(engine: Engine, manners: Sequence[str]) -> None:
    """Ask for a task of each manner; asking again after a crash gives the same tasks."""
    for number, manner in enumerate(manners):
        title = f"{manner} work {number}"
        wanted = TaskSubmitted(
            at=engine.parts.clock.now(),
            task_id="",
            project_id=PROJECT,
            title=title,
            slug=slug(title),
            key=f"K-{number}",
        )
        await engine.writer.create(wanted)


async def live(
    world: World, manners: Sequence[str], *, fuse: Fuse, person: Person | None = None
) -> bool:
    """Run one daemon until all tasks have ended and nothing is left to do; False if it died.

    A `person` has a word with it, once it has all tasks.
    """
    engine = Engine(world.parts(fuse))
    running = asyncio.create_task(engine.run())
    working = asyncio.create_task(_work(engine, world, manners=manners, person=person))
    blown = asyncio.create_task(fuse.blown.wait())
    await asyncio.wait({working, blown, running}, return_when=asyncio.FIRST_COMPLETED)
    survived = working.done() and not fuse.blown.is_set()
    for task in (working, blown, running):
        task.cancel()
    await engine.stop()
    ends = await asyncio.gather(working, blown, running, return_exceptions=True)
    if not fuse.blown.is_set():
        _raise_bugs(ends)
    return survived


async def _work(
    engine: Engine, world: World, *, manners: Sequence[str], person: Person | None
) -> None:
    await engine.ready.wait()
    await submit(engine, manners)
    if person is not None:
        await person(engine)
    seq = engine.writer.seq
    while not _is_over(world, len(manners)) or not engine.performance.idle():
        if _is_over(world, len(manners)):
            await asyncio.sleep(0)  # The last effects bring no event that could be waited for.
            continue
        seq = await engine.writer.changed(seq)


def _is_over(world: World, count: int) -> bool:
    tasks = world.tasks
    return len(tasks) == count and all(task.status in ENDED for task in tasks)


def _raise_bugs(ends: Sequence[object]) -> None:
    for end in ends:
        if isinstance(end, BaseException) and not isinstance(end, asyncio.CancelledError | Killed):
            raise end


def random_steps(seed: int, *, count: int, highest: int) -> Callable[[], int | None]:
    """Draw `count` numbers of steps to die at, then None for ever."""
    chance = random.Random(seed)  # noqa: S311 - it picks where simulations die
    left = [chance.randint(1, highest) for _ in range(count)]
    return lambda: left.pop() if left else None


__all__ = ["MANNERS", "Fuse", "Killed", "World", "live", "random_steps"]
