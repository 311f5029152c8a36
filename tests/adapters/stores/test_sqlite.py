"""The SQLite store keeps the contract of the store port, in a file that only its owner reads."""

import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from orch.adapters.stores.opening import OpenStore, open_store
from orch.adapters.stores.registry import SqlRegistry
from orch.adapters.stores.sql import SqlStore
from orch.ports.errors import Permanent, Transient
from orch.ports.store import Batch, EventQuery, TaskQuery
from orch.testing.store_suite import RegistrySuite, StoreSuite
from orch.testing.store_values import a_life, a_task, news


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Name a file in a folder whose name is no plain word."""
    folder = tmp_path / "Daten für orch 漢"
    folder.mkdir()
    return folder / "orch.db"


@pytest.fixture
def opened(path: Path) -> Iterator[OpenStore]:
    """Open a new database."""
    with open_store(path) as opened:
        yield opened


@pytest.fixture
def store(opened: OpenStore) -> SqlStore:
    """Give its store."""
    return opened.store


@pytest.fixture
def registry(opened: OpenStore) -> SqlRegistry:
    """Give its registry."""
    return opened.registry


class TestSqliteStore(StoreSuite):
    """The store's contract, on SQLite."""


class TestSqliteRegistry(RegistrySuite):
    """The registry's contract, on SQLite."""


def test_history_is_never_rewritten(opened: OpenStore) -> None:
    """The database itself refuses to change an event, and to delete one but by pruning."""
    opened.store.commit(a_life())
    for statement in ("UPDATE events SET actor = 'eve'", "DELETE FROM events"):
        with pytest.raises(Permanent, match="history is"), opened.database.writing() as connection:
            connection.exec_driver_sql(statement)
    assert len(opened.store.events(EventQuery())) == 2


def test_commits_are_on_disk_when_they_return(opened: OpenStore) -> None:
    """The file is in WAL mode and every commit is synced."""
    with opened.database.writing() as connection:
        found = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar_one()
            for name in ("journal_mode", "synchronous", "foreign_keys")
        }
    assert found == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}


def test_readers_do_not_wait_for_the_writer(opened: OpenStore) -> None:
    """While a transaction is open, others read what was there before it."""
    opened.store.commit(Batch(tasks=(a_task(1),)))
    with opened.database.writing() as connection:
        connection.exec_driver_sql("UPDATE counters SET value = 1")
        assert len(opened.store.tasks(TaskQuery())) == 1


def test_a_reader_cannot_write(opened: OpenStore) -> None:
    """What reads has no way to change anything."""
    with (
        pytest.raises(Permanent, match="cannot be opened for writing"),
        opened.database.reading() as connection,
    ):
        connection.exec_driver_sql("INSERT INTO counters VALUES ('x', 1)")


def test_a_lock_of_another_process_is_worth_another_try(opened: OpenStore, path: Path) -> None:
    """Busy is transient, nothing was written, and the next try succeeds."""
    with open_store(path, busy_timeout_s=0.05) as other:
        with opened.database.writing(), pytest.raises(Transient, match="locked"):
            other.store.commit(a_life())
        assert not other.store.tasks(TaskQuery())
        assert other.store.commit(a_life()) == 2


def test_a_full_disk_keeps_what_was_written(opened: OpenStore, path: Path) -> None:
    """The message names the file and what was kept; with space again, writing goes on."""
    opened.store.commit(a_life(1))
    with opened.database.writing() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
        connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(Permanent, match="is full; the last change was not written") as refused:
        opened.store.commit(Batch(tasks=(a_task(3, prompt="x" * 100_000),)))
    assert str(path) in refused.value.reason
    assert "orch gc" in refused.value.remedy
    assert [task.id for task in opened.store.tasks(TaskQuery())] == ["t1"]
    opened.store.commit(a_life(2))  # The limit was that connection's; a new one has none.


def test_a_number_that_is_too_large_is_refused(opened: OpenStore) -> None:
    """What the database cannot hold is refused as a whole."""
    with pytest.raises(Permanent, match="too large"):
        opened.store.commit(Batch(tasks=(a_task(1), a_task(2, priority=2**70))))
    assert not opened.store.tasks(TaskQuery())


CRASH = """
import os, sys
from orch.adapters.stores.opening import open_store
from orch.testing.store_values import a_life
store = open_store(sys.argv[1]).store
for number in range(1, 100_000):
    store.commit(a_life(number))
    os.write(1, b"%d\\n" % number)
"""


def test_what_was_acknowledged_survives_a_kill(path: Path) -> None:
    """Killed in the middle of writing, the database has every commit that returned, and in full."""
    writer = subprocess.Popen([sys.executable, "-c", CRASH, path], stdout=subprocess.PIPE)
    assert writer.stdout is not None
    for _ in range(50):
        writer.stdout.readline()
    writer.kill()
    acknowledged = int([b"50", *writer.stdout.read().split(b"\n")[:-1]][-1])
    writer.stdout.close()
    writer.wait()
    with open_store(path) as opened:
        tasks = opened.store.tasks(TaskQuery(limit=100_000))
        assert acknowledged <= len(tasks) <= acknowledged + 1
        assert len(opened.store.events(EventQuery(limit=200_000))) == 2 * len(tasks)
        assert len(opened.store.orders(limit=100_000)) == len(tasks)
        assert opened.store.commit(Batch()) == 2 * len(tasks)


def test_many_threads_share_a_store(opened: OpenStore) -> None:
    """Writers and readers in threads neither fail nor lose anything."""

    def work(worker: int) -> int:
        for step in range(10):
            opened.store.commit(Batch(tasks=(a_task(worker * 100 + step),), facts=(news(step),)))
            assert opened.store.tasks(TaskQuery(ids=(f"t{worker * 100 + step}",)))
        return opened.store.allocate("n")

    with ThreadPoolExecutor(8) as threads:
        assert sorted(threads.map(work, range(8))) == list(range(1, 9))
    assert [event.seq for event in opened.store.events(EventQuery())] == list(range(1, 81))
