"""The queries of the store port as SQL; what they mean in Python stands in `matching`."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from orch.adapters.stores.codec import normal_id
from orch.adapters.stores.tables import (
    IS_OPEN,
    IS_WAITING,
    attempts,
    events,
    items,
    orders,
    receipts,
    task_after,
    task_labels,
    tasks,
)
from orch.core.receipt import ReceiptKey
from orch.ports.store import EventQuery, ItemQuery, TaskQuery

_Condition = sa.ColumnElement[bool]


def select_tasks(query: TaskQuery) -> sa.Select[Any]:
    """Select tasks and their current attempts."""
    id_, row = tasks.c.id, tasks.c
    wanted = [
        *_equal(row.project_id, query.project_id),
        *_equal(row.key, query.key),
        *_equal(row.slug, query.slug),
        *_equal(row.agent, query.agent),
        *_equal(row.parent, _normal(query.parent)),
        *_one_of(id_, _normal_all(query.ids)),
        *_one_of(row.status, query.statuses),
        *_linked(attempts.c.task_id, attempts.c.worker, query.worker),
        *_linked(task_labels.c.task_id, task_labels.c.label, query.label),
        *_linked(task_after.c.task_id, task_after.c.after_id, _normal(query.after)),
    ]
    if query.updated_since is not None:
        wanted.append(row.updated_at >= query.updated_since)
    age: list[sa.ColumnElement[Any]] = [row.created_at, sa.func.length(id_), id_]
    order = [row.priority.desc(), *age] if query.admission else [column.desc() for column in age]
    return (
        sa.select(row.body, attempts.c.body)
        .select_from(tasks.outerjoin(attempts, _is_current))
        .where(*wanted)
        .order_by(*order)
        .limit(query.limit)
    )


_is_current = sa.and_(attempts.c.task_id == tasks.c.id, attempts.c.n == tasks.c.attempt)


def select_attempts(task_id: str) -> sa.Select[Any]:
    """Select the attempts of a task, oldest first."""
    mine = attempts.c.task_id == normal_id(task_id)
    return sa.select(attempts.c.body).where(mine).order_by(attempts.c.n)


def select_events(query: EventQuery) -> sa.Select[Any]:
    """Select events above a cursor; the caller turns the newest ones round."""
    row = events.c
    wanted = [
        row.seq > query.after,
        *_equal(row.project_id, query.project_id),
        *_equal(row.task_id, _normal(query.task_id)),
        *_equal(row.landing_id, query.landing_id),
        *_one_of(row.kind, query.kinds),
    ]
    order = row.seq.desc() if query.last else row.seq
    return sa.select(events).where(*wanted).order_by(order).limit(query.limit)


def select_orders(*, task_id: str | None, limit: int) -> sa.Select[Any]:
    """Select the orders that are not done, oldest first."""
    wanted = [IS_WAITING, *_equal(orders.c.task_id, _normal(task_id))]
    return sa.select(orders).where(*wanted).order_by(orders.c.position).limit(limit)


def select_items(query: ItemQuery) -> sa.Select[Any]:
    """Select items in the order of the lane."""
    row = items.c
    wanted = [
        *_one_of(row.id, query.ids),
        *_equal(row.project_id, query.project_id),
        *_equal(row.target, query.target),
        *_equal(row.task_id, _normal(query.task_id)),
        *_one_of(row.state, query.states),
        *([IS_OPEN] if query.open_only else []),
    ]
    order: list[sa.ColumnElement[Any]] = [row.position, row.id]
    if query.newest_first:
        order = [column.desc() for column in order]
    return sa.select(row.body).where(*wanted).order_by(*order).limit(query.limit)


def select_receipts(
    *, key: ReceiptKey | None, project_id: str | None, limit: int
) -> sa.Select[Any]:
    """Select receipts, newest first."""
    row = receipts.c
    wanted = [
        *_equal(row.key, None if key is None else str(key)),
        *_equal(row.project_id, project_id),
    ]
    order = (row.at.desc(), row.key.desc(), row.project_id.desc())
    return sa.select(row.body, row.runs).where(*wanted).order_by(*order).limit(limit)


def _equal(column: sa.Column[Any], value: str | None) -> list[_Condition]:
    return [] if value is None else [column == value]


def _one_of(column: sa.Column[Any], values: Sequence[str] | None) -> list[_Condition]:
    if values is None:
        return []
    # A single value is told as such, so that an index gives its rows in order.
    plain = [str(value) for value in values]
    return [column == plain[0]] if len(plain) == 1 else [column.in_(plain)]


def _linked(task_id: sa.Column[str], column: sa.Column[Any], value: str | None) -> list[_Condition]:
    return [] if value is None else [tasks.c.id.in_(sa.select(task_id).where(column == value))]


def _normal(task_id: str | None) -> str | None:
    return None if task_id is None else normal_id(task_id)


def _normal_all(ids: Sequence[str] | None) -> list[str] | None:
    return None if ids is None else [normal_id(one) for one in ids]
