"""The store in a database, SQLite and PostgreSQL alike; `registry` is what stands beside it."""

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy import Connection

from orch.adapters.stores import read
from orch.adapters.stores.commit import BatchRows, StaleVersions, batch_rows, send_batch
from orch.adapters.stores.database import Database
from orch.adapters.stores.refusals import RowRefused, check_epoch, check_versions, worker_taken
from orch.adapters.stores.statements import statements
from orch.adapters.stores.tables import attempts, items, leases, tasks
from orch.core.attempt import Attempt
from orch.core.landing import Item
from orch.core.receipt import Receipt, ReceiptKey
from orch.core.task import Task
from orch.ports.errors import Transient
from orch.ports.store import Batch, EventQuery, ItemQuery, Order, Recorded, TaskQuery


class SqlStore:
    """Keep state, history and outbox in a database: a `Store`."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._sql = statements(database.writer.dialect.name)

    def commit(self, batch: Batch) -> int:
        """Write all of the batch or nothing; return the `seq` of the last event."""
        rows = batch_rows(batch)
        try:
            with self._database.writing() as connection:
                with self._database.pipeline(connection):
                    sent = send_batch(connection, self._sql, rows=rows)
                return sent.check(batch)
        except StaleVersions:
            self._explain(batch, rows)
            raise Transient("a row changed twice in a moment; nothing was written") from None
        except RowRefused:
            self._explain(batch, rows)
            raise

    def allocate(self, counter: str) -> int:
        """Return the next number of a counter, never given before or again."""
        with self._database.writing() as connection:
            number: int = connection.exec_driver_sql(
                self._sql.allocate, {"name": counter}
            ).scalar_one()
            return number

    def tasks(self, query: TaskQuery) -> Sequence[Task]:
        """Find tasks, each with its current attempt."""
        with self._database.reading() as connection:
            return read.read_tasks(connection, query)

    def attempts(self, task_id: str) -> Sequence[Attempt]:
        """List all attempts of a task, oldest first."""
        with self._database.reading() as connection:
            return read.read_attempts(connection, task_id)

    def tried(self, project_id: str) -> Sequence[tuple[str, Attempt]]:
        """List all attempts of a project's tasks, each with its task's id."""
        with self._database.reading() as connection:
            return read.read_tried(connection, project_id)

    def events(self, query: EventQuery) -> Sequence[Recorded]:
        """Read history."""
        with self._database.reading() as connection:
            return read.read_events(connection, query)

    def orders(self, *, task_id: str | None = None, limit: int = 1000) -> Sequence[Order]:
        """List the effects that are not done, oldest first."""
        with self._database.reading() as connection:
            return read.read_orders(connection, task_id=task_id, limit=limit)

    def items(self, query: ItemQuery) -> Sequence[Item]:
        """Find items of the lanes."""
        with self._database.reading() as connection:
            return read.read_items(connection, query)

    def receipts(
        self, *, key: ReceiptKey | None = None, project_id: str | None = None, limit: int = 100
    ) -> Sequence[Receipt]:
        """Find receipts, newest first."""
        with self._database.reading() as connection:
            return read.read_receipts(connection, key=key, project_id=project_id, limit=limit)

    def _explain(self, batch: Batch, rows: BatchRows) -> None:
        """Raise what says which row was refused, now that its transaction was rolled back."""
        with self._database.reading() as connection:
            check_epoch(batch, _epoch(connection, batch.lease))
            for what, table, written in (("task", tasks, rows.tasks), ("item", items, rows.items)):
                stands = _versions(connection, table, ids={row["id"] for row in written})
                check_versions(
                    what, stored=stands, written=((row["id"], row["version"]) for row in written)
                )
            named = [row for row in rows.attempts if row["worker"]]
            owners = _owners(connection, {row["worker"] for row in named})
        for row in named:
            attempt = (row["task_id"], row["n"])
            if owners.setdefault(row["worker"], attempt) != attempt:
                raise worker_taken(row["worker"])


def _epoch(connection: Connection, lease: str) -> int | None:
    return connection.scalar(sa.select(leases.c.epoch).where(leases.c.name == lease))


def _versions(connection: Connection, table: sa.Table, *, ids: set[str]) -> dict[str, int]:
    asked = sa.select(table.c.id, table.c.version).where(table.c.id.in_(ids))
    return {row.id: row.version for row in connection.execute(asked)}


def _owners(connection: Connection, workers: set[str]) -> dict[str, tuple[str, int]]:
    row = attempts.c
    asked = sa.select(row.worker, row.task_id, row.n).where(row.worker.in_(workers))
    return {row.worker: (row.task_id, row.n) for row in connection.execute(asked)}
