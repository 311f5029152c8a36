"""Build the first schema: a migration is never changed once it has been released."""

from pathlib import Path
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision: str | None = None

SQL = Path(__file__).parents[1] / "sql"  # What differs between the kinds of database.
TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
LONG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TIME: sa.Double[float] = sa.Double()
FLAG = sa.Boolean()


def upgrade() -> None:
    """Build tables, indexes and the triggers of this kind of database."""
    create_tasks()
    create_links()
    create_lanes()
    create_history()
    create_outbox()
    create_registry()
    op.bulk_insert(
        sa.table("history_head", *(sa.column(name) for name in ("id", "seq", "orders", "pruning"))),
        [{"id": 1, "seq": 0, "orders": 0, "pruning": False}],
    )
    connection = op.get_bind()
    script = SQL / f"{revision}_{connection.dialect.name}.sql"
    for statement in script.read_text(encoding="utf-8").split("-- next\n"):
        connection.exec_driver_sql(statement)


def create_tasks() -> None:
    """Build the tasks and their attempts."""
    op.create_table(
        "tasks",
        key("id"),
        sa.Column("project_id", TEXT, nullable=False),
        sa.Column("status", TEXT, nullable=False),
        sa.Column("priority", LONG, nullable=False),
        sa.Column("key", TEXT),
        sa.Column("slug", TEXT, nullable=False),
        sa.Column("parent", TEXT),
        sa.Column("agent", TEXT),
        sa.Column("labels", TEXT, nullable=False),
        sa.Column("after", TEXT, nullable=False),
        sa.Column("attempt", LONG),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("updated_at", TIME, nullable=False),
        sa.Column("version", LONG, nullable=False),
        sa.Column("body", TEXT, nullable=False),
    )
    index("tasks_by_age", "tasks", "created_at")
    index("tasks_by_change", "tasks", "updated_at")
    index("tasks_by_status", "tasks", "status", "created_at")
    index("tasks_by_agent", "tasks", "agent", "created_at")
    index("tasks_by_slug", "tasks", "slug")
    index("tasks_by_key", "tasks", "key")
    index("tasks_by_parent", "tasks", "parent")
    index("tasks_of_project", "tasks", "project_id", "created_at")
    index("tasks_of_project_by_status", "tasks", "project_id", "status", "created_at")
    urgent = sa.text("priority DESC")
    index("tasks_by_priority", "tasks", urgent, "created_at")
    wait = sa.or_(sa.column("status") == "new", sa.column("status") == "routed")
    waiting = ("status", urgent, "created_at")
    index("tasks_to_admit", "tasks", *waiting, where=wait)
    index("tasks_of_project_to_admit", "tasks", "project_id", *waiting, where=wait)
    op.create_table(
        "attempts",
        of_task(),
        sa.Column("n", LONG, primary_key=True, autoincrement=False),
        sa.Column("host_id", TEXT, nullable=False),
        sa.Column("worker", TEXT),
        sa.Column("body", TEXT, nullable=False),
        sa.UniqueConstraint("worker", name="attempts_worker"),
    )


def create_links() -> None:
    """Build what the triggers keep in step with the tasks."""
    op.create_table("task_labels", key("label"), of_task(), sqlite_with_rowid=False)
    index("task_labels_of_task", "task_labels", "task_id")
    op.create_table("task_after", key("after_id"), of_task(), sqlite_with_rowid=False)
    index("task_after_of_task", "task_after", "task_id")
    op.create_table(
        "task_counts",
        key("project_id"),
        key("status"),
        sa.Column("n", LONG, nullable=False),
        sqlite_with_rowid=False,
    )


