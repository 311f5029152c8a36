"""The statements of a commit, compiled once for each kind of database.

Building and looking up a statement costs SQLAlchemy more than SQLite takes to run it, and these
run at every transition; so they are compiled here and then given to the driver as text.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, registry, sqlite
from sqlalchemy.sql.dml import Insert

from orch.adapters.stores.tables import (
    attempts,
    counters,
    events,
    history_head,
    items,
    leases,
    orders,
    receipts,
    tasks,
)

Inserter = Callable[[sa.Table], Any]

_ONE: sa.ColumnElement[int] = sa.literal_column("1")  # A plain 1 would become a parameter.

_STYLE = {"sqlite": "named", "postgresql": "pyformat"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Statements:
    """SQL in the style of one driver; parameters are named as the keys of `rows`."""

    advance: str
    stand: str
    add_task: str
    change_task: str
    save_attempt: str
    add_item: str
    change_item: str
    add_event: str
    add_order: str
    finish: str
    put_off: str
    save_receipt: str
    allocate: str


@cache
def statements(dialect: str) -> Statements:
    """Compile all statements for `sqlite` or `postgresql`."""
    is_sqlite = dialect == "sqlite"
    insert: Inserter = sqlite.insert if is_sqlite else postgresql.insert
    style = registry.load("sqlite" if is_sqlite else "postgresql.psycopg")(
        paramstyle=_STYLE[dialect]
    )
    built = _running() | _versioned(insert) | _waiting(insert) | _kept(insert)
    return Statements(**{name: str(one.compile(dialect=style)) for name, one in built.items()})


def _running() -> dict[str, sa.ClauseElement]:
    head = history_head.c
    epoch = sa.select(leases.c.epoch).where(leases.c.name == sa.bindparam("lease"))
    return {
        "advance": sa.update(history_head)
        .where(head.id == _ONE)
        .values(seq=head.seq + sa.bindparam("facts"), orders=head.orders + sa.bindparam("given")),
        "stand": sa.select(head.seq, epoch.scalar_subquery()).where(head.id == _ONE),
        "add_event": sa.insert(events).values(_numbered(events, "seq", last=head.seq)),
    }


def _numbered(table: sa.Table, name: str, *, last: sa.Column[int]) -> dict[str, Any]:
    """Give values for new rows numbered up to the head; `back` is how many of them follow one."""
    at_head = sa.select(last - sa.bindparam("back")).where(history_head.c.id == _ONE)
    given = {c.name: sa.bindparam(c.name, type_=c.type) for c in table.c if c.name != name}
    return given | {name: at_head.scalar_subquery()}


def _versioned(insert: Inserter) -> dict[str, sa.ClauseElement]:
    """Build what writes rows that have a version: new ones, and those that follow another."""

    def add(table: sa.Table) -> sa.ClauseElement:
        added: Insert = insert(table).on_conflict_do_nothing(index_elements=["id"])
        return added

    def change(table: sa.Table) -> sa.ClauseElement:
        return (
            sa.update(table)
            .where(table.c.id == sa.bindparam("id"), table.c.version == sa.bindparam("before"))
            .values({c.name: sa.bindparam(c.name, type_=c.type) for c in table.c if c.name != "id"})
        )

    return {
        "add_task": add(tasks),
        "change_task": change(tasks),
        "add_item": add(items),
        "change_item": change(items),
    }


def _waiting(insert: Inserter) -> dict[str, sa.ClauseElement]:
    """Build what writes the outbox. An order is addressed to the host of its attempt."""
    host = sa.select(attempts.c.host_id).where(
        attempts.c.task_id == sa.bindparam("of_task"), attempts.c.n == sa.bindparam("of_attempt")
    )
    given = _numbered(orders, "position", last=history_head.c.orders)
    mine = (orders.c.effect_id == sa.bindparam("of_effect"), orders.c.done == sa.false())
    put_off = ("tries", "not_before", "reason")
    return {
        "add_order": insert(orders)
        .values(given | {"host_id": host.scalar_subquery()})
        .on_conflict_do_nothing(index_elements=["effect_id"]),
        "finish": sa.update(orders).where(*mine).values(done=sa.true()),
        "put_off": sa.update(orders).where(*mine).values({c: sa.bindparam(c) for c in put_off}),
    }


def _kept(insert: Inserter) -> dict[str, sa.ClauseElement]:
    """Build what inserts a row or replaces the one that is there."""

    def save(table: sa.Table, *key: str, **changes: Any) -> sa.ClauseElement:  # noqa: ANN401
        new = insert(table)
        kept = {c.name: new.excluded[c.name] for c in table.c if c.name not in key}
        for name, change in changes.items():
            kept[name] = change(new.excluded)
        saved: Insert = new.on_conflict_do_update(index_elements=list(key), set_=kept)
        return saved

    return {
        "save_attempt": save(attempts, "task_id", "n"),
        "save_receipt": save(
            receipts, "key", "project_id", runs=lambda new: receipts.c.runs + new.runs
        ),
        "allocate": insert(counters)
        .values(name=sa.bindparam("name"), value=_ONE)
        .on_conflict_do_update(index_elements=["name"], set_={"value": counters.c.value + _ONE})
        .returning(counters.c.value),
    }
