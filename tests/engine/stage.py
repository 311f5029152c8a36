"""One session on a fake host, and what reads it, speaks to it and attends to it."""

import asyncio
import json
import sys
from dataclasses import dataclass, field, replace

from orch.adapters.agents.scripted import OSC_NUMBER, ScriptedAgent
from orch.core.attempt import Activity, Phase
from orch.core.events import Event
from orch.core.landing import Person
from orch.core.settings import AgentProfile, ProjectSettings
from orch.core.task import Status, Task
from orch.core.watch import Derived, Quiet, derive
from orch.engine.attend import Attendance
from orch.engine.kill_points import no_step
from orch.engine.ledger import Ledger
from orch.engine.parts import Parts
from orch.engine.sight import Sight
from orch.engine.speech import Speech
from orch.ports.agent import Agent
from orch.ports.session_host import SessionSpec
from orch.ports.store import Batch, EventQuery, TaskQuery
from orch.ports.workspace import PrepareOrder, WorkspaceSettings
from orch.testing.fake_session import FakeSession
from orch.testing.simulate import PROJECT, FakeConfiguration, World
from orch.testing.store_values import a_task, an_attempt

SESSION = "t1.1"


async def _rest(session: FakeSession) -> None:
    """Do nothing: the test takes the strings."""
    del session


@dataclass
class Stage:
    """A session that runs, with the newest of everything; `restart` is a daemon's new begin."""

    world: World
    parts: Parts
    profile: AgentProfile
    settings: ProjectSettings
    sight: Sight = field(init=False)
    speech: Speech = field(init=False)
    attendance: Attendance = field(init=False)
    writing: "asyncio.Task[None]" = field(init=False)

    def restart(self) -> None:
        """Read the session anew, as a daemon does that has just started."""
        self.sight = Sight(self.parts, self.task, profile=self.profile)
        self.speech = Speech(self.parts, SESSION, 1, self.sight)
        self.attendance = Attendance(
            parts=self.parts,
            session=SESSION,
            attempt=1,
            sight=self.sight,
            speech=self.speech,
            ledger=Ledger(self.parts),
            profile=self.profile,
            settings=self.settings,
        )

    @property
    def session(self) -> FakeSession:
        """The session's strings."""
        return self.world.sessions.session(SESSION)

    @property
    def task(self) -> Task:
        """The task as it is stored."""
        return self.parts.store.tasks(TaskQuery(ids=("t1",)))[0]

    @property
    def story(self) -> list[str]:
        """The kinds of all events."""
        return [event.kind for event in self.parts.store.events(EventQuery(limit=1000))]

    @property
    def typed(self) -> list[dict[str, object]]:
        """All lines that were written to the session."""
        return [json.loads(one.data) for one in self.session.stretches if one.direction == "in"]

    def show(self, kind: str, **more: object) -> None:
        """Let the session show a sign."""
        self.session.print(f"\x1b]{OSC_NUMBER};{json.dumps({'kind': kind, **more})}\x07".encode())

    async def submit(self, event: Event) -> Task:
        """Let something happen to the task."""
        return await self.parts.writer.submit("t1", event)

    def now(self) -> float:
        """Return the time on the wall."""
        return self.world.clock.now()

    def derive(self) -> Derived:
        """Derive what the session does at this moment."""
        self.sight.keep_time()
        quiet = Quiet(self.profile.idle_timeout, self.profile.stuck_timeout)
        return derive(self.sight.picture, quiet, now=self.now())

    async def look(self) -> Activity:
        """Do what a watch does at news: read, derive, attend."""
        await self.sight.catch_up()
        activity = self.derive().activity
        await self.attendance.attend(self.task, activity)
        return activity


async def set_stage(agent: Agent | None = None, **profile: object) -> Stage:
    """Start a session of an agent that talks; the writer runs until `writing` is cancelled."""
    world = World()
    world.sessions._play = _rest
    fields: dict[str, object] = {"idle_timeout": 60.0, "stuck_timeout": 600.0}
    one = AgentProfile(name="sim", adapter="scripted", script=sys.executable, **(fields | profile))  # type: ignore[arg-type]
    parts = world.parts(no_step)
    assert isinstance(parts.configuration, FakeConfiguration)
    settings = replace(parts.configuration.settings, agents=(one,))
    parts = replace(
        parts,
        agents={"scripted": agent or ScriptedAgent()},
        configuration=FakeConfiguration(settings),
    )
    workspace = await parts.workspaces.prepare(
        PrepareOrder(
            project=parts.project(PROJECT),
            task_id="t1",
            slug="one",
            attempt=1,
            branch="orch/t1",
            base="main",
            settings=WorkspaceSettings(),
            identity=Person("Ada", "ada@example.org"),
        )
    )
    attempt = an_attempt(
        phase=Phase.RUNNING,
        session=SESSION,
        workspace=workspace.path,
        branch=workspace.branch,
        base_commit=workspace.base_commit,
        agent="sim",
    )
    row = a_task(project_id=PROJECT, status=Status.IN_PROGRESS, attempt=attempt, agent="sim")
    parts.store.commit(Batch(tasks=(row,)))
    await world.sessions.start(SessionSpec(name=SESSION, argv=(sys.executable,), cwd="/", env=()))
    stage = Stage(world, parts, one, settings)
    stage.writing = asyncio.create_task(parts.writer.run())
    stage.restart()
    return stage
