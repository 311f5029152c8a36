"""The tables of a database store; the migrations build them, and a test holds the two together.

What is asked for stands in indexed columns, everything else in `body`, the value as JSON: so a
field that comes later needs no migration. JSON is kept as text, not as PostgreSQL's `jsonb`,
which refuses the escape of a NUL character that a prompt may hold.
"""

import sqlalchemy as sa
from sqlalchemy import Column, ForeignKey, Index, Table

METADATA = sa.MetaData()

# Text sorts by its bytes everywhere, whatever the locale of a PostgreSQL server.
TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
# SQLite gives 64 bits to a plain INTEGER, and only that may be a table's row id.
LONG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def _text(name: str, *, primary_key: bool = False, nullable: bool = False) -> Column[str]:
    return Column(name, TEXT, primary_key=primary_key, nullable=nullable)


def _number(name: str, *, primary_key: bool = False, nullable: bool = False) -> Column[int]:
    return Column(name, LONG, primary_key=primary_key, nullable=nullable, autoincrement=False)


def _time(name: str) -> Column[float]:
    return Column(name, sa.Double(), nullable=False)


def _flag(name: str) -> Column[bool]:
    return Column(name, sa.Boolean(), nullable=False)


def _of_task() -> Column[str]:
    return Column("task_id", TEXT, ForeignKey("tasks.id"), primary_key=True, nullable=False)


tasks = Table(
    "tasks",
    METADATA,
    _text("id", primary_key=True),
    _text("project_id"),
    _text("status"),
    _number("priority"),
    _text("key", nullable=True),
    _text("slug"),
    _text("parent", nullable=True),
    _text("agent", nullable=True),
    _text("labels"),  # JSON lists; triggers keep the tables of links in step with them.
    _text("after"),
    _number("attempt", nullable=True),
    _time("created_at"),
    _time("updated_at"),
    _number("version"),
    _text("body"),
)
Index("tasks_by_age", tasks.c.created_at)
Index("tasks_by_change", tasks.c.updated_at)
Index("tasks_by_status", tasks.c.status, tasks.c.created_at)
Index("tasks_by_priority", tasks.c.priority.desc(), tasks.c.created_at)
Index("tasks_by_agent", tasks.c.agent, tasks.c.created_at)
Index("tasks_by_slug", tasks.c.slug)
Index("tasks_by_key", tasks.c.key)
Index("tasks_by_parent", tasks.c.parent)
Index("tasks_of_project", tasks.c.project_id, tasks.c.created_at)
Index("tasks_of_project_by_status", tasks.c.project_id, tasks.c.status, tasks.c.created_at)
# Only of tasks that wait for a slot: what has one changes often, and then leaves these alone.
_WAIT = sa.or_(tasks.c.status == "new", tasks.c.status == "routed")
Index(
    "tasks_to_admit",
    tasks.c.status,
    tasks.c.priority.desc(),
    tasks.c.created_at,
    sqlite_where=_WAIT,
    postgresql_where=_WAIT,
)
Index(
    "tasks_of_project_to_admit",
    tasks.c.project_id,
    tasks.c.status,
    tasks.c.priority.desc(),
    tasks.c.created_at,
    sqlite_where=_WAIT,
    postgresql_where=_WAIT,
)

task_labels = Table(
    "task_labels",
    METADATA,
    _text("label", primary_key=True),
    _of_task(),
    info={"derived": True},
    sqlite_with_rowid=False,
)
Index("task_labels_of_task", task_labels.c.task_id)

task_after = Table(
    "task_after",
    METADATA,
    _text("after_id", primary_key=True),
    _of_task(),
    info={"derived": True},
    sqlite_with_rowid=False,
)
Index("task_after_of_task", task_after.c.task_id)

task_counts = Table(
    "task_counts",
    METADATA,
    _text("project_id", primary_key=True),
    _text("status", primary_key=True),
    _number("n"),
    info={"derived": True},
    sqlite_with_rowid=False,
)

