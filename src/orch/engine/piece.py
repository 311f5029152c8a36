"""Pieces: what one request adds to a transaction, read and built inside the writer."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from orch.core.landing import Item
from orch.core.receipt import Receipt
from orch.core.task import Task
from orch.ports.store import Batch, Deferral, Fact, ItemQuery, Order, Store, TaskQuery


class UnknownTask(Exception):
    """There is no task of this id."""

    def __init__(self, task_id: str) -> None:
        """Name the id that was asked for."""
        self.task_id = task_id
        super().__init__(f"there is no task {task_id}")


class UnknownItem(Exception):
    """There is no landing of this id."""

    def __init__(self, landing_id: str) -> None:
        """Name the id that was asked for."""
        self.landing_id = landing_id
        super().__init__(f"there is no landing {landing_id}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """What one request writes. `result` is what its caller gets once it is committed."""

    tasks: tuple[Task, ...] = ()
    items: tuple[Item, ...] = ()
    facts: tuple[Fact, ...] = ()
    orders: tuple[Order, ...] = ()
    finished: tuple[str, ...] = ()
    deferred: tuple[Deferral, ...] = ()
    receipts: tuple[Receipt, ...] = ()
    result: Any = None

    @property
    def touches(self) -> frozenset[str]:
        """Name the rows whose versions this piece moves on."""
        return frozenset((*(task.id for task in self.tasks), *(item.id for item in self.items)))

    @property
    def is_empty(self) -> bool:
        """Tell whether there is nothing to write."""
        return (
            not (self.touches or self.facts or self.orders or self.finished or self.deferred)
            and not self.receipts
        )


Build = Callable[["Rows"], Piece]
"""Reads current rows and says what to write; runs in the writer, so nothing changes between."""


class Rows:
    """Current rows for a request; what this group has read is not read again."""

    def __init__(self, store: Store) -> None:
        """Read from this store."""
        self.store = store
        self._tasks: dict[str, Task] = {}
        self._items: dict[str, Item] = {}

    def task(self, task_id: str) -> Task:
        """Load a task; raises `UnknownTask`."""
        key = task_id.lower()
        if key not in self._tasks:
            found = self.store.tasks(TaskQuery(ids=(key,), limit=1))
            if not found:
                raise UnknownTask(task_id)
            self._tasks[key] = found[0]
        return self._tasks[key]

    def item(self, landing_id: str) -> Item:
        """Load an item of a lane; raises `UnknownItem`."""
        if landing_id not in self._items:
            found = self.store.items(ItemQuery(ids=(landing_id,), limit=1))
            if not found:
                raise UnknownItem(landing_id)
            self._items[landing_id] = found[0]
        return self._items[landing_id]

    def keyed(self, project_id: str, key: str) -> Task | None:
        """Find a project's task by its outside key."""
        for task in self._tasks.values():
            if (task.project_id, task.key) == (project_id, key):
                return task
        found = self.store.tasks(TaskQuery(project_id=project_id, key=key, limit=1))
        return found[0] if found else None

    def queued(self, project_id: str, target: str) -> list[Item]:
        """List the open items of a lane."""
        query = ItemQuery(project_id=project_id, target=target, open_only=True)
        stored = {item.id: item for item in self.store.items(query)} | self._items
        lane = (project_id, target)
        return [
            item
            for item in stored.values()
            if (item.project_id, item.target) == lane and item.is_open
        ]

    def adopt(self, piece: Piece) -> None:
        """Let later requests of the group see what this piece writes."""
        self._tasks.update((task.id, task) for task in piece.tasks)
        self._items.update((item.id, item) for item in piece.items)


def batch_of(pieces: Iterable[Piece], *, epoch: int | None) -> Batch:
    """Join pieces that touch different rows into one transaction."""
    joined = tuple(pieces)
    return Batch(
        tasks=tuple(task for piece in joined for task in piece.tasks),
        items=tuple(item for piece in joined for item in piece.items),
        facts=tuple(fact for piece in joined for fact in piece.facts),
        orders=tuple(order for piece in joined for order in piece.orders),
        finished=tuple(done for piece in joined for done in piece.finished),
        deferred=tuple(one for piece in joined for one in piece.deferred),
        receipts=tuple(receipt for piece in joined for receipt in piece.receipts),
        epoch=epoch,
    )
