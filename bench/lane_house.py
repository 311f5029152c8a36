"""The real parts of landing in one process: engine, store, lander, gate, in a throw-away home."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from orch.adapters.artifacts import LocalArtifacts
from orch.adapters.clock import SystemClock
from orch.adapters.gates.local import LocalGate
from orch.adapters.landers.completion import Fence
from orch.adapters.landers.local import LocalLander
from orch.adapters.stores.opening import OpenStore, open_store
from orch.adapters.workspaces.worktree import WorktreeWorkspaces
from orch.core.landing import Item
from orch.core.project import Project
from orch.core.settings import HostSettings, ProjectSettings
from orch.engine.engine import Engine
from orch.engine.enqueue import Wanted
from orch.engine.parts import Parts
from orch.engine.writer import Writer
from orch.ports.gate import GateOrder, GateResult
from orch.ports.lander import Build
from orch.ports.session_host import SessionHost
from orch.ports.store import ItemQuery
from orch.system.paths import Home
from orch.testing.fake_session_host import FakeSessionHost
from orch.testing.repositories import Repository

PROJECT = "p-bench"
EVERYTHING = 1_000_000


@dataclass(frozen=True, slots=True)
class Settled:
    """Settings that hold from the beginning to the end (fits the engine's configuration port)."""

    settings: ProjectSettings

    async def project(self, project: Project) -> ProjectSettings:
        """Return the settings."""
        del project
        return self.settings

    def host(self) -> HostSettings:
        """Return a machine's settings."""
        return HostSettings(sessions=1)


class CountedGate(LocalGate):
    """The real gate; `runs` tells which commits it was run on."""

    def __init__(self, home: Home) -> None:
        """Count from nothing."""
        super().__init__(home)
        self.runs: list[str] = []

    async def check(self, order: GateOrder) -> GateResult:
        """Run the gate, and count that."""
        self.runs.append(order.commit)
        return await super().check(order)


class HeldLander(LocalLander):
    """The real lander; it builds nothing until `go` is set, so that all items are there before."""

    def __init__(self, *, fence: Fence) -> None:
        """Hold."""
        super().__init__(fence=fence)
        self.go = asyncio.Event()

    async def build(self, project: Project, item: Item, *, onto: str) -> Build:
        """Build, once it may."""
        await self.go.wait()
        return await super().build(project, item, onto=onto)


@dataclass(frozen=True, slots=True, kw_only=True)
class Open:
    """A house whose engine runs."""

    engine: Engine
    gate: CountedGate
    lander: HeldLander


@dataclass(frozen=True, slots=True)
class LaneHouse:
    """A home below `root`, and a bare repository whose branch `main` is landed on."""

    root: Path
    target: Repository
    settings: ProjectSettings
    sessions: SessionHost = field(default_factory=FakeSessionHost)

    @property
    def home(self) -> Home:
        """The layout of this house's home."""
        return Home(self.root / "home")

    @property
    def project(self) -> Project:
        """The project, as `orch init` would register it."""
        return Project(
            id=PROJECT,
            name="bench",
            path=str(self.target.path),
            hub=str(self.home.hub(PROJECT)),
            host_id="h-bench",
            added_at=1.0,
        )

    def parts(self, opened: OpenStore) -> Parts:
        """Put the real ports together, as the daemon does; there are no sessions."""
        clock = SystemClock()
        writer = Writer(opened.store, clock)
        return Parts(
            host_id="h-bench",
            store=opened.store,
            registry=opened.registry,
            writer=writer,
            clock=clock,
            configuration=Settled(self.settings),
            agents={},
            artifacts=LocalArtifacts(self.home),
            sessions=self.sessions,
            workspaces=WorktreeWorkspaces(self.home),
            gate=CountedGate(self.home),
            lander=HeldLander(fence=writer.confirm),
        )

    @asynccontextmanager
    async def open(self) -> AsyncIterator[Open]:
        """Let the engine run; what it left undone is cancelled at the end."""
        self.home.create()
        with open_store(self.home.database) as opened:
            opened.registry.save_project(self.project)
            parts = self.parts(opened)
            assert isinstance(parts.gate, CountedGate)
            assert isinstance(parts.lander, HeldLander)
            engine = Engine(parts, gate_slots=self.settings.gate.slots or 2)
            running = asyncio.create_task(engine.run())
            try:
                await _ready(engine, running)
                yield Open(engine=engine, gate=parts.gate, lander=parts.lander)
            finally:
                await engine.stop()
                running.cancel()
                await asyncio.gather(running, return_exceptions=True)


async def _ready(engine: Engine, running: "asyncio.Task[None]") -> None:
    ready = asyncio.create_task(engine.ready.wait())
    await asyncio.wait({ready, running}, return_when=asyncio.FIRST_COMPLETED)
    ready.cancel()
    if running.done():
        await running


async def enqueue(engine: Engine, branches: Sequence[str]) -> list[Item]:
    """Put branches of the target's repository into the queue, in this order."""
    wanted = (Wanted(project_id=PROJECT, source=branch, actor="bench") for branch in branches)
    return [await engine.enqueue(one) for one in wanted]


async def closed(engine: Engine, *, patience_s: float) -> list[Item]:
    """Wait until nothing is open, and return all items. Raises `TimeoutError` after too long."""
    async with asyncio.timeout(patience_s):
        seq = 0
        while True:
            items = await items_of(engine)
            if not any(item.is_open for item in items):
                return items
            seq = await engine.writer.changed(seq)


async def items_of(engine: Engine) -> list[Item]:
    """Read all items as they are stored, in the order in which they were put in."""
    query = ItemQuery(project_id=PROJECT, limit=EVERYTHING)
    found = await asyncio.to_thread(engine.store.items, query)
    return sorted(found, key=lambda item: item.position)
