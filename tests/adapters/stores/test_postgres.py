"""The PostgreSQL store keeps the contract of the store port, on a real server."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import psycopg
import pytest
from sqlalchemy.exc import DBAPIError

from orch.adapters.stores.opening import OpenStore, open_store
from orch.adapters.stores.registry import SqlRegistry
from orch.adapters.stores.sql import SqlStore
from orch.ports.errors import Permanent, Transient
from orch.ports.store import Batch, EventQuery, FencedError, TaskQuery
from orch.testing.postgres import PostgresServer
from orch.testing.store_suite import RegistrySuite, StoreSuite
from orch.testing.store_values import a_life, a_task, news

pytestmark = pytest.mark.postgres


@pytest.fixture
def opened(postgres_emptied: str) -> Iterator[OpenStore]:
    """Open an empty database."""
    with open_store(postgres_emptied) as opened:
        yield opened


@pytest.fixture
def store(opened: OpenStore) -> SqlStore:
    """Give its store."""
    return opened.store


@pytest.fixture
def registry(opened: OpenStore) -> SqlRegistry:
    """Give its registry."""
    return opened.registry


class TestPostgresStore(StoreSuite):
    """The store's contract, on PostgreSQL."""


class TestPostgresRegistry(RegistrySuite):
    """The registry's contract, on PostgreSQL."""


def disconnect(dsn: str) -> None:
    """End every connection to a database but this one, as a restart of the server would."""
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )


def test_a_lost_connection_is_worth_another_try(opened: OpenStore, postgres_emptied: str) -> None:
    """Writing and reading fail once, with nothing written, and then go on."""
    opened.store.commit(a_life(1))
    assert opened.store.tasks(TaskQuery())
    disconnect(postgres_emptied)
    with pytest.raises(Transient, match="does not answer"):
        opened.store.commit(a_life(2))
    with pytest.raises(Transient, match="does not answer"):
        opened.store.tasks(TaskQuery())
    assert [task.id for task in opened.store.tasks(TaskQuery())] == ["t1"]
    assert opened.store.commit(a_life(2)) == 4


def test_a_connection_lost_in_mid_transaction_leaves_nothing(
    opened: OpenStore, postgres_emptied: str
) -> None:
    """What the server had taken in before the commit is gone with the connection."""

    def write() -> None:
        with opened.database.writing() as connection:
            connection.exec_driver_sql("INSERT INTO counters VALUES ('half', 1)")
            disconnect(postgres_emptied)
            connection.exec_driver_sql("INSERT INTO counters VALUES ('done', 1)")

    with pytest.raises(Transient, match="does not answer"):
        write()
    assert opened.store.allocate("half") == 1


def test_events_become_visible_in_the_order_of_their_seq(postgres_emptied: str) -> None:
    """With several daemons writing at once, a reader with a cursor misses nothing."""
    with ExitStack() as stack:
        stores = [stack.enter_context(open_store(postgres_emptied)).store for _ in range(4)]
        threads = stack.enter_context(ThreadPoolExecutor(3))

        def write(store: SqlStore) -> None:
            for number in range(40):
                store.commit(Batch(facts=(news(number), news(number))))

        writers = [threads.submit(write, store) for store in stores[1:]]
        seen: list[int] = []
        while len(seen) < 240:
            after = seen[-1] if seen else 0
            seen += [event.seq for event in stores[0].events(EventQuery(after=after))]
        assert seen == list(range(1, 241))
        assert [writer.result() for writer in writers] == [None] * 3


def test_who_took_the_lease_fences_the_other_daemon(postgres_emptied: str) -> None:
    """A daemon that was away finds the epoch grown and writes nothing more."""
    with open_store(postgres_emptied) as one, open_store(postgres_emptied) as two:
        first = one.registry.lease("daemon", holder="one", now=1.0, ttl_s=10.0)
        one.store.commit(Batch(facts=(news(1),), epoch=first.epoch))
        second = two.registry.lease("daemon", holder="two", now=20.0, ttl_s=10.0)
        with pytest.raises(FencedError):
            one.store.commit(Batch(facts=(news(2),), epoch=first.epoch))
        assert two.store.commit(Batch(facts=(news(3),), epoch=second.epoch)) == 2


def test_a_lock_that_is_held_too_long_is_worth_another_try(postgres_emptied: str) -> None:
    """Another writer that does not end its transaction makes this one's busy, not dead."""
    with (
        open_store(postgres_emptied) as one,
        open_store(postgres_emptied, busy_timeout_s=0.05) as two,
    ):
        with one.database.writing(), pytest.raises(Transient, match="locked by another"):
            two.store.commit(a_life())
        assert two.store.commit(a_life()) == 2


def test_history_is_never_rewritten(opened: OpenStore) -> None:
    """The database itself refuses to change an event, and to delete one but by pruning."""
    opened.store.commit(a_life())
    for statement in ("UPDATE events SET actor = 'eve'", "DELETE FROM events", "TRUNCATE events"):
        with (
            pytest.raises(DBAPIError, match="history is"),
            opened.database.writing() as connection,
        ):
            connection.exec_driver_sql(statement)
    assert len(opened.store.events(EventQuery())) == 2


def test_commits_are_durable_whatever_the_server_is_set_to(postgres_dsn: str) -> None:
    """A server that confirms before the disk has it is told otherwise for our connections."""
    with psycopg.connect(postgres_dsn, autocommit=True) as connection:
        connection.execute(
            b"ALTER DATABASE %s SET synchronous_commit = off" % connection.info.dbname.encode()
        )
    with open_store(postgres_dsn) as opened, opened.database.writing() as connection:
        assert connection.exec_driver_sql("SHOW synchronous_commit").scalar_one() == "on"


def test_a_database_that_is_not_there_is_not_tried_again(postgres_server: PostgresServer) -> None:
    """The server's own words are passed on, with where the address is set."""
    with pytest.raises(Permanent, match='"missing" does not exist') as refused:
        open_store(postgres_server.dsn("missing"))
    assert "[state] dsn" in refused.value.remedy


def test_a_text_that_the_database_cannot_hold_is_refused(opened: OpenStore) -> None:
    """A NUL in what is searched for is refused, and nothing of its batch is written."""
    with pytest.raises(Permanent, match="cannot hold a value"):
        opened.store.commit(Batch(tasks=(a_task(1), a_task(2, key="LAB\x001")), facts=(news(1),)))
    assert not opened.store.events(EventQuery())


def test_many_open_a_new_database_at_once(postgres_dsn: str) -> None:
    """All that find no schema wait for the one that builds it."""
    with ThreadPoolExecutor(4) as threads:
        for opened in threads.map(lambda _: open_store(postgres_dsn), range(4)):
            opened.store.allocate("n")
            opened.close()
