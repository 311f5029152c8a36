"""The writer: in order, all or nothing, answers only after the commit."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from orch.adapters.clock import SystemClock
from orch.adapters.stores.memory import MemoryStore
from orch.core.events import TaskCancelled, TaskEdited, TaskRouted, TaskSubmitted, TaskUnblocked
from orch.core.lifecycle import UnexpectedEvent
from orch.core.task import Status
from orch.engine.piece import Piece, UnknownTask
from orch.engine.writer import Writer
from orch.ports.errors import Transient
from orch.ports.store import Batch, EventQuery, FencedError, TaskQuery


class MoodyStore(MemoryStore):
    """A store that fails as often as it is told to, then works."""

    def __init__(self, *, failures: int = 0, fenced: bool = False) -> None:
        """Fail so many commits as a busy database does."""
        super().__init__()
        self.failures, self.fenced, self.commits = failures, fenced, 0

    def commit(self, batch: Batch) -> int:
        """Commit, unless it is time to fail."""
        self.commits += 1
        if self.fenced:
            raise FencedError
        if self.failures:
            self.failures -= 1
            raise Transient("busy", retry_after_s=0.001)
        return super().commit(batch)


@asynccontextmanager
async def writing(store: MemoryStore) -> AsyncIterator[Writer]:
    """Run a writer over a store for as long as the test needs it."""
    writer = Writer(store, SystemClock())
    running = asyncio.create_task(writer.run())
    try:
        yield writer
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


def wanted(title: str = "Mend", key: str | None = None) -> TaskSubmitted:
    """Ask for a task."""
    return TaskSubmitted(at=1.0, task_id="", project_id="p", title=title, key=key)


async def test_a_task_is_stored_with_its_event() -> None:
    """Both or neither; the answer is what was stored."""
    store = MemoryStore()
    async with writing(store) as writer:
        task = await writer.create(wanted())
    assert store.tasks(TaskQuery(ids=(task.id,))) == [task]
    assert [(one.kind, one.data["status"]) for one in store.events(EventQuery())] == [
        ("TaskSubmitted", "new")
    ]


async def test_the_same_key_twice_is_one_task() -> None:
    """A client that resends after a hang-up gets what it got before."""
    store = MemoryStore()
    async with writing(store) as writer:
        first, second = await asyncio.gather(
            writer.create(wanted(key="LAB-1")), writer.create(wanted(key="LAB-1"))
        )
    assert first.id == second.id


async def test_many_requests_share_a_transaction() -> None:
    """Those that wait together are committed together, and all are answered."""
    store = MoodyStore()
    async with writing(store) as writer:
        tasks = await asyncio.gather(*(writer.create(wanted(f"task {n}")) for n in range(100)))
    assert len({task.id for task in tasks}) == 100
    assert store.commits < 100


async def test_changes_of_one_task_follow_each_other() -> None:
    """Each sees what the one before it wrote, also when they arrive together."""
    store = MemoryStore()
    async with writing(store) as writer:
        task = await writer.create(wanted())
        edits = [
            writer.submit(task.id, TaskEdited(at=2.0, priority=number)) for number in range(20)
        ]
        await asyncio.gather(*edits)
    stored = store.tasks(TaskQuery(ids=(task.id,)))[0]
    assert (stored.priority, stored.version) == (19, 21)


async def test_a_refused_request_does_not_touch_its_neighbours() -> None:
    """Its caller is told why; the others are committed."""
    store = MemoryStore()
    async with writing(store) as writer:
        task = await writer.create(wanted())
        answers = await asyncio.gather(
            writer.submit(task.id, TaskUnblocked(at=2.0)),
            writer.submit("t99", TaskCancelled(at=2.0)),
            writer.submit(task.id, TaskRouted(at=2.0, agent="a", base="main")),
            return_exceptions=True,
        )
    assert isinstance(answers[0], UnexpectedEvent)
    assert isinstance(answers[1], UnknownTask)
    assert store.tasks(TaskQuery(ids=(task.id,)))[0].status is Status.ROUTED


async def test_a_busy_database_is_waited_for() -> None:
    """Nothing is lost and nothing is written twice."""
    store = MoodyStore(failures=3)
    async with writing(store) as writer:
        await writer.create(wanted())
    assert len(store.events(EventQuery())) == 1


async def test_listeners_hear_only_what_was_committed() -> None:
    """In order."""
    heard: list[Piece] = []
    store = MemoryStore()
    async with writing(store) as writer:
        writer.listen(heard.append)
        task = await writer.create(wanted())
        with pytest.raises(UnexpectedEvent):
            await writer.submit(task.id, TaskUnblocked(at=2.0))
        await writer.submit(task.id, TaskCancelled(at=3.0))
    assert [piece.tasks[0].status for piece in heard] == [Status.NEW, Status.CANCELLED]


async def test_a_fenced_writer_stops() -> None:
    """Another daemon has taken over: the caller is told, and nothing more is tried."""
    writer = Writer(MoodyStore(fenced=True), SystemClock())
    running = asyncio.create_task(writer.run())
    with pytest.raises(FencedError):
        await writer.create(wanted())
    with pytest.raises(FencedError):
        await running


async def test_news_wakes_those_who_wait_for_it() -> None:
    """A reader that knows event n is woken by event n + 1."""
    async with writing(MemoryStore()) as writer:
        waiting = asyncio.create_task(writer.changed(0))
        await writer.create(wanted())
        assert await waiting == 1


async def test_who_was_replaced_is_told_before_the_world_is_changed() -> None:
    """And its writer ends, also if nobody writes."""
    store = MoodyStore()
    held = store.lease("daemon", holder="one", now=10.0, ttl_s=5.0)
    writer = Writer(store, SystemClock(), epoch=held.epoch)
    running = asyncio.create_task(writer.run())
    await writer.confirm()
    store.lease("daemon", holder="two", now=20.0, ttl_s=5.0)
    with pytest.raises(FencedError):
        await writer.confirm()
    with pytest.raises(FencedError):
        await running


async def test_a_database_that_does_not_answer_confirms_nothing() -> None:
    """Nobody acts on a guess; the asker tries again later."""
    store = MoodyStore(failures=1)
    async with writing(store) as writer:
        with pytest.raises(Transient):
            await writer.confirm()
        await writer.confirm()
