"""Migrations lead from each schema to the next with data in it, and end where the tables say."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy.exc import DBAPIError

from orch.adapters.stores.database import Database
from orch.adapters.stores.opening import OpenStore, open_database, open_store
from orch.adapters.stores.schema import (
    HEAD,
    SCRIPTS,
    VERSION_TABLE,
    bring_up_to_date,
    known_versions,
    migrate,
    read_version,
)
from orch.adapters.stores.tables import METADATA
from orch.core.effects import RunGate
from orch.core.receipt import ReceiptKey
from orch.core.task import Status
from orch.ports.store import Batch, EventQuery, ItemQuery, TaskQuery
from orch.testing.store_values import a_task

SAMPLES = Path(__file__).parent / "samples"


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def address(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Give the address of a database without a schema, of each kind."""
    if request.param == "sqlite":
        return str(tmp_path / "orch.db")
    dsn: str = request.getfixturevalue("postgres_dsn")
    return dsn


@pytest.fixture
def database(address: str) -> Iterator[Database]:
    """Open it without bringing it up to date."""
    with open_database(address, busy_timeout_s=5.0) as database:
        yield database


def write_sample(database: Database, version: str) -> None:
    """Migrate to a version and write the rows that its own orch wrote."""
    sample = (SAMPLES / f"{version}.sql").read_text(encoding="utf-8")
    with database.writing() as connection:
        migrate(connection, version)
        assert read_version(connection) == version
        for statement in sample.split("-- next\n"):
            connection.exec_driver_sql(statement)


def test_the_newest_migration_is_known_without_looking() -> None:
    """The constant that spares a look at the scripts names the last of them."""
    assert known_versions()[-1] == HEAD
    assert len(known_versions()) == len(list(SCRIPTS.glob("versions/0*.py")))


def test_the_migrated_schema_is_that_of_the_tables(database: Database) -> None:
    """Alembic finds no difference between what migrations built and what the code expects."""
    bring_up_to_date(database)
    with database.reading() as connection:
        context = MigrationContext.configure(connection, opts={"version_table": VERSION_TABLE})
        assert compare_metadata(context, METADATA) == []


def test_each_migration_takes_the_data_along(database: Database, address: str) -> None:
    """What was written under each schema is read and changed under the newest one."""
    for version in known_versions():
        write_sample(database, version)
    with open_store(address) as opened:
        for version in known_versions():
            assert_sample_is_read(opened, version)
        opened.store.commit(Batch(tasks=(a_task(1),)))


def assert_sample_is_read(opened: OpenStore, version: str) -> None:
    """Find every row of a version's sample through the store."""
    store, registry, project = opened.store, opened.registry, f"p-{version}"
    (task,) = store.tasks(TaskQuery(label="red", after="t0", worker=f"worker-{version}"))
    assert (task.id, task.status, task.version) == (f"t{version}", Status.IN_REVIEW, 4)
    assert task.attempt == store.attempts(task.id)[0]
    (item,) = store.items(ItemQuery(project_id=project, open_only=True))
    assert item.task_id == task.id
    (event,) = store.events(EventQuery(project_id=project))
    assert (event.kind, event.data["title"]) == ("TaskSubmitted", "Fix it")
    (order,) = store.orders(task_id=task.id)
    assert order.effect == RunGate(task_id=task.id, attempt=1, head="abc")
    (receipt,) = store.receipts(key=ReceiptKey("tree", "spec", "env"), project_id=project)
    assert receipt.runs == 2
    assert project in {one.id for one in registry.projects()}
    assert registry.trusted(project) == {"digest"}
    assert registry.counts()[project, Status.IN_REVIEW] == 1
    assert registry.lease("daemon", holder="other", now=1e9, ttl_s=1.0).epoch > 7


def test_a_migration_that_fails_leaves_the_schema_as_it_was(database: Database) -> None:
    """All steps are one transaction: after a fault there is no schema in part."""
    with database.writing() as connection:
        connection.exec_driver_sql("CREATE TABLE receipts_by_age (name TEXT)")
    with pytest.raises(DBAPIError, match="receipts_by_age"):  # The name of an index made late.
        bring_up_to_date(database)
    with database.writing() as connection:
        assert sa.inspect(connection).get_table_names() == ["receipts_by_age"]
        connection.exec_driver_sql("DROP TABLE receipts_by_age")
    bring_up_to_date(database)
    with database.reading() as connection:
        assert read_version(connection) == HEAD
