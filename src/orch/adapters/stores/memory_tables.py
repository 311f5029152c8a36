"""The memory store's tables, and how a batch changes all of them or none."""

from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from orch.adapters.stores.codec import decode, encode, normal_task, record
from orch.adapters.stores.refusals import check_epoch, check_versions, worker_taken
from orch.core.attempt import Attempt
from orch.core.landing import Item
from orch.core.receipt import Receipt, ReceiptKey
from orch.core.task import Task
from orch.ports.store import Batch, Lease, Order, Recorded


class Row(NamedTuple):
    """An event in the history; its data is kept as JSON, so that no reader can change it."""

    event: Recorded
    data: str

    def read(self) -> Recorded:
        """Give the event with its data."""
        return replace(self.event, data=decode(dict[str, object], self.data))


AttemptId = tuple[str, int]
_Versioned = Task | Item


@dataclass(slots=True, eq=False)
class Tables:
    """What a database would hold; not locked, its owner does that."""

    tasks: dict[str, Task] = field(default_factory=dict)
    attempts: defaultdict[str, dict[int, Attempt]] = field(
        default_factory=lambda: defaultdict(dict)
    )
    workers: dict[str, AttemptId | None] = field(default_factory=dict)
    items: dict[str, Item] = field(default_factory=dict)
    history: list[Row] = field(default_factory=list)
    seq: int = 0
    orders: dict[str, Order] = field(default_factory=dict)
    waiting: dict[str, None] = field(default_factory=dict)  # Not done; in the order of arrival.
    receipts: dict[tuple[str, ReceiptKey], Receipt] = field(default_factory=dict)
    leases: dict[str, Lease] = field(default_factory=dict)
    counters: Counter[str] = field(default_factory=Counter)

    def apply(self, batch: Batch) -> int:
        """Write all of the batch or nothing; return the `seq` of the last event."""
        lease = self.leases.get(batch.lease)
        check_epoch(batch, None if lease is None else lease.epoch)
        versions = tuple(map(normal_task, batch.tasks))
        _check_versions("task", stored=self.tasks, written=versions)
        _check_versions("item", stored=self.items, written=batch.items)
        workers = self._workers_after(versions)
        rows = [Row(*record(fact, self.seq + n)) for n, fact in enumerate(batch.facts, start=1)]
        encode((versions, batch.items, batch.orders, batch.deferred, batch.receipts))
        # Nothing below can fail, so a batch is never written in part.
        self.tasks |= {task.id: task for task in versions}
        self.items |= {item.id: item for item in batch.items}
        self.workers |= workers
        for task in versions:
            if task.attempt is not None:
                self.attempts[task.id][task.attempt.n] = task.attempt
        self.history += rows
        self.seq += len(rows)
        self._write_orders(batch)
        self._write_receipts(batch.receipts)
        return self.seq

    def events_after(self, seq: int) -> Sequence[Row]:
        """List the events above a `seq`, oldest first."""
        return self.history[bisect_right(self.history, seq, key=lambda row: row.event.seq) :]

    def _workers_after(self, versions: Iterable[Task]) -> dict[str, AttemptId | None]:
        changed: dict[str, AttemptId | None] = {}
        names: dict[AttemptId, str] = {}
        for task in versions:
            if (attempt := task.attempt) is None:
                continue
            mine = (task.id, attempt.n)
            owner = changed.get(attempt.worker, self.workers.get(attempt.worker))
            if attempt.worker and owner not in {None, mine}:
                raise worker_taken(attempt.worker)
            before = self.attempts.get(task.id, {}).get(attempt.n)
            if (name := names.get(mine, before.worker if before else None)) is not None:
                changed[name] = None
            names[mine] = attempt.worker
            changed[attempt.worker] = mine
        return changed

    def _write_orders(self, batch: Batch) -> None:
        for order in batch.orders:
            if order.effect.id not in self.orders:
                self.orders[order.effect.id] = order
                if not order.done:
                    self.waiting[order.effect.id] = None
        for effect_id in batch.finished:
            if effect_id in self.waiting:
                del self.waiting[effect_id]
                self.orders[effect_id] = replace(self.orders[effect_id], done=True)
        for put_off in batch.deferred:
            if put_off.effect_id in self.waiting:
                self.orders[put_off.effect_id] = replace(
                    self.orders[put_off.effect_id],
                    tries=put_off.tries,
                    not_before=put_off.not_before,
                    reason=put_off.reason,
                )

    def _write_receipts(self, receipts: Iterable[Receipt]) -> None:
        for receipt in receipts:
            row = (receipt.project_id, receipt.key)
            runs = self.receipts[row].runs if row in self.receipts else 0
            self.receipts[row] = replace(receipt, runs=runs + receipt.runs)


def _check_versions(
    what: str, *, stored: Mapping[str, _Versioned], written: Iterable[_Versioned]
) -> None:
    rows = [(one.id, one.version) for one in written]
    stands = {row: stored[row].version for row, _ in rows if row in stored}
    check_versions(what, stored=stands, written=rows)
