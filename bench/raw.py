"""The statements of a commit given to the bare drivers: what the store is compared with."""

import sqlite3
import time
from collections.abc import Sequence
from typing import Any

import psycopg

from orch.adapters.stores.commit import batch_rows
from orch.adapters.stores.postgres import BEGIN
from orch.adapters.stores.rows import Row
from orch.adapters.stores.statements import Statements, statements
from orch.ports.store import Batch

Rows = tuple[Sequence[Row], Sequence[Row]]
"""The rows of tasks and of events that one transaction writes."""


def rate_sqlite(connection: sqlite3.Connection, batches: Sequence[Batch]) -> float:
    """Return how many transitions a second the module sqlite3 commits."""
    sql, prepared, cursor = statements("sqlite"), prepare(batches), connection.cursor()
    started = time.perf_counter()
    for rows in prepared:
        cursor.execute("BEGIN IMMEDIATE")
        _send(cursor, sql, rows=rows)
        cursor.fetchone()
        cursor.execute("COMMIT")
    return _count(batches) / (time.perf_counter() - started)


def rate_postgres(connection: psycopg.Connection, batches: Sequence[Batch]) -> float:
    """Return how many transitions a second psycopg commits, as few round trips as the store."""
    sql, prepared, cursor = statements("postgresql"), prepare(batches), connection.cursor()
    started = time.perf_counter()
    for rows in prepared:
        connection.execute(BEGIN, prepare=False)
        with connection.pipeline():
            _send(cursor, sql, rows=rows)
        cursor.fetchone()
        connection.execute("COMMIT")
    return _count(batches) / (time.perf_counter() - started)


def prepare(batches: Sequence[Batch]) -> list[Rows]:
    """Make the rows beforehand: the bare driver is spared all but the statements."""
    return [_rows(batch) for batch in batches]


def _rows(batch: Batch) -> Rows:
    made = batch_rows(batch)
    last = len(made.facts) - 1
    return made.tasks, [row | {"back": last - n} for n, row in enumerate(made.facts)]


def _count(batches: Sequence[Batch]) -> int:
    return sum(len(batch.tasks) for batch in batches)


def _send(cursor: Any, sql: Statements, *, rows: Rows) -> None:  # noqa: ANN401 - either driver's
    tasks, facts = rows
    cursor.execute(sql.advance, {"facts": len(facts), "given": 0})
    for statement, written in ((sql.change_task, tasks), (sql.add_event, facts)):
        if len(written) == 1:
            cursor.execute(statement, written[0])
        else:
            cursor.executemany(statement, written)
    cursor.execute(sql.stand, {"lease": "daemon"})
