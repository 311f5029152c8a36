"""Writing a batch: state, history and outbox in the transaction that the caller opened."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import groupby
from typing import Any

from sqlalchemy import Connection

from orch.adapters.stores.refusals import check_epoch
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
    lease: str


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
        lease=batch.lease,
    )


def _deferral_row(deferral: Deferral) -> Row:
    return {
        "of_effect": deferral.effect_id,
        "tries": deferral.tries,
        "not_before": deferral.not_before,
        "reason": deferral.reason,
    }


@dataclass(frozen=True, slots=True)
class Sent:
    """A batch whose statements were given to the driver; the answers are still to be judged."""

    stand: Any
    versions: Sequence[tuple[Any, int]]

    def check(self, batch: Batch) -> int:
        """Return the `seq` of the last event.

        Raises `FencedError` unless the batch's epoch is that of its lease (leases change hands
        under the lock that a commit holds, so what was read is true until the commit ends), and
        `StaleVersions` where a version does not follow. The transaction then takes all back.
        """
        seq, epoch = self.stand.fetchone()
        check_epoch(batch, epoch)
        if any(cursor.rowcount != expected for cursor, expected in self.versions):
            raise StaleVersions
        return int(seq)


def send_batch(connection: Connection, sql: Statements, *, rows: BatchRows) -> Sent:
    """Give all statements to the driver without asking for an answer."""
    run = partial(_run, new_cursor=connection.connection.cursor)
    run(sql.advance, [{"facts": len(rows.facts), "given": len(rows.orders)}])
    versions = [
        *_send_versions(run, rows.tasks, add=sql.add_task, change=sql.change_task),
        *_send_versions(run, rows.items, add=sql.add_item, change=sql.change_item),
    ]
    run(sql.save_attempt, rows.attempts)
    run(sql.add_event, _counted_down(rows.facts))
    run(sql.add_order, _counted_down(rows.orders))
    run(sql.finish, rows.finished)
    run(sql.put_off, rows.deferred)
    run(sql.save_receipt, rows.receipts)
    return Sent(stand=run(sql.stand, [{"lease": rows.lease}]), versions=versions)


def _send_versions(
    run: Callable[[str, Sequence[Row]], Any], rows: Iterable[Row], *, add: str, change: str
) -> Iterator[tuple[Any, int]]:
    """Send new rows and changed ones in their order; give each cursor and how many it must hit."""
    for is_new, group in groupby(rows, key=lambda row: row["version"] == 1):
        written = list(group)
        yield run(add if is_new else change, written), len(written)


def _run(statement: str, rows: Sequence[Row], *, new_cursor: Callable[[], Any]) -> Any:  # noqa: ANN401
    cursor = new_cursor()
    if len(rows) == 1:
        cursor.execute(statement, rows[0])
    elif rows:
        cursor.executemany(statement, rows)
    return cursor


def _counted_down(rows: Sequence[Row]) -> list[Row]:
    """Tell each row how many follow it; its number is counted back from the new head."""
    return [row | {"back": len(rows) - n} for n, row in enumerate(rows, start=1)]