def create_lanes() -> None:
    """Build the items of the lanes and the receipts of the gates."""
    op.create_table(
        "items",
        key("id"),
        sa.Column("project_id", TEXT, nullable=False),
        sa.Column("target", TEXT, nullable=False),
        sa.Column("task_id", TEXT),
        sa.Column("state", TEXT, nullable=False),
        sa.Column("open", FLAG, nullable=False),
        sa.Column("position", LONG, nullable=False),
        sa.Column("version", LONG, nullable=False),
        sa.Column("body", TEXT, nullable=False),
    )
    index("items_by_position", "items", "position")
    index("items_by_state", "items", "state", "position")
    index("items_of_task", "items", "task_id")
    index("items_of_lane", "items", "project_id", "target", "position")
    index("items_open", "items", "position", where=sa.column("open") == sa.true())
    op.create_table(
        "receipts",
        key("key"),
        key("project_id"),
        sa.Column("outcome", TEXT, nullable=False),
        sa.Column("runs", LONG, nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.Column("body", TEXT, nullable=False),
    )
    index("receipts_by_age", "receipts", "at")
    index("receipts_of_project", "receipts", "project_id", "at")


def create_history() -> None:
    """Build the history and its head."""
    op.create_table(
        "events",
        sa.Column("seq", LONG, primary_key=True, autoincrement=False),
        sa.Column("project_id", TEXT, nullable=False),
        sa.Column("task_id", TEXT),
        sa.Column("landing_id", TEXT),
        sa.Column("kind", TEXT, nullable=False),
        sa.Column("actor", TEXT, nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.Column("data", TEXT, nullable=False),
    )
    index("events_of_project", "events", "project_id", "seq")
    index("events_of_task", "events", "task_id", "seq")
    index("events_of_kind", "events", "kind", "seq")
    lands = sa.column("landing_id").is_not(None)
    index("events_of_landing", "events", "landing_id", "seq", where=lands)
    op.create_table(
        "history_head",
        sa.Column("id", LONG, primary_key=True, autoincrement=False),
        sa.Column("seq", LONG, nullable=False),
        sa.Column("orders", LONG, nullable=False),
        sa.Column("pruning", FLAG, nullable=False),
    )


def create_outbox() -> None:
    """Build the orders, done and waiting."""
    op.create_table(
        "orders",
        key("effect_id"),
        sa.Column("position", LONG, nullable=False),
        sa.Column("project_id", TEXT, nullable=False),
        sa.Column("task_id", TEXT, nullable=False),
        sa.Column("attempt", LONG, nullable=False),
        sa.Column("kind", TEXT, nullable=False),
        sa.Column("host_id", TEXT),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("tries", LONG, nullable=False),
        sa.Column("not_before", TIME, nullable=False),
        sa.Column("reason", TEXT, nullable=False),
        sa.Column("done", FLAG, nullable=False),
        sa.Column("body", TEXT, nullable=False),
    )
    waiting = sa.column("done") == sa.false()
    index("orders_waiting", "orders", "position", where=waiting)
    index("orders_of_task", "orders", "task_id", "position", where=waiting)


def create_registry() -> None:
    """Build what is known beside the tasks."""
    op.create_table(
        "counters", key("name"), sa.Column("value", LONG, nullable=False), sqlite_with_rowid=False
    )
    op.create_table(
        "projects",
        key("id"),
        sa.Column("host_id", TEXT, nullable=False),
        sa.Column("added_at", TIME, nullable=False),
        sa.Column("body", TEXT, nullable=False),
    )
    op.create_table(
        "trust",
        key("project_id"),
        key("digest"),
        sa.Column("at", TIME, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "leases",
        key("name"),
        sa.Column("holder", TEXT, nullable=False),
        sa.Column("epoch", LONG, nullable=False),
        sa.Column("expires_at", TIME, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "hosts",
        key("id"),
        sa.Column("name", TEXT, nullable=False),
        sa.Column("first_seen_at", TIME, nullable=False),
        sa.Column("last_seen_at", TIME, nullable=False),
        sa.Column("body", TEXT, nullable=False),
    )
    op.create_table(
        "meta", key("name"), sa.Column("value", TEXT, nullable=False), sqlite_with_rowid=False
    )


def key(name: str) -> sa.Column[str]:
    """Make a text column that is part of the primary key."""
    return sa.Column(name, TEXT, primary_key=True, nullable=False)


def of_task() -> sa.Column[str]:
    """Make a column that names a task and is part of the primary key."""
    return sa.Column("task_id", TEXT, sa.ForeignKey("tasks.id"), primary_key=True, nullable=False)


def index(
    name: str, table: str, *columns: str | sa.TextClause, where: sa.ColumnElement[Any] | None = None
) -> None:
    """Build an index, of some rows only if `where` is given."""
    op.create_index(name, table, list(columns), sqlite_where=where, postgresql_where=where)
