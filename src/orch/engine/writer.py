"""The writer: the only one that changes state; decides in order, commits in groups, then tells."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from orch.core import names
from orch.core.decision import Decision
from orch.core.events import Event, TaskSubmitted
from orch.core.lifecycle import decide, submit
from orch.core.task import Task
from orch.engine.kill_points import Step, no_step
from orch.engine.piece import Build, Piece, Rows, UnknownItem, UnknownTask, batch_of
from orch.ports.clock import Clock
from orch.ports.errors import Transient
from orch.ports.store import Batch, EventQuery, Fact, FencedError, Order, Store

_GROUP = 256
_RETRY_S = 0.5

Listener = Callable[[Piece], None]


@dataclass(slots=True)
class _Request:
    build: Build
    answer: "asyncio.Future[Any]"


class Writer:
    """Serialises every change.

    Requests are built and committed one after the other on a thread of their own; those that
    wait together share a transaction. A caller gets its answer, and listeners are told, only
    after the commit. When the database is busy or away, requests wait and are tried again.
    """

    def __init__(
        self, store: Store, clock: Clock, *, epoch: int | None = None, step: Step = no_step
    ) -> None:
        """Write to this store, under this lease's epoch; `step` is told of every commit."""
        self._store, self._clock, self._epoch, self._step = store, clock, epoch, step
        self._requests: asyncio.Queue[_Request] = asyncio.Queue()
        self._listeners: list[Listener] = []
        self._news = asyncio.Condition()
        self._seq = 0
        self._fenced = False

    def listen(self, listener: Listener) -> None:
        """Call this for every piece that is committed, in order."""
        self._listeners.append(listener)

    async def run(self) -> None:
        """Write until cancelled; a group that has begun is finished first.

        Raises `FencedError` once another daemon has taken over.
        """
        last = await asyncio.to_thread(self._store.events, EventQuery(last=True, limit=1))
        await self._tell([], last[-1].seq if last else 0)
        while True:
            group = [await self._requests.get()]
            while not self._requests.empty() and len(group) < _GROUP:
                group.append(self._requests.get_nowait())
            await asyncio.shield(self._write(group))
            if self._fenced:
                raise FencedError

    async def transact(self, build: Build) -> Any:  # noqa: ANN401 - what the build's piece carries
        """Build a piece on current rows and commit it; return its result.

        Whatever `build` raises is raised here, and nothing is written.
        """
        answer: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._requests.put_nowait(_Request(build, answer))
        return await answer

    async def submit(
        self, task_id: str, event: Event, *, finishes: Sequence[str] = (), also: Piece | None = None
    ) -> Task:
        """Fold an event into a task, and mark the effects that it completes as done.

        `also` is written in the same transaction. Raises `UnexpectedEvent` and `UnknownTask`.
        """

        def build(rows: Rows) -> Piece:
            task = rows.task(task_id)
            piece = piece_of(task, event, decision=decide(task, event))
            extra = also or Piece()
            return replace(
                piece,
                items=extra.items,
                facts=(*piece.facts, *extra.facts),
                receipts=extra.receipts,
                finished=tuple(finishes),
            )

        task: Task = await self.transact(build)
        return task

    async def create(self, submitted: TaskSubmitted) -> Task:
        """Make a task. The same project and key again give the task that is there."""

        def build(rows: Rows) -> Piece:
            if submitted.key is not None:
                known = rows.keyed(submitted.project_id, submitted.key)
                if known is not None:
                    return Piece(result=known)
            number = rows.store.allocate("task")
            event = replace(submitted, task_id=names.task_id(number))
            return piece_of(None, event, decision=submit(event))

        task: Task = await self.transact(build)
        return task

    async def confirm(self) -> None:
        """Make sure that this daemon may still write: asked right before the world is changed.

        Raises `FencedError`, and then ends the writer too, and `Transient` if the database does
        not answer: who does not know whether it was replaced must not act.
        """
        try:
            await asyncio.to_thread(self._store.commit, Batch(epoch=self._epoch))
        except FencedError:
            self._fenced = True
            answer: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
            self._requests.put_nowait(_Request(lambda _: Piece(), answer))
            raise

    async def changed(self, after: int) -> int:
        """Wait until there is an event newer than `after`; return the newest one's number."""
        async with self._news:
            await self._news.wait_for(lambda: self._seq > after)
            return self._seq

    @property
    def seq(self) -> int:
        """Return the number of the newest event."""
        return self._seq

    async def _write(self, group: list[_Request]) -> None:
        waiting = group
        while waiting:
            built, waiting = await asyncio.to_thread(self._take, waiting, Rows(self._store))
            if built:
                await self._commit(built)

    def _take(
        self, group: list[_Request], rows: Rows
    ) -> tuple[list[tuple[_Request, Piece | Exception]], list[_Request]]:
        """Build pieces until one touches a row that another of the group touches already."""
        taken: list[tuple[_Request, Piece | Exception]] = []
        touched: set[str] = set()
        for place, request in enumerate(group):
            outcome = self._build(request, rows)
            if isinstance(outcome, Piece):
                if touched & outcome.touches:
                    return taken, group[place:]
                touched |= outcome.touches
                if outcome.touches:
                    rows.adopt(outcome)
            taken.append((request, outcome))
        return taken, []

    def _build(self, request: _Request, rows: Rows) -> Piece | Exception:
        try:
            return request.build(rows)
        except Exception as error:  # noqa: BLE001 - it is the caller's to answer for, not the writer's
            return error

    async def _commit(self, built: list[tuple[_Request, Piece | Exception]]) -> None:
        pieces = [piece for _, piece in built if isinstance(piece, Piece) and not piece.is_empty]
        failure: Exception | None = None
        if pieces:
            try:
                seq = await self._persist(pieces)
            except Exception as error:  # noqa: BLE001 - told to those who asked
                failure = error
                self._fenced = isinstance(error, FencedError)
            else:
                await self._tell(pieces, seq)
        for request, outcome in built:
            _answer(request, failure if isinstance(outcome, Piece) and failure else outcome)

    async def _persist(self, pieces: list[Piece]) -> int:
        batch = batch_of(pieces, epoch=self._epoch)
        while True:
            try:
                self._pass("before", batch)
                seq = await asyncio.to_thread(self._store.commit, batch)
            except Transient as error:
                await self._clock.sleep(error.retry_after_s or _RETRY_S)
            else:
                self._pass("after", batch)
                return seq

    def _pass(self, moment: str, batch: Batch) -> None:
        for fact in batch.facts:
            kind = type(fact.event).__name__ if fact.event else fact.kind
            self._step(f"{moment} {kind}")

    async def _tell(self, pieces: list[Piece], seq: int) -> None:
        for piece in pieces:
            for listener in self._listeners:
                listener(piece)
        async with self._news:
            self._seq = max(self._seq, seq)
            self._news.notify_all()


def piece_of(task: Task | None, event: Event, *, decision: Decision) -> Piece:
    """Turn a decision into what is written: the task, the fact, the orders."""
    if decision.dropped and task is not None:
        return Piece(result=task)
    after = replace(decision.task, version=decision.task.version + 1, updated_at=event.at)
    fact = Fact(
        project_id=after.project_id,
        task_id=after.id,
        landing_id=after.landing_id,
        event=event,
        data={"status": after.status.value},
    )
    orders = tuple(
        Order(effect=effect, project_id=after.project_id, created_at=event.at)
        for effect in decision.effects
    )
    return Piece(tasks=(after,), facts=(fact,), orders=orders, result=after)


def _answer(request: _Request, outcome: Piece | Exception) -> None:
    if request.answer.done():
        return
    if isinstance(outcome, Piece):
        request.answer.set_result(outcome.result)
    else:
        request.answer.set_exception(outcome)


__all__ = ["Build", "Piece", "Rows", "UnknownItem", "UnknownTask", "Writer", "piece_of"]
