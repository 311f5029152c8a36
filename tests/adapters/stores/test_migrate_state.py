"""State moves between SQLite and PostgreSQL whole, or not at all."""

from collections.abc import Callable
from itertools import count
from pathlib import Path

import pytest

from orch.adapters.stores.migrate_state import COPIED, COUNTED, Progress, migrate_state
from orch.adapters.stores.opening import OpenStore, open_store
from orch.adapters.stores.tables import METADATA
from orch.core.task import Status
from orch.ports.errors import Permanent
from orch.ports.store import Batch, EventQuery, ItemQuery, TaskQuery
from orch.testing.store_values import a_life, a_project, a_task, news

Address = Callable[[str], str]


@pytest.fixture
def address(request: pytest.FixtureRequest, tmp_path: Path) -> Address:
    """Give the address of a new database of a kind, SQLite or PostgreSQL."""
    number = count()

    def address(kind: str) -> str:
        if kind == "sqlite":
            return str(tmp_path / f"{next(number)}.db")
        dsn: str = request.getfixturevalue("postgres_dsn")
        return dsn

    return address


def fill(place: str) -> None:
    """Write rows into every table that has any, with gaps, deletions and counters."""
    with open_store(place) as opened:
        for number in range(1, 12):
            opened.store.commit(a_life(number))
        over = a_task(1, version=2, status=Status.DONE, key="LAB-1", labels=("red",))
        opened.store.commit(Batch(tasks=(over,), finished=("t1/1/StartSession",)))
        opened.registry.prune(before=1e9)
        opened.registry.save_project(a_project(1))
        opened.registry.trust("p-1", "digest", at=1.0)
        opened.registry.lease("daemon", holder="one", now=1.0, ttl_s=5.0)
        opened.registry.lease("daemon", holder="two", now=9.0, ttl_s=5.0)
        assert [opened.store.allocate("task") for _ in range(3)] == [1, 2, 3]


def everything(opened: OpenStore) -> list[object]:
    """Read all that a store and its registry tell."""
    store, registry = opened.store, opened.registry
    return [
        list(store.tasks(TaskQuery())),
        list(store.tasks(TaskQuery(label="red", after="t5"))),
        [list(store.attempts(f"t{n}")) for n in range(1, 12)],
        list(store.items(ItemQuery())),
        list(store.events(EventQuery())),
        list(store.orders()),
        list(store.receipts()),
        list(registry.projects()),
        registry.trusted("p-1"),
        registry.counts(),
    ]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("sqlite", "sqlite"),
        pytest.param("sqlite", "postgresql", marks=pytest.mark.postgres),
        pytest.param("postgresql", "sqlite", marks=pytest.mark.postgres),
    ],
)
def test_everything_is_copied(address: Address, old: str, new: str) -> None:
    """Both tell the same afterwards, counters and epochs go on, and each step was reported."""
    source, target = address(old), address(new)
    fill(source)
    steps: list[Progress] = []
    counts = migrate_state(source, target, progress=steps.append, batch_rows=4)
    assert counts["tasks"] == counts["attempts"] == 11
    assert counts["events"] == 21
    assert counts["task_labels"] == 21
    assert Progress("tasks", 4, 11) in steps
    assert {step.table: step.copied for step in steps} == {
        table.name: counts[table.name] for table in COPIED if counts[table.name]
    }
    with open_store(source) as before, open_store(target) as after:
        assert everything(before) == everything(after)
        assert after.store.allocate("task") == 4
        assert after.registry.lease("daemon", holder="new", now=1e9, ttl_s=1.0).epoch == 3
        assert after.store.commit(Batch(facts=(news(1),))) == 23
        assert after.store.commit(Batch(tasks=(a_task(2, version=2),))) == 23


def test_every_table_is_copied_or_made_by_the_target() -> None:
    """A table that is added later is part of the copy without anybody thinking of it."""
    left_out = {table.name for table in METADATA.sorted_tables} - {t.name for t in COUNTED}
    assert left_out == {"meta", "history_head"}
    assert {t.name for t in COUNTED} - {t.name for t in COPIED} == {
        "task_labels",
        "task_after",
        "task_counts",
    }


def test_a_target_that_holds_anything_is_left_alone(address: Address) -> None:
    """It is named with what it holds; nothing is added to it."""
    source, target = address("sqlite"), address("sqlite")
    fill(source)
    with open_store(target) as opened:
        opened.store.allocate("task")
        with pytest.raises(Permanent, match=r"is not empty \(counters: 1\)") as refused:
            migrate_state(source, target)
        assert refused.value.remedy
        assert not opened.store.tasks(TaskQuery())


def test_a_source_with_a_daemon_is_left_alone(address: Address) -> None:
    """A live lease means that more is being written; the remedy stops it."""
    source, target = address("sqlite"), address("sqlite")
    fill(source)
    with pytest.raises(Permanent, match="daemon is at work") as refused:
        migrate_state(source, target, clock=lambda: 13.0)
    assert refused.value.remedy == "Stop it: orch down"
    assert not Path(target).exists()


def test_a_source_that_is_not_there_is_not_made(tmp_path: Path) -> None:
    """A typing error makes no empty database."""
    with pytest.raises(Permanent, match="there is no database at"):
        migrate_state(tmp_path / "missing.db", tmp_path / "new.db")
    assert not list(tmp_path.iterdir())


def test_a_source_without_state_is_refused(tmp_path: Path) -> None:
    """An empty file holds nothing to copy."""
    (tmp_path / "empty.db").touch()
    with pytest.raises(Permanent, match="holds no state of orch"):
        migrate_state(tmp_path / "empty.db", tmp_path / "new.db")


def test_a_database_is_not_copied_onto_itself(address: Address) -> None:
    """Source and target are two."""
    source = address("sqlite")
    fill(source)
    with pytest.raises(Permanent, match="both what is copied and where to"):
        migrate_state(source, f"sqlite:///{source}")


def test_a_loss_leaves_the_target_empty(address: Address) -> None:
    """Counts that differ at the end undo the copy."""
    source, target = address("sqlite"), address("sqlite")
    fill(source)
    with open_store(source) as opened, opened.database.writing() as connection:
        connection.exec_driver_sql("UPDATE task_counts SET n = n + 1")
        connection.exec_driver_sql("INSERT INTO task_labels VALUES ('stray', 't1')")
    with pytest.raises(Permanent, match=r"not complete \(task_labels: 22 became 21\)"):
        migrate_state(source, target)
    with open_store(target) as opened:
        assert not opened.store.tasks(TaskQuery())


@pytest.mark.postgres
def test_what_the_target_cannot_hold_leaves_it_empty(address: Address) -> None:
    """A fault in the middle of the copy undoes it; the old state is still there."""
    source, target = address("sqlite"), address("postgresql")
    with open_store(source) as opened:
        opened.store.commit(Batch(tasks=(a_task(1), a_task(2, key="a\x00b"))))
        with pytest.raises(Permanent, match="cannot hold a value"):
            migrate_state(source, target)
        assert len(opened.store.tasks(TaskQuery())) == 2
    with open_store(target) as opened:
        assert not opened.store.tasks(TaskQuery())