attempts = Table(
    "attempts",
    METADATA,
    _of_task(),
    _number("n", primary_key=True),
    _text("host_id"),
    _text("worker", nullable=True),
    _text("body"),
    sa.UniqueConstraint("worker", name="attempts_worker"),
)

items = Table(
    "items",
    METADATA,
    _text("id", primary_key=True),
    _text("project_id"),
    _text("target"),
    _text("task_id", nullable=True),
    _text("state"),
    _flag("open"),
    _number("position"),
    _number("version"),
    _text("body"),
)
Index("items_by_position", items.c.position)
Index("items_by_state", items.c.state, items.c.position)
Index("items_of_task", items.c.task_id)
Index("items_of_lane", items.c.project_id, items.c.target, items.c.position)
IS_OPEN = items.c.open == sa.true()
Index("items_open", items.c.position, sqlite_where=IS_OPEN, postgresql_where=IS_OPEN)

events = Table(
    "events",
    METADATA,
    _number("seq", primary_key=True),
    _text("project_id"),
    _text("task_id", nullable=True),
    _text("landing_id", nullable=True),
    _text("kind"),
    _text("actor"),
    _time("at"),
    _text("data"),
)
Index("events_of_project", events.c.project_id, events.c.seq)
Index("events_of_task", events.c.task_id, events.c.seq)
Index("events_of_kind", events.c.kind, events.c.seq)
_LANDS = events.c.landing_id.is_not(None)
Index(
    "events_of_landing",
    events.c.landing_id,
    events.c.seq,
    sqlite_where=_LANDS,
    postgresql_where=_LANDS,
)

history_head = Table(
    "history_head",
    METADATA,
    _number("id", primary_key=True),  # One row, 1.
    _number("seq"),  # Of the last event that was ever written.
    _number("orders"),  # How many orders were ever given; their positions.
    _flag("pruning"),  # Events may be deleted while this is set.
)

orders = Table(
    "orders",
    METADATA,
    _text("effect_id", primary_key=True),
    _number("position"),
    _text("project_id"),
    _text("task_id"),
    _number("attempt"),
    _text("kind"),
    Column("host_id", TEXT, nullable=True),
    _time("created_at"),
    _number("tries"),
    _time("not_before"),
    _text("reason"),
    _flag("done"),
    _text("body"),
)
IS_WAITING = orders.c.done == sa.false()
Index("orders_waiting", orders.c.position, sqlite_where=IS_WAITING, postgresql_where=IS_WAITING)
Index(
    "orders_of_task",
    orders.c.task_id,
    orders.c.position,
    sqlite_where=IS_WAITING,
    postgresql_where=IS_WAITING,
)

receipts = Table(
    "receipts",
    METADATA,
    _text("key", primary_key=True),
    _text("project_id", primary_key=True),
    _text("outcome"),
    _number("runs"),
    _time("at"),
    _text("body"),
)
Index("receipts_by_age", receipts.c.at)
Index("receipts_of_project", receipts.c.project_id, receipts.c.at)

counters = Table(
    "counters", METADATA, _text("name", primary_key=True), _number("value"), sqlite_with_rowid=False
)

projects = Table(
    "projects",
    METADATA,
    _text("id", primary_key=True),
    _text("host_id"),
    _time("added_at"),
    _text("body"),
)

trust = Table(
    "trust",
    METADATA,
    _text("project_id", primary_key=True),
    _text("digest", primary_key=True),
    _time("at"),
    sqlite_with_rowid=False,
)

leases = Table(
    "leases",
    METADATA,
    _text("name", primary_key=True),
    _text("holder"),
    _number("epoch"),
    _time("expires_at"),
    sqlite_with_rowid=False,
)

hosts = Table(
    "hosts",
    METADATA,
    _text("id", primary_key=True),
    _text("name"),
    _time("first_seen_at"),
    _time("last_seen_at"),
    _text("body"),
)

meta = Table(
    "meta", METADATA, _text("name", primary_key=True), _text("value"), sqlite_with_rowid=False
)
