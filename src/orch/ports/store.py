"""The store: state, history and outbox, changed together or not at all."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from orch.core.attempt import Attempt
from orch.core.effects import Effect
from orch.core.events import Event
from orch.core.landing import Item, ItemState
from orch.core.project import Project
from orch.core.receipt import Receipt, ReceiptKey
from orch.core.task import Status, Task


class VersionConflictError(Exception):
    """Somebody else changed the row since it was read; nothing was written."""


class FencedError(Exception):
    """Another daemon took this one's place (a newer epoch holds the lease); nothing was written."""


class NewerSchemaError(Exception):
    """The database was made by a newer version of orch; nothing was changed."""


DAEMON_LEASE = "daemon"
"""The lease that a daemon holds while it writes; its epoch fences the one before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """An event as it goes into the history, with what it is about.

    `event` is None for news of an item that has no task; `kind`, `at`, `actor` and `data` then
    stand for it. Beside an event, `data` adds to the event's own fields and the rest is ignored.
    """

    project_id: str
    task_id: str | None = None
    landing_id: str | None = None
    event: Event | None = None
    kind: str = ""
    at: float = 0.0
    actor: str = "orch"
    data: dict[str, object] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """An event as it stands in the history; `seq` grows without end and is the cursor."""

    seq: int
    project_id: str
    task_id: str | None
    landing_id: str | None
    kind: str
    at: float
    actor: str
    data: dict[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """An effect as it stands in the outbox."""

    effect: Effect
    project_id: str
    created_at: float
    tries: int = 0
    not_before: float = 0.0
    reason: str = ""
    done: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Deferral:
    """An effect that failed for now: try again at `not_before` (epoch seconds)."""

    effect_id: str
    tries: int
    not_before: float
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """Everything one transaction writes.

    `tasks` and `items` carry their new version; the row must stand at `version - 1` (0: must not
    exist yet, so a new row has version 1); several versions of one task may follow each other.
    The task's current attempt is written with it. An order whose effect id exists already is
    ignored. `finished` marks effects as done; like `deferred`, it passes over effects that are
    unknown or done. A receipt whose key exists replaces it, and the runs of both are added.
    `epoch`, if given, must be the current epoch of the lease that `lease` names.
    """

    tasks: tuple[Task, ...] = ()
    items: tuple[Item, ...] = ()
    facts: tuple[Fact, ...] = ()
    orders: tuple[Order, ...] = ()
    finished: tuple[str, ...] = ()
    deferred: tuple[Deferral, ...] = ()
    receipts: tuple[Receipt, ...] = ()
    epoch: int | None = None
    lease: str = DAEMON_LEASE


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskQuery:
    """Which tasks; every field given must match. Newest first, or as admission wants them.

    `admission` orders by priority (highest first), then age (oldest first); of two that were
    made at the same moment, the one with the lower number is the older. Ids match without
    regard to case. `worker` is that of any attempt; `parent` finds the children of a task,
    `after` those that wait for it.
    """

    ids: tuple[str, ...] | None = None
    project_id: str | None = None
    statuses: tuple[Status, ...] | None = None
    key: str | None = None
    slug: str | None = None
    worker: str | None = None
    parent: str | None = None
    after: str | None = None
    label: str | None = None
    agent: str | None = None
    updated_since: float | None = None
    admission: bool = False
    limit: int = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class EventQuery:
    """Which events, oldest first: those with a `seq` above `after`; `last` takes the newest."""

    after: int = 0
    project_id: str | None = None
    task_id: str | None = None
    landing_id: str | None = None
    kinds: tuple[str, ...] | None = None
    limit: int = 1000
    last: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemQuery:
    """Which items of the lanes, in the order of their position (then of their id)."""

    ids: tuple[str, ...] | None = None
    project_id: str | None = None
    target: str | None = None
    task_id: str | None = None
    states: tuple[ItemState, ...] | None = None
    open_only: bool = False
    limit: int = 1000
    newest_first: bool = False


class Store(Protocol):
    """State, history and outbox. Thread-safe; every call is a transaction of its own.

    Raises `orch.ports.errors.Transient` when the database is busy or away. A commit during which
    the connection broke may have been written: its versions tell when it is sent again.
    """

    def commit(self, batch: Batch) -> int:
        """Write all of the batch or nothing; return the `seq` of the last event in the history.

        Events become visible in the order of their `seq`: who has seen one will not find an
        earlier one later. Raises `VersionConflictError` and `FencedError`; `Permanent` for what
        can't be stored (text that is no Unicode, a worker's name that is taken, a full disk).
        """
        ...

    def allocate(self, counter: str) -> int:
        """Return the next number of a counter (from 1), never given before or again."""
        ...

    def tasks(self, query: TaskQuery) -> Sequence[Task]:
        """Find tasks, each with its current attempt."""
        ...

    def attempts(self, task_id: str) -> Sequence[Attempt]:
        """List all attempts of a task, oldest first."""
        ...

    def tried(self, project_id: str) -> Sequence[tuple[str, Attempt]]:
        """List all attempts of a project's tasks, each with its task's id, in the order of both."""
        ...

    def events(self, query: EventQuery) -> Sequence[Recorded]:
        """Read history."""
        ...

    def orders(self, *, task_id: str | None = None, limit: int = 1000) -> Sequence[Order]:
        """List the effects that are not done, oldest first."""
        ...

    def items(self, query: ItemQuery) -> Sequence[Item]:
        """Find items of the lanes."""
        ...

    def receipts(
        self, *, key: ReceiptKey | None = None, project_id: str | None = None, limit: int = 100
    ) -> Sequence[Receipt]:
        """Find receipts, newest first."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Lease:
    """Who may write, until when; `epoch` grows with every change of holder."""

    name: str
    holder: str
    epoch: int
    expires_at: float


class Registry(Protocol):
    """What is known beside the tasks: projects, trust, leases, counts."""

    def projects(self) -> Sequence[Project]:
        """List all registered projects, oldest first."""
        ...

    def save_project(self, project: Project) -> None:
        """Insert or replace a project."""
        ...

    def remove_project(self, project_id: str) -> None:
        """Forget a project; its tasks and history stay."""
        ...

    def trusted(self, project_id: str) -> frozenset[str]:
        """Return the hashes of the configurations whose commands may run."""
        ...

    def trust(self, project_id: str, digest: str, *, at: float) -> None:
        """Let the commands of the configuration with this hash run."""
        ...

    def lease(self, name: str, *, holder: str, now: float, ttl_s: float) -> Lease:
        """Take or renew a lease; a live one of another holder is returned as it is.

        A `ttl_s` of 0 gives it back: another holder may take it at once.
        """
        ...

    def counts(self) -> dict[tuple[str, Status], int]:
        """Count tasks by project and status, from an index."""
        ...

    def prune(self, *, before: float) -> int:
        """Delete the events older than `before` of tasks in a final status; return how many went.

        Done in slices, so that commits get in between. Tasks, attempts and receipts stay.
        """
        ...
