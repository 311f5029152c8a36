"""Stands in for the engine and its hosts: the real writer and store, everything else in memory."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass, field, replace
from typing import Never

from orch.adapters.clock import SystemClock
from orch.adapters.stores.memory import MemoryStore
from orch.core.events import TaskCancelled
from orch.core.findings import Finding
from orch.core.landing import Item, ItemState, Person
from orch.core.project import LaneHold, Project
from orch.core.task import Task
from orch.core.watch import Derived
from orch.engine.enqueue import Wanted
from orch.engine.gating import GateNow
from orch.engine.piece import Piece, Rows
from orch.engine.sight import Sight
from orch.engine.writer import Writer
from orch.ports.errors import Permanent
from orch.ports.session_host import (
    Delivery,
    Fact,
    FactKind,
    Liveness,
    Page,
    Screen,
    SessionSpec,
    SessionState,
)
from orch.ports.store import ItemQuery
from orch.ports.workspace import Held, Saved


class Workspaces:
    """Knows only what it was told was saved and held."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self.kept: list[Saved] = []
        self.there: list[Held] = []

    async def saved(self, project: Project, *, task_id: str | None = None) -> Sequence[Saved]:
        """List what was saved."""
        del project
        return [one for one in self.kept if task_id in {None, one.task_id}]

    async def held(self, project: Project) -> Sequence[Held]:
        """List what is there."""
        return [one for one in self.there if one.project_id == project.id]

    def __getattr__(self, name: str) -> Never:
        """Refuse what no method of the wire asks of workspaces."""
        raise AttributeError(name)


@dataclass
class Session:
    """A session that prints what the test lets it print."""

    name: str
    printed: bytes = b""
    alive: bool = True


@dataclass
class Sessions:
    """A session host in memory; tests print and end by hand."""

    known: dict[str, Session] = field(default_factory=dict)
    listeners: list["asyncio.Queue[Fact]"] = field(default_factory=list)
    listened: asyncio.Event = field(default_factory=asyncio.Event)

    def put(self, name: str, printed: bytes = b"") -> Session:
        """Have a session."""
        self.known[name] = Session(name, printed)
        return self.known[name]

    def print(self, name: str, data: bytes) -> None:
        """Let a session print, and tell."""
        self.known[name].printed += data
        self._tell(Fact(session=name, kind=FactKind.GREW, at=0.0))

    def exit(self, name: str) -> None:
        """Let a session end, and tell."""
        self.known[name].alive = False
        self._tell(Fact(session=name, kind=FactKind.EXITED, at=0.0))

    def _tell(self, fact: Fact) -> None:
        for listener in self.listeners:
            listener.put_nowait(fact)

    async def start(self, spec: SessionSpec) -> SessionState:
        """Start nothing, but know it."""
        self.put(spec.name)
        return await self.probe(spec.name)

    async def probe(self, name: str) -> SessionState:
        """Tell what is known."""
        found = self.known.get(name)
        if found is None:
            return SessionState(name=name, liveness=Liveness.GONE, how="never started")
        alive = Liveness.ALIVE if found.alive else Liveness.GONE
        return SessionState(name=name, liveness=alive, how="seen", offset=len(found.printed))

    async def list(self) -> Sequence[SessionState]:
        """List all."""
        return [await self.probe(name) for name in self.known]

    async def read(self, name: str, *, offset: int, limit: int) -> Page:
        """Read what was printed."""
        if name not in self.known:
            raise Permanent(f"session {name} was never there")
        printed = self.known[name].printed
        start = max(0, len(printed) + offset) if offset < 0 else min(offset, len(printed))
        data = printed[start : start + limit]
        return Page(offset=start, data=data, first=0, end=len(printed))

    async def screen(self, name: str) -> Screen:
        """Show what was printed."""
        text = self.known[name].printed.decode()
        return Screen(text=text, rows=1, cols=1, cursor_row=0, cursor_col=0, offset=0)

    async def write(self, name: str, what: object, *, message_id: str = "") -> Delivery:
        """Take what is written."""
        del name, what, message_id
        return Delivery(offset=0)

    async def end(self, name: str, *, grace_s: float, forget: bool = False) -> SessionState:
        """End a session."""
        del grace_s, forget
        self.exit(name)
        return await self.probe(name)

    async def events(self, *, after: str = "") -> AsyncGenerator[Fact, None]:
        """Follow the news."""
        del after
        queue: asyncio.Queue[Fact] = asyncio.Queue()
        queue.put_nowait(Fact(session="", kind=FactKind.GAP, at=0.0))
        self.listeners.append(queue)
        self.listened.set()
        while True:
            yield await queue.get()


