"""The queries of the store port as SQL; what they mean in Python stands in `matching`."""

from collections.abc import Iterable, Sequence
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
_SEVERAL = 2


_is_current = sa.and_(attempts.c.task_id == tasks.c.id, attempts.c.n == tasks.c.attempt)


def select_tasks(query: TaskQuery) -> sa.Select[Any]:
    """Select the `body` of tasks and the `attempt_body` of their current attempts."""
    row = tasks.c
    number = sa.func.length(row.id).label("digits")
    found = sa.select(
        row.body,
        attempts.c.body.label("attempt_body"),
        row.priority,
        row.created_at,
        number,
        row.id,
    ).select_from(tasks.outerjoin(attempts, _is_current))
    age = ("created_at", "digits", "id")
    order = ("-priority", *age) if query.admission else tuple(f"-{name}" for name in age)
    found = found.where(*_wanted_tasks(query))
    return _in_order(found, _branches(row.status, query.statuses), order=order, limit=query.limit)


def _wanted_tasks(query: TaskQuery) -> list[_Condition]:
    row = tasks.c
    since = query.updated_since
    return [
        *_equal(row.project_id, query.project_id),
        *_equal(row.key, query.key),
        *_equal(row.slug, query.slug),
        *_equal(row.agent, query.agent),
        *_equal(row.parent, _normal(query.parent)),
        *_one_of(row.id, None if query.ids is None else map(normal_id, query.ids)),
        *_linked(attempts.c.task_id, attempts.c.worker, query.worker),
        *_linked(task_labels.c.task_id, task_labels.c.label, query.label),
        *_linked(task_after.c.task_id, task_after.c.after_id, _normal(query.after)),
        *([] if since is None else [row.updated_at >= since]),
    ]


def select_attempts(task_id: str) -> sa.Select[Any]:
    """Select the attempts of a task, oldest first."""
    mine = attempts.c.task_id == normal_id(task_id)
    return sa.select(attempts.c.body).where(mine).order_by(attempts.c.n)


def select_events(query: EventQuery) -> sa.Select[Any]:
    """Select events above a cursor; the caller turns the newest ones round."""
    row = events.c
    found = sa.select(events).where(
        row.seq > query.after,
        *_equal(row.project_id, query.project_id),
        *_equal(row.task_id, _normal(query.task_id)),
        *_equal(row.landing_id, query.landing_id),
    )
    order = ("-seq",) if query.last else ("seq",)
    return _in_order(found, _branches(row.kind, query.kinds), order=order, limit=query.limit)


def select_orders(*, task_id: str | None, limit: int) -> sa.Select[Any]:
    """Select the orders that are not done, oldest first."""
    wanted = [IS_WAITING, *_equal(orders.c.task_id, _normal(task_id))]
    return sa.select(orders).where(*wanted).order_by(orders.c.position).limit(limit)


def select_items(query: ItemQuery) -> sa.Select[Any]:
    """Select the `body` of items in the order of the lane."""
    row = items.c
    found = sa.select(row.body, row.position, row.id).where(
        *_one_of(row.id, query.ids),
        *_equal(row.project_id, query.project_id),
        *_equal(row.target, query.target),
        *_equal(row.task_id, _normal(query.task_id)),
        *([IS_OPEN] if query.open_only else []),
    )
    order = ("-position", "-id") if query.newest_first else ("position", "id")
    return _in_order(found, _branches(row.state, query.states), order=order, limit=query.limit)


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


def _in_order(
    found: sa.Select[Any], branches: list[_Condition], *, order: Sequence[str], limit: int
) -> sa.Select[Any]:
    """Order what was found by column names (a minus turns one round), and limit it.

    Of several branches, each is ordered and limited on its own: an index then gives its first
    rows, where all rows of all branches would have to be read and sorted.
    """

    def ordered(selected: sa.Select[Any]) -> sa.Select[Any]:
        columns = selected.selected_columns
        by = [columns[n[1:]].desc() if n.startswith("-") else columns[n] for n in order]
        return selected.order_by(*by).limit(limit)

    if len(branches) < _SEVERAL:
        return ordered(found.where(*branches))
    parts = [sa.select(ordered(found.where(branch)).subquery()) for branch in branches]
    return ordered(sa.select(sa.union_all(*parts).subquery()))


def _branches(column: sa.Column[Any], values: Iterable[str] | None) -> list[_Condition]:
    """Give a condition for each value; none at all for None, one that never holds for nothing."""
    if values is None:
        return []
    return [column == str(value) for value in dict.fromkeys(values)] or [sa.false()]


def _equal(column: sa.Column[Any], value: str | None) -> list[_Condition]:
    return [] if value is None else [column == value]


def _one_of(column: sa.Column[Any], values: Iterable[str] | None) -> list[_Condition]:
    return [] if values is None else [column.in_(list(values))]


def _linked(task_id: sa.Column[str], column: sa.Column[Any], value: str | None) -> list[_Condition]:
    return [] if value is None else [tasks.c.id.in_(sa.select(task_id).where(column == value))]


def _normal(task_id: str | None) -> str | None:
    return None if task_id is None else normal_id(task_id)
