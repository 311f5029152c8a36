"""The queries of the store port as SQL; what they mean in Python stands in `matching`.

A statement is built once for each shape of a query (which fields are given, not what they hold)
and kept: building one takes longer than running it.
"""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

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

Values = dict[str, Any]
_Condition = sa.ColumnElement[bool]
_IDS = {"parent", "after", "task_id"}  # Fields that hold one task id.
_LIMIT: sa.BindParameter[int] = sa.bindparam("limit", type_=sa.Integer())


class Asked(NamedTuple):
    """A statement and the values it is run with."""

    statement: sa.Select[Any]
    values: Values


def _is(column: sa.Column[Any], name: str) -> _Condition:
    return column == sa.bindparam(name)


def _any_of(column: sa.Column[Any], name: str) -> _Condition:
    return column.in_(sa.bindparam(name, expanding=True))


def _linked(column: sa.Column[Any], name: str) -> _Condition:
    """Find tasks by a row of another table that names them."""
    return tasks.c.id.in_(sa.select(column.table.c.task_id).where(_is(column, name)))


_TASKS = {
    "ids": _any_of(tasks.c.id, "ids"),
    "project_id": _is(tasks.c.project_id, "project_id"),
    "key": _is(tasks.c.key, "key"),
    "slug": _is(tasks.c.slug, "slug"),
    "agent": _is(tasks.c.agent, "agent"),
    "parent": _is(tasks.c.parent, "parent"),
    "worker": _linked(attempts.c.worker, "worker"),
    "label": _linked(task_labels.c.label, "label"),
    "after": _linked(task_after.c.after_id, "after"),
    "updated_since": tasks.c.updated_at >= sa.bindparam("updated_since"),
}
_EVENTS = {
    "after": events.c.seq > sa.bindparam("after"),
    "project_id": _is(events.c.project_id, "project_id"),
    "task_id": _is(events.c.task_id, "task_id"),
    "landing_id": _is(events.c.landing_id, "landing_id"),
}
_ITEMS = {
    "ids": _any_of(items.c.id, "ids"),
    "project_id": _is(items.c.project_id, "project_id"),
    "target": _is(items.c.target, "target"),
    "task_id": _is(items.c.task_id, "task_id"),
}
_RECEIPTS = {
    "key": _is(receipts.c.key, "key"),
    "project_id": _is(receipts.c.project_id, "project_id"),
}
_ATTEMPTS = (
    sa.select(attempts.c.body).where(_is(attempts.c.task_id, "task_id")).order_by(attempts.c.n)
)
_TRIED = (
    sa.select(attempts.c.task_id, attempts.c.body)
    .join(tasks, tasks.c.id == attempts.c.task_id)
    .where(_is(tasks.c.project_id, "project_id"))
    .order_by(sa.func.length(attempts.c.task_id), attempts.c.task_id, attempts.c.n)
)
_ORDERS = sa.select(orders).where(IS_WAITING).order_by(orders.c.position).limit(_LIMIT)
_ORDERS_OF_TASK = _ORDERS.where(_is(orders.c.task_id, "task_id"))


def select_tasks(query: TaskQuery) -> Asked:
    """Select the `body` of tasks and the `attempt_body` of their current attempts."""
    values = _given(query, _TASKS)
    if query.ids is not None:
        values["ids"] = [normal_id(one) for one in query.ids]
    statuses = None if query.statuses is None else tuple(dict.fromkeys(query.statuses))
    statement = _tasks(tuple(values), statuses, admission=query.admission)
    return Asked(statement, values | {"limit": query.limit})


@lru_cache(maxsize=256)
def _tasks(
    given: Sequence[str], statuses: Sequence[str] | None, *, admission: bool
) -> sa.Select[Any]:
    row = tasks.c
    digits = sa.func.length(row.id).label("digits")
    attempt = attempts.c.body.label("attempt_body")
    current = sa.and_(attempts.c.task_id == row.id, attempts.c.n == row.attempt)
    found = (
        sa.select(row.body, attempt, row.priority, row.created_at, digits, row.id)
        .select_from(tasks.outerjoin(attempts, current))
        .where(*(_TASKS[name] for name in given))
    )
    # Statuses stand in the statement itself, for the indexes that hold some of them only.
    plain = [sa.literal(str(one), literal_execute=True) for one in statuses or ()]
    branches = None if statuses is None else [row.status == one for one in plain]
    age = ("created_at", "digits", "id")
    order = ("-priority", *age) if admission else tuple(f"-{name}" for name in age)
    return _in_order(found, branches, order=order)