class Engine:
    """The engine's surface; a queue that only keeps its items, and findings that a test sets."""

    def __init__(self) -> None:
        """Begin with an empty store."""
        self.memory = MemoryStore()
        self.store = self.registry = self.memory
        self.writer = Writer(self.memory, SystemClock())
        self.workspaces = Workspaces()
        self.findings: list[Finding] = []
        self.reloads = 0
        self.actors: list[str] = []
        self.gate_logs: dict[str, str] = {}
        self.gates: dict[str, GateNow] = {}
        self.gate_slots = 8
        self.troubles: dict[str, str] = {}
        self.closings: list[bool] = []

    def gate_log(self, owner: str) -> str | None:
        """Tell of the gates that a test lets run."""
        return self.gate_logs.get(owner)

    def gate(self, item: Item) -> GateNow | None:
        """Tell of the gates that a test lets run, by landing."""
        return self.gates.get(item.id)

    def lane_trouble(self, project_id: str, target: str) -> str:
        """Tell of the troubles that a test makes, by target."""
        del project_id
        return self.troubles.get(target, "")

    def lane_closings(self, project_id: str, target: str) -> Sequence[bool]:
        """Tell how landings went, as a test says."""
        del project_id, target
        return self.closings

    async def enqueue(self, wanted: Wanted) -> Item:
        """Put an item into the queue."""
        self.actors.append(wanted.actor)

        def build(rows: Rows) -> Piece:
            number = rows.store.allocate("landing")
            item = Item(
                id=f"l{number}",
                project_id=wanted.project_id,
                target=wanted.target or "main",
                source_ref=wanted.source,
                source_head="a" * 40,
                title=f"Land {wanted.source}",
                submitted_at=1.0,
                position=number,
                author=Person("Ada", "ada@example.org"),
                approved=wanted.approved,
                version=1,
            )
            return Piece(items=(item,), result=item)

        item: Item = await self.writer.transact(build)
        return item

    def evidence(self, session: str) -> tuple[Derived, Sight] | None:
        """Watch no session."""
        del session
        return None

    async def undo(self, landing_id: str, *, actor: str) -> Item:
        """Put the revert of a landing into the queue."""
        landed = self.memory.items(ItemQuery(ids=(landing_id,)))[0]
        source = f"revert-{landing_id}"
        return await self.enqueue(Wanted(project_id=landed.project_id, source=source, actor=actor))

    async def withdraw(self, landing_id: str, reason: str, *, actor: str) -> Item:
        """Take an item out."""
        self.actors.append(actor)
        return await self.move(landing_id, state=ItemState.CANCELLED, reason=reason)

    async def promote(self, landing_id: str, *, actor: str) -> Item:
        """Send an item ahead."""
        self.actors.append(actor)
        return await self.move(landing_id, promoted=True)

    async def hold_lane(self, project_id: str, target: str, *, why: str, actor: str) -> None:
        """Hold a lane."""
        hold = LaneHold(target=target, why=why, by=actor, at=1.0)
        for project in self.memory.projects():
            if project.id == project_id:
                self.memory.save_project(replace(project, holds=(hold,)))

    async def release_lane(self, project_id: str, target: str, *, actor: str) -> bool:
        """Let a lane go on."""
        self.actors.append(actor)
        for project in self.memory.projects():
            if project.id == project_id and project.hold(target):
                self.memory.save_project(replace(project, holds=()))
                return True
        return False

    async def move(self, landing_id: str, **changes: object) -> Item:
        """Change an item, as a lane does."""

        def build(rows: Rows) -> Piece:
            item = rows.item(landing_id)
            moved = replace(item, version=item.version + 1, **changes)  # type: ignore[arg-type]
            return Piece(items=(moved,), result=moved)

        item: Item = await self.writer.transact(build)
        return item

    async def cancel(self, task_id: str, reason: str, *, actor: str) -> Task:
        """Cancel a task."""
        return await self.writer.submit(task_id, TaskCancelled(at=1.0, actor=actor, reason=reason))

    async def pause(self, project_id: str, *, actor: str) -> None:
        """Pause a project."""
        self._set_paused(project_id, paused=True, actor=actor)

    async def resume(self, project_id: str, *, actor: str) -> None:
        """Let it go on."""
        self._set_paused(project_id, paused=False, actor=actor)

    def _set_paused(self, project_id: str, *, paused: bool, actor: str) -> None:
        assert actor.startswith("person:")
        for project in self.memory.projects():
            if project.id == project_id:
                self.memory.save_project(replace(project, paused=paused, paused_why=""))

    async def diagnose(self) -> Sequence[Finding]:
        """Tell what the test wants to be told."""
        return self.findings

    async def reload(self) -> None:
        """Count."""
        self.reloads += 1
