"""What every method of the wire gets to work with, and what it asks of the engine."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import ParamSpec, Protocol, TypeVar

from orch.adapters.audit import AuditLog
from orch.core.events import Event, TaskSubmitted
from orch.core.findings import Finding
from orch.core.landing import Item
from orch.core.task import Task
from orch.core.watch import Derived
from orch.daemon.auditing import Auditor
from orch.daemon.projects import Projects
from orch.daemon.settings.reload import SettingsCache
from orch.engine.enqueue import Wanted
from orch.engine.gating import GateNow
from orch.engine.sight import Sight
from orch.ports.session_host import SessionHost
from orch.ports.store import Registry, Store
from orch.ports.workspace import Workspaces
from orch.system.paths import Home
from orch.system.tokens import Tokens

P = ParamSpec("P")
T = TypeVar("T")


class Writing(Protocol):
    """The single writer, as far as methods need it."""

    async def submit(self, task_id: str, event: Event) -> Task:
        """Decide and commit; raises `UnexpectedEvent` or `UnknownTask`."""
        ...

    async def create(self, submitted: TaskSubmitted) -> Task:
        """Make a task, or return the one of the same project and key."""
        ...

    async def changed(self, after: int) -> int:
        """Wait until the newest event's `seq` is above `after`; return it."""
        ...


class Serving(Protocol):
    """The engine, as far as methods need it; `orch.engine.engine.Engine` fits."""

    @property
    def writer(self) -> Writing:
        """The single writer."""
        ...

    @property
    def store(self) -> Store:
        """State and history; its reads block, so they run in a thread."""
        ...

    @property
    def registry(self) -> Registry:
        """Projects, trust and counts."""
        ...

    @property
    def workspaces(self) -> Workspaces:
        """The workspaces of this host."""
        ...

    async def enqueue(self, wanted: Wanted) -> Item:
        """Give a task's or branch's change a place in the lane."""
        ...

    async def undo(self, landing_id: str, *, actor: str) -> Item:
        """Revert a landing by a landing of its own."""
        ...

    async def withdraw(self, landing_id: str, reason: str, *, actor: str) -> Item:
        """Take an item out of the lane."""
        ...

    async def promote(self, landing_id: str, *, actor: str) -> Item:
        """Send an item ahead of all others of its lane."""
        ...

    async def hold_lane(self, project_id: str, target: str, *, why: str, actor: str) -> None:
        """Let a lane begin nothing."""
        ...

    async def release_lane(self, project_id: str, target: str, *, actor: str) -> bool:
        """Let a lane go on; False if nothing held it."""
        ...

    async def cancel(self, task_id: str, reason: str, *, actor: str) -> Task:
        """Cancel a task and what the lane holds of it."""
        ...

    def gate_log(self, owner: str) -> str | None:
        """Name the log of the gate that runs for an attempt (TASK/N) or a landing."""
        ...

    def gate(self, item: Item) -> GateNow | None:
        """Say how the gate of a change stands in its lane; None if nothing was asked of it."""
        ...

    def lane_trouble(self, project_id: str, target: str) -> str:
        """Say what stops a whole lane just now, "" if nothing does."""
        ...

    def lane_closings(self, project_id: str, target: str) -> Sequence[bool]:
        """Say how a lane's last landings went, oldest first: True landed, False was ejected."""
        ...

    @property
    def gate_slots(self) -> int:
        """How many gates of all projects that say nothing of it run at once."""
        ...

    def evidence(self, session: str) -> tuple[Derived, Sight] | None:
        """Return what is derived of a session at this moment, and from what; None if unwatched."""
        ...

    async def pause(self, project_id: str, *, actor: str) -> None:
        """Start nothing new in a project."""
        ...

    async def resume(self, project_id: str, *, actor: str) -> None:
        """Let a paused project go on."""
        ...

    async def diagnose(self) -> Sequence[Finding]:
        """Look for everything that is not as it should be."""
        ...

    async def reload(self) -> None:
        """Read the configuration again, and look at everything afresh."""
        ...


def _unheard(session: str) -> None:
    """Hear of a session's new hooks, and leave them for the next time that its spool is read."""
    del session


@dataclass(slots=True)
class Wishes:
    """What a person asked for beside the end of the daemon."""

    end_sessions: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """The running daemon, as its methods see it. `stop` asks it to end in good order.

    `poke` says that a session's hooks have noted something; it returns at once. `filing` is held
    while sessions file tasks and while trees are given up, so that limits hold and none is missed.
    """

    home: Home
    engine: Serving
    sessions: SessionHost
    configuration: SettingsCache
    started_at: float
    version: str
    now: Callable[[], float]
    stop: Callable[[], None]
    tokens: Tokens
    poke: Callable[[str], None] = _unheard
    wishes: Wishes = field(default_factory=Wishes)
    filing: asyncio.Lock = field(default_factory=asyncio.Lock)
    projects: Projects = field(init=False)
    audit: Auditor = field(init=False)

    def __post_init__(self) -> None:
        # One for all methods: it keeps two registrations from interleaving.
        object.__setattr__(self, "projects", Projects(self.engine.registry, self.home))
        object.__setattr__(self, "audit", Auditor(AuditLog(self.home.audit)))

    async def read(self, query: Callable[P, T], *given: P.args, **named: P.kwargs) -> T:
        """Run a read of the store, which blocks, in a thread."""
        return await asyncio.to_thread(query, *given, **named)
