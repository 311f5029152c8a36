"""Writing a batch: state, history and outbox in the transaction that the caller opened."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from sqlalchemy import Connection

from orch.adapters.stores.refusals import fenced
from orch.adapters.stores.rows import Row, fact_row, item_row, order_row, receipt_row, task_rows
from orch.adapters.stores.statements import Statements
from orch.ports.store import Batch, Deferral


class StaleVersions(Exception):
    """Some row does not stand at the version before the one to be written."""


@dataclass(frozen=True, slots=True)
class BatchRows:
    """A batch as rows, made before the transaction begins so that the lock is held briefly."""

    tasks: Sequence[Row]
    attempts: Sequence[Row]
    items: Sequence[Row]
    facts: Sequence[Row]
    orders: Sequence[Row]
    finished: Sequence[Row]
    deferred: Sequence[Row]
    receipts: Sequence[Row]


def batch_rows(batch: Batch) -> BatchRows:
    """Make the rows of a batch; raises `Permanent` for text that is no Unicode."""
    pairs = [task_rows(task) for task in batch.tasks]
    return BatchRows(
        tasks=[task for task, _ in pairs],
        attempts=[attempt for _, attempt in pairs if attempt is not None],
        items=[item_row(item) for item in batch.items],
        facts=[fact_row(fact) for fact in batch.facts],
        orders=[order_row(order) for order in batch.orders],
        finished=[{"of_effect": effect_id} for effect_id in batch.finished],
        deferred=[_deferral_row(deferral) for deferral in batch.deferred],
        receipts=[receipt_row(receipt) for receipt in batch.receipts],
    )


def _deferral_row(deferral: Deferral) -> Row:
    return {
        "of_effect": deferral.effect_id,
        "tries": deferral.tries,
        "not_before": deferral.not_before,
        "reason": deferral.reason,
    }


def check_epoch(cursor: Any, sql: Statements, batch: Batch) -> None:  # noqa: ANN401 - a driver's
    """Raise `FencedError` unless the batch's epoch is that of its lease.

    Leases change hands under the same lock that a commit holds, so what is read here is still
    true when the commit ends.
    """
    if batch.epoch is None:
        return
    row = cursor.execute(sql.epoch, {"lease": batch.lease}).fetchone()
    found = None if row is None else row[0]
    if found != batch.epoch:
        raise fenced(batch.lease, found=found, epoch=batch.epoch)


def write_batch(connection: Connection, sql: Statements, batch: Batch, rows: BatchRows) -> int:
    """Write the batch and return the `seq` of the last event.

    Raises `FencedError`, and `StaleVersions` where a version does not follow; the caller's
    transaction then takes everything back.
    """
    cursor: Any = connection.connection.cursor()
    try:
        check_epoch(cursor, sql, batch)
        counts = {"facts": len(rows.facts), "given": len(rows.orders)}
        seq, position = cursor.execute(sql.advance, counts).fetchone()
        _write_versions(cursor, rows.tasks, add=sql.add_task, change=sql.change_task)
        _run(cursor, sql.save_attempt, rows.attempts)
        _write_versions(cursor, rows.items, add=sql.add_item, change=sql.change_item)
        _run(cursor, sql.add_event, _numbered(rows.facts, "seq", last=seq))
        _run(cursor, sql.add_order, _numbered(rows.orders, "position", last=position))
        _run(cursor, sql.finish, rows.finished)
        _run(cursor, sql.put_off, rows.deferred)
        _run(cursor, sql.save_receipt, rows.receipts)
    finally:
        cursor.close()
    return int(seq)


def _write_versions(cursor: Any, rows: Iterable[Row], *, add: str, change: str) -> None:  # noqa: ANN401
    is_new: Callable[[Row], bool] = lambda row: row["version"] == 1  # noqa: E731
    for new, group in groupby(rows, key=is_new):
        written = list(group)
        _run(cursor, add if new else change, written)
        if cursor.rowcount != len(written):
            raise StaleVersions


def _run(cursor: Any, statement: str, rows: Sequence[Row]) -> None:  # noqa: ANN401
    if len(rows) == 1:
        cursor.execute(statement, rows[0])
    elif rows:
        cursor.executemany(statement, rows)


def _numbered(rows: Sequence[Row], name: str, *, last: int) -> list[Row]:
    first = last - len(rows) + 1
    return [row | {name: first + n} for n, row in enumerate(rows)]
