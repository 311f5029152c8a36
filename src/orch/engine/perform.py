"""Performing: effects from the outbox, one at a time and in order for each task."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import structlog

from orch.core.effects import Effect
from orch.core.events import EffectAbandoned
from orch.core.task import Task
from orch.core.wanted import is_wanted
from orch.engine.parts import Parts
from orch.engine.piece import Piece
from orch.engine.writer import UnknownTask
from orch.ports.errors import Permanent, Transient
from orch.ports.store import Deferral, FencedError, Order, TaskQuery

log = structlog.get_logger()

Performer = Callable[[Any, Task], Awaitable[None]]
"""Carries out one kind of effect and submits what came of it, finishing the effect with it."""

_FIRST_WAIT_S = 0.5
_LONGEST_WAIT_S = 60.0


@dataclass(slots=True)
class _Lane:
    """The effects of one task that wait, and the one that runs."""

    waiting: deque[Order] = field(default_factory=deque)
    runner: "asyncio.Task[None] | None" = None
    current: Effect | None = None
    work: "asyncio.Task[None] | None" = None


class Performance:
    """Carries out effects at least once each; at most one at a time for a task.

    An effect that the task doesn't ask for any more is not begun, and one that runs is cancelled.
    `Transient` is tried again for ever, ever more slowly; `Permanent` and bugs are handed to a
    person as `EffectAbandoned`. Nothing is tried twice after a restart that had been finished.
    """

    def __init__(self, parts: Parts, performers: Mapping[type[Effect], Performer]) -> None:
        """Perform with these performers; news comes from the writer."""
        self._step = parts.step
        self._store, self._writer, self._clock = parts.store, parts.writer, parts.clock
        self._performers = performers
        self._lanes: dict[str, _Lane] = {}
        self._pending: set[str] = set()

    async def start(self) -> None:
        """Take up what the outbox holds, then listen for more."""
        self._writer.listen(self._hear)
        for order in await asyncio.to_thread(self._store.orders, limit=1_000_000):
            self._add(order)

    async def stop(self) -> None:
        """Leave what runs; the outbox still holds it."""
        runners = [lane.runner for lane in self._lanes.values() if lane.runner]
        for runner in runners:
            runner.cancel()
        await asyncio.gather(*runners, return_exceptions=True)

    def idle(self) -> bool:
        """Tell whether nothing waits and nothing runs."""
        return not self._lanes

    def _hear(self, piece: Piece) -> None:
        for task in piece.tasks:
            self._drop_unwanted(task, finished=piece.finished)
        for order in piece.orders:
            self._add(order)

    def _add(self, order: Order) -> None:
        if order.effect.id in self._pending:
            return
        self._pending.add(order.effect.id)
        lane = self._lanes.setdefault(order.effect.task_id, _Lane())
        lane.waiting.append(order)
        if lane.runner is None:
            name = f"effects of {order.effect.task_id}"
            lane.runner = asyncio.create_task(self._drain(order.effect.task_id, lane), name=name)

    def _drop_unwanted(self, task: Task, *, finished: Sequence[str]) -> None:
        lane = self._lanes.get(task.id)
        if lane is None or lane.current is None or lane.work is None:
            return
        # An effect that has just brought its result is no longer wanted, but not to be disturbed.
        if lane.current.id not in finished and not is_wanted(lane.current, task):
            lane.work.cancel()

    async def _drain(self, task_id: str, lane: _Lane) -> None:
        while lane.waiting:
            order = lane.waiting.popleft()
            try:
                await self._carry_out(lane, order)
            except FencedError:
                return  # The one that took over carries it out; the writer ends this daemon.
            self._pending.discard(order.effect.id)
        del self._lanes[task_id]

    async def _carry_out(self, lane: _Lane, order: Order) -> None:
        effect, tries = order.effect, order.tries
        while (task := await self._wanting(effect)) is not None:
            lane.current = effect
            lane.work = asyncio.create_task(self._attempt(effect, task))
            failure = await self._outcome(lane.work)
            lane.current = lane.work = None
            if failure is None:
                return
            tries += 1
            wait_s = _wait(failure, tries)
            await self._defer(effect, tries, wait_s=wait_s, reason=failure.reason)
            await self._clock.sleep(wait_s)
        await self._finish(effect)

    async def _outcome(self, work: "asyncio.Task[None]") -> Transient | None:
        try:
            await asyncio.shield(work)
        except Transient as failure:
            return failure
        except asyncio.CancelledError:
            if not work.cancelled() and not work.done():
                work.cancel()  # It is the whole daemon that stops, not this effect alone.
                await asyncio.gather(work, return_exceptions=True)
                raise
            # The task changed its mind while it ran: look again whether it is wanted.
            return Transient("no longer wanted", retry_after_s=0.0)
        return None

    async def _wanting(self, effect: Effect) -> Task | None:
        found = await asyncio.to_thread(
            self._store.tasks, TaskQuery(ids=(effect.task_id,), limit=1)
        )
        return found[0] if found and is_wanted(effect, found[0]) else None

    async def _attempt(self, effect: Effect, task: Task) -> None:
        try:
            self._step(f"before {type(effect).__name__}")
            await self._performers[type(effect)](effect, task)
            self._step(f"after {type(effect).__name__}")
        except (Transient, FencedError):
            raise
        except Permanent as error:
            remedy = f"; {error.remedy}" if error.remedy else ""
            await self._abandon(effect, f"{error.reason}{remedy}")
        except Exception as error:
            log.exception("a bug stopped an effect", effect=effect.id)
            await self._abandon(effect, f"a bug stopped {type(effect).__name__}: {error!r}")

    async def _abandon(self, effect: Effect, reason: str) -> None:
        event = EffectAbandoned(at=self._clock.now(), effect_id=effect.id, reason=reason)
        try:
            await self._writer.submit(effect.task_id, event, finishes=(effect.id,))
        except UnknownTask:
            await self._finish(effect)

    async def _finish(self, effect: Effect) -> None:
        await self._writer.transact(lambda _: Piece(finished=(effect.id,)))

    async def _defer(self, effect: Effect, tries: int, *, wait_s: float, reason: str) -> None:
        if not wait_s:
            return
        deferral = Deferral(
            effect_id=effect.id,
            tries=tries,
            not_before=self._clock.now() + wait_s,
            reason=reason,
        )
        await self._writer.transact(lambda _: Piece(deferred=(deferral,)))


def _wait(failure: Transient, tries: int) -> float:
    if failure.retry_after_s is not None:
        return failure.retry_after_s
    return min(_FIRST_WAIT_S * 2.0**tries, _LONGEST_WAIT_S)