def select_attempts(task_id: str) -> Asked:
    """Select the attempts of a task, oldest first."""
    return Asked(_ATTEMPTS, {"task_id": normal_id(task_id)})


def select_tried(project_id: str) -> Asked:
    """Select the attempts of all tasks of a project."""
    return Asked(_TRIED, {"project_id": project_id})


def select_events(query: EventQuery) -> Asked:
    """Select events above a cursor; the caller turns the newest ones round."""
    kinds, values = _numbered(query.kinds), _given(query, _EVENTS)
    statement = _events(tuple(values), _names(kinds), last=query.last)
    return Asked(statement, values | (kinds or {}) | {"limit": query.limit})


@lru_cache(maxsize=256)
def _events(given: Sequence[str], kinds: Sequence[str] | None, *, last: bool) -> sa.Select[Any]:
    found = sa.select(events).where(*(_EVENTS[name] for name in given))
    branches = None if kinds is None else [_is(events.c.kind, name) for name in kinds]
    return _in_order(found, branches, order=("-seq",) if last else ("seq",))


def select_orders(*, task_id: str | None, limit: int) -> Asked:
    """Select the orders that are not done, oldest first."""
    if task_id is None:
        return Asked(_ORDERS, {"limit": limit})
    return Asked(_ORDERS_OF_TASK, {"task_id": normal_id(task_id), "limit": limit})


def select_items(query: ItemQuery) -> Asked:
    """Select the `body` of items in the order of the lane."""
    states, values = _numbered(query.states), _given(query, _ITEMS)
    flags = {"open_only": query.open_only, "newest_first": query.newest_first}
    statement = _items(tuple(values), _names(states), **flags)
    return Asked(statement, values | (states or {}) | {"limit": query.limit})


@lru_cache(maxsize=256)
def _items(
    given: Sequence[str], states: Sequence[str] | None, *, open_only: bool, newest_first: bool
) -> sa.Select[Any]:
    row = items.c
    found = sa.select(row.body, row.position, row.id).where(*(_ITEMS[name] for name in given))
    if open_only:
        found = found.where(IS_OPEN)
    branches = None if states is None else [_is(row.state, name) for name in states]
    order = ("-position", "-id") if newest_first else ("position", "id")
    return _in_order(found, branches, order=order)


def select_receipts(*, key: ReceiptKey | None, project_id: str | None, limit: int) -> Asked:
    """Select receipts, newest first."""
    asked = {"key": key and str(key), "project_id": project_id}
    values = {name: value for name, value in asked.items() if value is not None}
    row = receipts.c
    found = sa.select(row.body, row.runs).where(*(_RECEIPTS[name] for name in values))
    newest = (row.at.desc(), row.key.desc(), row.project_id.desc())
    return Asked(found.order_by(*newest).limit(_LIMIT), values | {"limit": limit})


def _given(query: object, conditions: Mapping[str, _Condition]) -> Values:
    """List the fields of a query that are given, task ids as they are stored."""
    found = {name: getattr(query, name) for name in conditions}
    return {
        name: normal_id(value) if name in _IDS and isinstance(value, str) else value
        for name, value in found.items()
        if value is not None
    }


def _numbered(values: Sequence[str] | None) -> Values | None:
    """Name each of several values."""
    if values is None:
        return None
    return {f"value_{n}": str(value) for n, value in enumerate(dict.fromkeys(values))}


def _names(values: Values | None) -> tuple[str, ...] | None:
    return None if values is None else tuple(values)


def _in_order(
    found: sa.Select[Any], branches: Sequence[_Condition] | None, *, order: Sequence[str]
) -> sa.Select[Any]:
    """Order what was found by column names (a minus turns one round), and limit it.

    Of several branches, each is ordered and limited on its own: an index then gives its first
    rows, where all rows of all branches would have to be read and sorted.
    """

    def ordered(selected: sa.Select[Any]) -> sa.Select[Any]:
        columns = selected.selected_columns
        by = [columns[n[1:]].desc() if n.startswith("-") else columns[n] for n in order]
        return selected.order_by(*by).limit(_LIMIT)

    match branches:
        case None:
            return ordered(found)
        case []:
            return ordered(found.where(sa.false()))
        case [only]:
            return ordered(found.where(only))
        case _:
            parts = [sa.select(ordered(found.where(one)).subquery()) for one in branches]
            return ordered(sa.select(sa.union_all(*parts).subquery()))
