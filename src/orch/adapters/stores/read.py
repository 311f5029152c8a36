"""Reading: rows back to values, each call one statement and so one moment of the database."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection, Row

from orch.adapters.stores.codec import decode, decode_effect
from orch.adapters.stores.selecting import (
    select_attempts,
    select_events,
    select_items,
    select_orders,
    select_receipts,
    select_tasks,
    select_tried,
)
from orch.core.attempt import Attempt
from orch.core.landing import Item
from orch.core.receipt import Receipt, ReceiptKey
from orch.core.task import Task
from orch.ports.store import EventQuery, ItemQuery, Order, Recorded, TaskQuery


def read_tasks(connection: Connection, query: TaskQuery) -> Sequence[Task]:
    """Find tasks, each with its current attempt."""
    return [_task(row) for row in connection.execute(*select_tasks(query))]


def _task(row: Row[Any]) -> Task:
    task = decode(Task, row.body)
    if row.attempt_body is None:
        return task
    return replace(task, attempt=decode(Attempt, row.attempt_body))


def read_attempts(connection: Connection, task_id: str) -> Sequence[Attempt]:
    """List all attempts of a task, oldest first."""
    return [decode(Attempt, body) for body in connection.scalars(*select_attempts(task_id))]


def read_tried(connection: Connection, project_id: str) -> Sequence[tuple[str, Attempt]]:
    """List all attempts of a project's tasks, each with its task's id."""
    found = connection.execute(*select_tried(project_id))
    return [(row.task_id, decode(Attempt, row.body)) for row in found]


def read_events(connection: Connection, query: EventQuery) -> Sequence[Recorded]:
    """Read history, oldest first."""
    found = [_event(row) for row in connection.execute(*select_events(query))]
    return found[::-1] if query.last else found


def _event(row: Row[Any]) -> Recorded:
    return Recorded(
        seq=row.seq,
        project_id=row.project_id,
        task_id=row.task_id,
        landing_id=row.landing_id,
        kind=row.kind,
        at=row.at,
        actor=row.actor,
        data=decode(dict[str, object], row.data),
    )


def read_orders(connection: Connection, *, task_id: str | None, limit: int) -> Sequence[Order]:
    """List the effects that are not done, oldest first."""
    found = connection.execute(*select_orders(task_id=task_id, limit=limit))
    return [_order(row) for row in found]


def _order(row: Row[Any]) -> Order:
    return Order(
        effect=decode_effect(row.kind, row.body),
        project_id=row.project_id,
        created_at=row.created_at,
        tries=row.tries,
        not_before=row.not_before,
        reason=row.reason,
        done=row.done,
    )


def read_items(connection: Connection, query: ItemQuery) -> Sequence[Item]:
    """Find items of the lanes."""
    return [decode(Item, body) for body in connection.scalars(*select_items(query))]


def read_receipts(
    connection: Connection, *, key: ReceiptKey | None, project_id: str | None, limit: int
) -> Sequence[Receipt]:
    """Find receipts, newest first; how often a gate was asked is counted in a column."""
    found = connection.execute(*select_receipts(key=key, project_id=project_id, limit=limit))
    return [replace(decode(Receipt, row.body), runs=row.runs) for row in found]
