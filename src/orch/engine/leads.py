"""Leads: tells whoever asked for a task how it goes; what is worth telling is `core.tidings`'.

The history says what there is to tell, and `LeadTold` what was told, so that a restart at any
moment neither loses nor doubles. A lead that is a session gets its message in the same transaction
in which that is noted; panes and commands are told at least once, each time by the same id.
"""

import asyncio
from dataclasses import dataclass, field, replace

import structlog

from orch.core.address import Address, ToCommand, ToPane, ToSession, parse_address
from orch.core.decision import UnexpectedEvent
from orch.core.events import LeadTold, MessageQueued
from orch.core.lifecycle import decide
from orch.core.talk import MessageKind, Urgency
from orch.core.task import Task
from orch.core.tidings import KINDS, News, Tidings, tidings_of
from orch.engine.parts import Parts
from orch.engine.piece import Piece, Rows, UnknownTask
from orch.engine.writer import piece_of
from orch.ports.errors import Permanent, Transient
from orch.ports.herald import Telling
from orch.ports.store import EventQuery, Recorded, TaskQuery

log = structlog.get_logger()

_PAGE = 500
_TRIES = 8
_FIRST_WAIT_S = 5.0
_TOLD = LeadTold.__name__
_KINDS = frozenset(KINDS)


@dataclass(frozen=True, slots=True)
class _Job:
    """Something to tell: an event of a task, in words."""

    task: Task
    event: Recorded
    tidings: Tidings

    @property
    def id(self) -> str:
        """Return what it is known by for ever."""
        return f"{self.task.id}-e{self.event.seq}"


Queue = asyncio.Queue[_Job]


@dataclass(slots=True)
class Leads:
    """Tells leads. One that can't be reached holds up nobody but itself."""

    parts: Parts
    _bell: asyncio.Event = field(default_factory=asyncio.Event)
    _seen: int = 0
    _open: set[int] = field(default_factory=set)
    _queues: dict[Address, Queue] = field(default_factory=dict)

    def hear(self, piece: Piece) -> None:
        """Note that there may be something to tell."""
        if any(fact.event and type(fact.event).__name__ in _KINDS for fact in piece.facts):
            self._bell.set()

    async def run(self) -> None:
        """Tell what was not told yet, then whatever happens, until cancelled."""
        self.parts.writer.listen(self.hear)
        self._open.clear()
        self._queues.clear()
        self._seen = await asyncio.to_thread(self._settled)
        async with asyncio.TaskGroup() as group:
            while True:
                self._bell.clear()
                while await self._look(group):
                    pass
                await self._bell.wait()

    def _settled(self) -> int:
        """Return up to where nothing is left to tell, as the last telling knew it."""
        last = self.parts.store.events(EventQuery(kinds=(_TOLD,), last=True, limit=1))
        behind = last[-1].data.get("behind") if last else 0
        return behind if isinstance(behind, int) else 0

    async def _look(self, group: asyncio.TaskGroup) -> bool:
        """Take up the next events of the history; tell whether there may be more."""
        query = EventQuery(after=self._seen, kinds=KINDS, limit=_PAGE)
        found = await asyncio.to_thread(self.parts.store.events, query)
        ids = tuple({event.task_id for event in found if event.task_id})
        by_id = TaskQuery(ids=ids, limit=len(ids) or 1)
        rows = await asyncio.to_thread(self.parts.store.tasks, by_id) if ids else ()
        tasks = {task.id: task for task in rows}
        for event in found:
            task = tasks.get(event.task_id or "")
            if task is not None and task.told < event.seq:
                await self._take_up(group, task, event=event)
            self._seen = event.seq
        return len(found) == _PAGE

    async def _take_up(self, group: asyncio.TaskGroup, task: Task, *, event: Recorded) -> None:
        where = _address(task)
        if where is None:
            return
        tidings = tidings_of(task, News(kind=event.kind, data=event.data))
        if tidings is None:
            return
        job = _Job(task, event, tidings)
        self._open.add(event.seq)
        if isinstance(where, ToSession):
            await self._tell_session(where, job)
            return
        if where not in self._queues:
            self._queues[where] = Queue()
            group.create_task(self._carry(where, self._queues[where]))
        self._queues[where].put_nowait(job)

    async def _tell_session(self, where: ToSession, job: _Job) -> None:
        """Give the lead's task its message, in one transaction with the note that it has it."""
        message = self._message(job)
        told = self._told(job, how=f"a message to {where.task_id}")
        own = job.event.actor.startswith(f"session:{where.task_id}.")

        def build(rows: Rows) -> Piece:
            child = rows.task(job.task.id)
            decision = decide(child, told)
            if decision.dropped:
                return Piece()
            if own:
                itself = replace(told, how="it did so itself")
                return piece_of(child, itself, decision=decision)
            piece = piece_of(child, told, decision=decision)
            try:
                lead = rows.task(where.task_id)
                said = piece_of(lead, message, decision=decide(lead, message))
            except (UnknownTask, UnexpectedEvent) as error:
                nobody = replace(told, how=f"nobody: {error}")
                return piece_of(child, nobody, decision=decision)
            return replace(
                piece,
                tasks=(*piece.tasks, *said.tasks),
                facts=(*piece.facts, *said.facts),
                orders=(*piece.orders, *said.orders),
            )

        await self.parts.writer.transact(build)
        self._open.discard(job.event.seq)

    def _message(self, job: _Job) -> MessageQueued:
        return MessageQueued(
            at=self.parts.clock.now(),
            message_id=job.id,
            text=f"[orch] {job.tidings.text}",
            kind=MessageKind.TIDINGS,
            urgency=Urgency.NOW if job.tidings.word.calls else Urgency.QUEUE,
        )

    def _told(self, job: _Job, *, how: str) -> LeadTold:
        others = self._open - {job.event.seq}
        return LeadTold(
            at=self.parts.clock.now(),
            seq=job.event.seq,
            message_id=job.id,
            word=job.tidings.word.value,
            how=how,
            behind=min(others) - 1 if others else max(self._seen, job.event.seq),
        )

    async def _carry(self, where: ToPane | ToCommand, queue: Queue) -> None:
        """Tell one address what there is for it, in order, for ever."""
        while True:
            job = await queue.get()
            how = await self._reach(where, job)
            await self.parts.writer.submit(job.task.id, self._told(job, how=how))
            self._open.discard(job.event.seq)

    async def _reach(self, where: ToPane | ToCommand, job: _Job) -> str:
        telling, reason = await self._telling(job), ""
        for tried in range(_TRIES):
            try:
                return await self.parts.herald.tell(where, telling)
            except Permanent as error:
                reason = error.reason
                break
            except Transient as error:
                reason = error.reason
                wait_s = error.retry_after_s or _FIRST_WAIT_S * 2**tried
            if tried < _TRIES - 1:
                await self.parts.clock.sleep(wait_s)
        log.warning("a lead could not be told", task=job.task.id, lead=job.task.lead, why=reason)
        return f"not told: {reason}"

    async def _telling(self, job: _Job) -> Telling:
        projects = await asyncio.to_thread(self.parts.registry.projects)
        names = {project.id: project.name for project in projects}
        return Telling(
            id=job.id,
            task_id=job.task.id,
            project=names.get(job.task.project_id, job.task.project_id),
            title=job.task.title,
            word=job.tidings.word.value,
            text=job.tidings.text,
            at=job.event.at,
        )


def _address(task: Task) -> Address | None:
    """Read a task's lead; one that can't be read looks into the inbox like everybody."""
    try:
        return parse_address(task.lead)
    except ValueError:
        return None
