"""The store in memory: for tests and simulations, under the same contract as the databases."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from itertools import islice
from threading import RLock

from orch.adapters.stores import matching
from orch.adapters.stores.codec import encode, normal_id
from orch.adapters.stores.leasing import next_lease
from orch.adapters.stores.memory_tables import Tables
from orch.core.attempt import Attempt
from orch.core.landing import Item
from orch.core.project import Project
from orch.core.receipt import Receipt, ReceiptKey
from orch.core.task import FINAL, Status, Task
from orch.ports.store import Batch, EventQuery, ItemQuery, Lease, Order, Recorded, TaskQuery


class MemoryStore:
    """Keep everything in dictionaries under one lock: both a `Store` and a `Registry`."""

    def __init__(self) -> None:
        self._lock = RLock()
        self._tables = Tables()
        self._projects: dict[str, Project] = {}
        self._trust: defaultdict[str, set[str]] = defaultdict(set)

    # The store.

    def commit(self, batch: Batch) -> int:
        """Write all of the batch or nothing; return the `seq` of the last event."""
        with self._lock:
            return self._tables.apply(batch)

    def allocate(self, counter: str) -> int:
        """Return the next number of a counter, never given before or again."""
        with self._lock:
            self._tables.counters[counter] += 1
            return self._tables.counters[counter]

    def tasks(self, query: TaskQuery) -> Sequence[Task]:
        """Find tasks, each with its current attempt."""
        with self._lock:
            had = self._tables.attempts
            found = [
                task
                for task in self._tables.tasks.values()
                if matching.task_matches(query, task, attempts=had.get(task.id, {}).values())
            ]
        if query.admission:
            return sorted(found, key=matching.admission_order)[: query.limit]
        return sorted(found, key=matching.age_order, reverse=True)[: query.limit]

    def attempts(self, task_id: str) -> Sequence[Attempt]:
        """List all attempts of a task, oldest first."""
        with self._lock:
            had = self._tables.attempts.get(normal_id(task_id), {})
            return [had[n] for n in sorted(had)]

    def tried(self, project_id: str) -> Sequence[tuple[str, Attempt]]:
        """List all attempts of a project's tasks, each with its task's id."""
        with self._lock:
            mine = [
                task.id for task in self._tables.tasks.values() if task.project_id == project_id
            ]
            had = self._tables.attempts
            ordered = sorted(mine, key=lambda one: (len(one), one))
            return [(one, had[one][n]) for one in ordered if one in had for n in sorted(had[one])]

    def events(self, query: EventQuery) -> Sequence[Recorded]:
        """Read history."""
        with self._lock:
            rows = self._tables.events_after(query.after)
        found = (
            row
            for row in (reversed(rows) if query.last else rows)
            if matching.event_matches(query, row.event)
        )
        page = [row.read() for row in islice(found, query.limit)]
        return page[::-1] if query.last else page

    def orders(self, *, task_id: str | None = None, limit: int = 1000) -> Sequence[Order]:
        """List the effects that are not done, oldest first."""
        wanted = None if task_id is None else normal_id(task_id)
        with self._lock:
            waiting = (self._tables.orders[effect_id] for effect_id in self._tables.waiting)
            found = (one for one in waiting if wanted in {None, normal_id(one.effect.task_id)})
            return list(islice(found, limit))

    def items(self, query: ItemQuery) -> Sequence[Item]:
        """Find items of the lanes."""
        with self._lock:
            found = [
                one for one in self._tables.items.values() if matching.item_matches(query, one)
            ]
        return sorted(found, key=matching.lane_order, reverse=query.newest_first)[: query.limit]

    def receipts(
        self, *, key: ReceiptKey | None = None, project_id: str | None = None, limit: int = 100
    ) -> Sequence[Receipt]:
        """Find receipts, newest first."""
        with self._lock:
            found = [
                one
                for one in self._tables.receipts.values()
                if key in {None, one.key} and project_id in {None, one.project_id}
            ]
        return sorted(found, key=matching.receipt_order, reverse=True)[:limit]

    # The registry.

    def projects(self) -> Sequence[Project]:
        """List all registered projects, oldest first."""
        with self._lock:
            return sorted(self._projects.values(), key=lambda one: (one.added_at, one.id))

    def save_project(self, project: Project) -> None:
        """Insert or replace a project."""
        encode(project)
        with self._lock:
            self._projects[project.id] = project

    def remove_project(self, project_id: str) -> None:
        """Forget a project and what was trusted in it."""
        with self._lock:
            self._projects.pop(project_id, None)
            self._trust.pop(project_id, None)

    def trusted(self, project_id: str) -> frozenset[str]:
        """Return the hashes of the configurations whose commands may run."""
        with self._lock:
            return frozenset(self._trust.get(project_id, ()))

    def trust(self, project_id: str, digest: str, *, at: float) -> None:  # noqa: ARG002 - the port's
        """Let the commands of the configuration with this hash run."""
        with self._lock:
            self._trust[project_id].add(digest)

    def lease(self, name: str, *, holder: str, now: float, ttl_s: float) -> Lease:
        """Take or renew a lease; a live one of another holder is returned as it is."""
        wanted = Lease(name=name, holder=holder, epoch=0, expires_at=now + ttl_s)
        with self._lock:
            leases = self._tables.leases
            leases[name] = next_lease(leases.get(name), wanted, now=now)
            return leases[name]

    def counts(self) -> dict[tuple[str, Status], int]:
        """Count tasks by project and status."""
        with self._lock:
            tasks = self._tables.tasks.values()
            return dict(Counter((task.project_id, task.status) for task in tasks))

    def prune(self, *, before: float) -> int:
        """Delete the events older than `before` of tasks in a final status."""
        with self._lock:
            tables = self._tables
            over = {task.id for task in tables.tasks.values() if task.status in FINAL}
            kept = [
                row
                for row in tables.history
                if row.event.at >= before or row.event.task_id not in over
            ]
            gone = len(tables.history) - len(kept)
            tables.history = kept
            return gone
