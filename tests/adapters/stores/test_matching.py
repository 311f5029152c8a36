"""Memory and the databases agree: the same batches are taken, the same questions answered."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from itertools import count
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from orch.adapters.stores.memory import MemoryStore
from orch.adapters.stores.opening import OpenStore, open_store
from orch.ports.errors import Permanent
from orch.ports.store import (
    Batch,
    EventQuery,
    FencedError,
    ItemQuery,
    Store,
    TaskQuery,
    VersionConflictError,
)
from orch.testing.store_batches import (
    BATCHES,
    EVENT_QUERIES,
    ITEM_QUERIES,
    TASK_QUERIES,
    TIMES,
    fit,
)

Fresh = Callable[[], AbstractContextManager[OpenStore]]
RANDOM = settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])


@pytest.fixture
def fresh_sqlite(tmp_path: Path) -> Fresh:
    """Open an empty SQLite store for each example; its schema is copied, not built."""
    empty, number = tmp_path / "empty.db", count()
    open_store(empty).close()

    @contextmanager
    def fresh() -> Iterator[OpenStore]:
        path = tmp_path / f"{next(number)}.db"
        path.write_bytes(empty.read_bytes())
        with open_store(path) as opened:
            yield opened
        path.unlink()

    return fresh


def attempt(store: Store, batch: Batch) -> object:
    """Commit, and give the seq or what was refused and why."""
    try:
        return store.commit(batch)
    except (VersionConflictError, FencedError, Permanent) as refused:
        return type(refused), str(refused)


@RANDOM
@given(
    batches=st.lists(BATCHES, min_size=1, max_size=6),
    asked=st.tuples(TASK_QUERIES, EVENT_QUERIES, ITEM_QUERIES),
    before=TIMES,
)
def test_memory_and_sqlite_agree(
    fresh_sqlite: Fresh,
    batches: list[Batch],
    asked: tuple[TaskQuery, EventQuery, ItemQuery],
    before: float,
) -> None:
    """After any batches, taken or refused alike, both hold the same and find the same."""
    memory = MemoryStore()
    with fresh_sqlite() as opened:
        memory.lease("daemon", holder="me", now=0.0, ttl_s=1.0)
        opened.registry.lease("daemon", holder="me", now=0.0, ttl_s=1.0)
        for batch in batches:
            fitting = fit(batch, memory)
            assert attempt(opened.store, fitting) == attempt(memory, fitting)
        compare(opened, memory, asked)
        assert opened.registry.prune(before=before) == memory.prune(before=before)
        compare(opened, memory, asked)


def compare(
    opened: OpenStore, memory: MemoryStore, asked: tuple[TaskQuery, EventQuery, ItemQuery]
) -> None:
    """Ask both the same questions."""
    store, (tasks, events, items) = opened.store, asked
    for task_query in (TaskQuery(), TaskQuery(admission=True), tasks):
        assert list(store.tasks(task_query)) == list(memory.tasks(task_query))
    for event_query in (EventQuery(), events):
        assert list(store.events(event_query)) == list(memory.events(event_query))
    for item_query in (ItemQuery(), items):
        assert list(store.items(item_query)) == list(memory.items(item_query))
    for task_id in ("t1", "T2", "t3", "t4"):
        assert list(store.attempts(task_id)) == list(memory.attempts(task_id))
        assert list(store.orders(task_id=task_id)) == list(memory.orders(task_id=task_id))
    assert list(store.orders()) == list(memory.orders())
    assert list(store.receipts()) == list(memory.receipts())
    assert opened.registry.counts() == memory.counts()
