"""No question reads a whole table: SQLite's plan for each of them says so."""

from collections.abc import Iterator
from itertools import combinations
from typing import Any

import pytest
from sqlalchemy import Connection

from orch.adapters.stores.opening import open_store
from orch.adapters.stores.selecting import (
    Asked,
    select_attempts,
    select_events,
    select_items,
    select_orders,
    select_receipts,
    select_tasks,
)
from orch.core.landing import ItemState
from orch.core.receipt import ReceiptKey
from orch.core.task import Status
from orch.ports.store import EventQuery, ItemQuery, TaskQuery

TASK: dict[str, Any] = {
    "ids": ("t1", "t2"),
    "project_id": "p-one",
    "statuses": (Status.NEW, Status.ROUTED),
    "key": "LAB-1",
    "slug": "fix-it",
    "worker": "amber",
    "parent": "t1",
    "after": "t1",
    "label": "red",
    "agent": "fixer",
    "updated_since": 5.0,
}
EVENT: dict[str, Any] = {
    "after": 5,
    "project_id": "p-one",
    "task_id": "t1",
    "landing_id": "l1",
    "kinds": ("Landed", "GateFailed"),
}
ITEM: dict[str, Any] = {
    "ids": ("l1", "l2"),
    "project_id": "p-one",
    "target": "main",
    "task_id": "t1",
    "states": (ItemState.QUEUED, ItemState.GREEN),
    "open_only": True,
}
TABLES = {"tasks", "attempts", "events", "items", "orders", "receipts"}


@pytest.fixture(scope="module")
def connection(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Connection]:
    """Connect to a new database; its statistics are those of a large one."""
    path = tmp_path_factory.mktemp("plans") / "orch.db"
    with open_store(path) as opened, opened.database.reading() as connection:
        yield connection


def explain(connection: Connection, asked: Asked) -> list[str]:
    """Ask SQLite how it would find the rows."""
    statement = asked.statement.params(asked.values).compile(
        dialect=connection.dialect, compile_kwargs={"literal_binds": True}
    )
    return [row.detail for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}")]


def scans(plan: list[str]) -> set[str]:
    """Find the tables of ours that are read from end to end, and by which index if by any."""
    return {
        line.removeprefix("SCAN ").replace(" USING INDEX ", ":")
        for line in plan
        if line.startswith("SCAN") and line.split()[1] in TABLES
    }


def given(fields: dict[str, Any], most: int) -> list[dict[str, Any]]:
    """Choose up to so many of the fields in every way."""
    chosen = (names for n in range(1, most + 1) for names in combinations(fields, n))
    return [{name: fields[name] for name in names} for names in chosen]


@pytest.mark.parametrize("admission", [False, True])
def test_tasks_are_searched(connection: Connection, *, admission: bool) -> None:
    """Whatever is asked of tasks, an index leads to them."""
    for fields in given(TASK, 3):
        plan = explain(connection, select_tasks(TaskQuery(**fields, admission=admission)))
        if not (admission and set(fields) == {"updated_since"}):  # Nobody admits by change.
            assert not scans(plan), fields


def test_one_status_is_read_in_order(connection: Connection) -> None:
    """The tasks of a status come from an index in the order asked for, so a limit stops early."""
    for project in (None, "p-one"):
        for admission in (False, True):
            query = TaskQuery(project_id=project, statuses=(Status.ROUTED,), admission=admission)
            plan = explain(connection, select_tasks(query))
            assert "USE TEMP B-TREE FOR ORDER BY" not in plan, query


@pytest.mark.parametrize("last", [False, True])
def test_events_are_searched(connection: Connection, *, last: bool) -> None:
    """Whatever is asked of the history, an index leads to it, and in order."""
    for fields in given(EVENT, 5):
        plan = explain(connection, select_events(EventQuery(**fields, last=last)))
        assert not scans(plan), fields
        if "kinds" not in fields:
            assert not any("TEMP B-TREE" in line for line in plan), fields


def test_items_are_searched(connection: Connection) -> None:
    """An index leads to the items; the open ones are few, and have one of their own."""
    for fields in given(ITEM, 4):
        if set(fields) != {"target"}:  # A target is asked for with its project.
            plan = explain(connection, select_items(ItemQuery(**fields)))
            assert scans(plan) <= {"items:items_open"}, fields


@pytest.mark.parametrize(
    ("asked", "index"),
    [
        (select_tasks(TaskQuery()), "tasks:tasks_by_age"),
        (select_tasks(TaskQuery(admission=True)), "tasks:tasks_by_priority"),
        (select_items(ItemQuery()), "items:items_by_position"),
        (select_orders(task_id=None, limit=9), "orders:orders_waiting"),
        (select_receipts(key=None, project_id=None, limit=9), "receipts:receipts_by_age"),
    ],
    ids=["tasks", "admission", "items", "orders", "receipts"],
)
def test_lists_are_read_along_an_index(connection: Connection, asked: Asked, index: str) -> None:
    """A list of everything is read in the order of an index, up to its limit."""
    plan = explain(connection, asked)
    assert scans(plan) == {index}
    assert "USE TEMP B-TREE FOR ORDER BY" not in plan


@pytest.mark.parametrize(
    "asked",
    [
        select_attempts("t1"),
        select_orders(task_id="t1", limit=9),
        select_receipts(key=ReceiptKey("a", "b", "c"), project_id=None, limit=9),
        select_receipts(key=ReceiptKey("a", "b", "c"), project_id="p-one", limit=9),
        select_receipts(key=None, project_id="p-one", limit=9),
    ],
)
def test_what_else_is_asked_is_searched(connection: Connection, asked: Asked) -> None:
    """Attempts, orders and receipts are found by an index."""
    assert not scans(explain(connection, asked))
