"""Methods of sessions and logs: which live, what they printed, where to attach."""

import asyncio
import re
from base64 import b64encode
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Self

from orch.core.events import ConversationKnown
from orch.core.task import Task
from orch.daemon.call import Call
from orch.daemon.context import Context
from orch.daemon.gatelogs import GateLogs
from orch.daemon.methods.gate_log import find_gate_logs
from orch.daemon.methods.lookup import find_task, maybe_project
from orch.daemon.methods.table import Stream, method
from orch.daemon.rights import Role
from orch.ports.session_host import FactKind, Liveness, Page, SessionHost, SessionState
from orch.wire.codes import Code, WireError, invalid
from orch.wire.shapes.overview import Done, Followed
from orch.wire.shapes.places import LogChunk, LogNews, ScreenShape, SessionShape, SocketShape

_CONVERSATION = re.compile(r"[A-Za-z0-9][\w.:-]{0,199}")
CHUNK_BYTES = 256 * 1024
"""The longest piece of a log that is sent at once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionsParams:
    """Which sessions: those of one task, or all."""

    task: str | None = None
    project: str | None = None
    cwd: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionParams:
    """Whose session: the task's newest attempt, or the attempt of this number."""

    task: str
    attempt: int | None = None
    project: str | None = None
    cwd: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LogsParams:
    """Which log, and from where: a negative offset counts from the end.

    `gate` takes the log of the gate that runs, or else of the newest gate run, instead of the
    session's transcript; then `task` may also be a landing.
    """

    task: str
    attempt: int | None = None
    gate: bool = False
    offset: int = -CHUNK_BYTES
    limit: int = CHUNK_BYTES
    project: str | None = None
    cwd: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SetParams:
    """Which task, and how its agent calls the conversation."""

    task: str
    conversation: str
    project: str | None = None
    cwd: str | None = None


@method("session.list", Role.LEAD)
async def list_(call: Call, params: SessionsParams) -> tuple[SessionShape, ...]:
    """List the sessions that the session server knows, the live ones first."""
    found = await call.context.sessions.list()
    if params.task:
        which = SessionParams(task=params.task, project=params.project, cwd=params.cwd)
        task = await _task(call, which)
        found = [state for state in found if state.name.partition(".")[0] == task.id]
    ordered = sorted(found, key=lambda state: (state.liveness is not Liveness.ALIVE, state.name))
    return tuple(_shape(state) for state in ordered)


@method("session.logs", Role.SESSION)
async def logs(call: Call, params: LogsParams) -> LogChunk:
    """Read a piece of a session's transcript, or of a gate's log."""
    if params.gate:
        logs = await _gate_logs(call, params)
        return await logs.read(offset=params.offset, limit=min(max(1, params.limit), CHUNK_BYTES))
    task = await _task(call, _which(params))
    return await _read(call.context, task, params=params)


@method("session.follow", Role.SESSION, sends=(Followed, LogNews))
async def follow(call: Call, params: LogsParams) -> Stream:
    """Follow a transcript, or the log of a gate, until its end; the last piece is not `open`."""
    newest = await call.engine.writer.changed(-1)
    if params.gate:
        logs = await _gate_logs(call, params)
        return Stream(seq=newest, news=logs.pieces(params.offset), noun="chunk")
    task = await _task(call, _which(params))
    _name(task, params.attempt)  # What can't be followed is refused at once.
    return Stream(seq=newest, news=_pieces(call.context, task, params=params), noun="chunk")


@method("session.screen", Role.SESSION)
async def screen(call: Call, params: SessionParams) -> ScreenShape:
    """Show what a viewer of a session's terminal would see now."""
    name = _name(await _task(call, params), params.attempt)
    return ScreenShape(session=name, text=(await call.context.sessions.screen(name)).text)


@method("session.socket", Role.LEAD)
async def socket(call: Call, params: SessionParams) -> SocketShape:
    """Say where to attach to a session: clients speak with the session server directly."""
    task = await _task(call, params)
    name = _name(task, params.attempt)
    state = await call.context.sessions.probe(name)
    return SocketShape(
        socket=str(call.context.home.session_socket),
        session=name,
        task=task.id,
        worker=task.attempt.worker if task.attempt else "",
        title=task.title,
        live=state.liveness is Liveness.ALIVE,
        terminal=state.terminal,
    )


@method("session.set", Role.PERSON)
async def set_(call: Call, params: SetParams) -> Done:
    """Name the agent's own conversation that a task's next attempt goes on with."""
    which = SessionParams(task=params.task, project=params.project, cwd=params.cwd)
    task = await _task(call, which)
    if task.attempt is None:
        raise invalid(f"{task.id} has had no session yet", next=f"orch task start {task.id}")
    if not _CONVERSATION.fullmatch(params.conversation):
        raise invalid(f"{params.conversation!r} is no name of a conversation")
    event = ConversationKnown(
        at=call.now(),
        actor=call.actor,
        attempt=task.attempt.n,
        conversation=params.conversation,
    )
    await call.engine.writer.submit(task.id, event)
    return Done(what=f"the next attempt of {task.id} goes on with {params.conversation}")


async def _gate_logs(call: Call, params: LogsParams) -> GateLogs:
    project = await maybe_project(call.context, name=params.project, cwd=params.cwd)
    return await find_gate_logs(call, name=params.task, attempt=params.attempt, project=project)


def _which(params: LogsParams) -> SessionParams:
    return SessionParams(
        task=params.task, attempt=params.attempt, project=params.project, cwd=params.cwd
    )


async def _task(call: Call, params: SessionParams) -> Task:
    project = await maybe_project(call.context, name=params.project, cwd=params.cwd)
    return await find_task(call, name=params.task, project=project)


def _name(task: Task, attempt: int | None) -> str:
    if task.attempt is None:
        raise WireError(
            Code.NOT_FOUND,
            f"{task.id} has no session yet: {task.status.replace('_', ' ')}",
            next=f"orch why {task.id}",
        )
    n = task.attempt.n if attempt is None else attempt
    if not 1 <= n <= task.attempt.n:
        raise invalid(f"{task.id} has attempts 1 to {task.attempt.n}")
    return f"{task.id}.{n}"


async def _read(context: Context, task: Task, *, params: LogsParams) -> LogChunk:
    limit = min(max(1, params.limit), CHUNK_BYTES)
    name = _name(task, params.attempt)
    page = await context.sessions.read(name, offset=params.offset, limit=limit)
    state = await context.sessions.probe(name)
    is_open = page.offset + len(page.data) < page.end or state.liveness is Liveness.ALIVE
    return _chunk(name, page, is_open=is_open)


async def _pieces(context: Context, task: Task, *, params: LogsParams) -> AsyncIterator[LogChunk]:
    """Yield what is there, then what comes, woken by the session server's news."""
    name, offset = _name(task, params.attempt), params.offset
    async with _Wakening(context.sessions, name) as news:
        while True:
            state = await context.sessions.probe(name)
            page = await context.sessions.read(name, offset=offset, limit=CHUNK_BYTES)
            offset = page.offset + len(page.data)
            is_open = offset < page.end or state.liveness is not Liveness.GONE
            if page.data or not is_open:
                yield _chunk(name, page, is_open=is_open)
            if not is_open:
                return
            if offset >= page.end:
                await news.wait()


class _Wakening:
    """Waits for signs that a session has printed something or ended.

    The first news of a subscription is a gap, after which nothing is missed; it wakes too, so
    what came before the subscription stood is read then.
    """

    def __init__(self, host: SessionHost, name: str) -> None:
        self._host, self._name = host, name
        self._bell = asyncio.Event()
        self._hearing: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        self._hearing = asyncio.create_task(self._hear())
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._hearing is not None:
            self._hearing.cancel()
            await asyncio.gather(self._hearing, return_exceptions=True)

    async def wait(self) -> None:
        """Wait for the next sign. Raises what ended the news, if they ended."""
        if self._hearing is not None and self._hearing.done() and not self._bell.is_set():
            self._hearing.result()
        await self._bell.wait()
        self._bell.clear()

    async def _hear(self) -> None:
        try:
            async for fact in self._host.events():
                if fact.session == self._name or fact.kind is FactKind.GAP:
                    self._bell.set()
        finally:
            # Whoever waits has to look once more, and then learns why there is no more news.
            self._bell.set()


def _chunk(name: str, page: Page, *, is_open: bool) -> LogChunk:
    return LogChunk(
        source=name,
        offset=page.offset,
        next=page.offset + len(page.data),
        first=page.first,
        end=page.end,
        data=b64encode(page.data).decode(),
        open=is_open,
    )


def _shape(state: SessionState) -> SessionShape:
    task, _, n = state.name.partition(".")
    return SessionShape(
        name=state.name,
        task=task,
        attempt=int(n) if n.isdecimal() else 0,
        liveness=state.liveness.value,
        how=state.how,
        pid=state.pid,
        started_at=state.started_at,
        ended_at=state.ended_at,
        exit_code=state.exit_code,
        exit_signal=state.exit_signal,
        leftovers=state.leftovers,
        bytes=state.offset,
    )
