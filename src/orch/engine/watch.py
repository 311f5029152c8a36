"""Watching: the session host's facts become events; silence is told by one timer for all."""

import asyncio
import heapq
from contextlib import aclosing
from dataclasses import dataclass

import structlog

from orch.core.attempt import Activity, Evidence, Phase
from orch.core.decision import UnexpectedEvent
from orch.core.events import ActivityObserved
from orch.core.task import Status, Task
from orch.core.watch import Quiet, derive
from orch.engine.nap import nap
from orch.engine.parts import Parts
from orch.engine.piece import Piece, UnknownTask
from orch.engine.sessions import attempt_of, report_end
from orch.ports.errors import Permanent, Transient
from orch.ports.session_host import Fact, FactKind, Liveness, SessionState
from orch.ports.store import TaskQuery

log = structlog.get_logger()

_RECONNECT_S = 0.2


@dataclass(slots=True)
class _Watched:
    """One session that runs: when it last printed, and how long it may be silent."""

    task_id: str
    attempt: int
    quiet: Quiet
    last_output: float
    activity: Activity


class Watch:
    """Reports ends at once, as the kernel told the host, and silence when its time is up.

    Nothing is polled: ends arrive as facts, and the only timer is set to the next moment at
    which the activity of some session could change.
    """

    def __init__(self, parts: Parts) -> None:
        """Watch the sessions of these parts."""
        self._parts = parts
        self._watched: dict[str, _Watched] = {}
        self._due: list[tuple[float, str]] = []
        self._bell = asyncio.Event()
        self._tracking: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        """Follow the host's facts until cancelled; a host that goes away is found again."""
        self._parts.writer.listen(self._hear)
        await self._adopt()
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._follow())
                group.create_task(self._time())
        finally:
            for tracking in self._tracking:
                tracking.cancel()

    async def reconcile(self) -> None:
        """Report what became of sessions while nobody was looking."""
        for task in await self._running():
            if task.attempt and task.attempt.session:
                await self._probe(task.id, task.attempt.n, session=task.attempt.session)

    async def _probe(self, task_id: str, n: int, *, session: str) -> None:
        """Report a session's end if it has ended; that it runs is no news."""
        try:
            state = await self._parts.sessions.probe(session)
        except Transient as error:
            # Once the server answers again it begins with a gap, and all are asked anew.
            log.warning("a session could not be asked for", session=session, why=error.reason)
            return
        watched = self._watched.get(session)
        if state.liveness is Liveness.GONE:
            await self._report(task_id, n, state=state)
        elif state.liveness is Liveness.UNKNOWN and watched:
            seen = Evidence(rule="probe", observation=state.how, at=self._parts.clock.now())
            await self._observe(watched, Activity.UNKNOWN, evidence=seen)

    async def _adopt(self) -> None:
        for task in await self._running():
            await self._track(task)

    async def _running(self) -> list[Task]:
        query = TaskQuery(statuses=(Status.IN_PROGRESS,), limit=100_000)
        found = await asyncio.to_thread(self._parts.store.tasks, query)
        return [task for task in found if task.attempt and task.attempt.phase is Phase.RUNNING]

    async def _follow(self) -> None:
        cursor = ""
        while True:
            try:
                async with aclosing(self._parts.sessions.events(after=cursor)) as facts:
                    async for fact in facts:
                        await self._take(fact)
                        cursor = fact.cursor
            except Transient as error:
                log.warning("the session server is away", why=error.reason)
            await self._parts.clock.sleep(_RECONNECT_S)

    async def _take(self, fact: Fact) -> None:
        if fact.kind is FactKind.GAP:
            await self.reconcile()
            return
        attempt = attempt_of(fact.session)
        if attempt is None:
            return
        if fact.kind is FactKind.EXITED:
            await self._probe(attempt[0], attempt[1], session=fact.session)
        elif fact.kind is FactKind.GREW and fact.session in self._watched:
            await self._grew(self._watched[fact.session], fact)

    async def _report(self, task_id: str, n: int, *, state: SessionState) -> None:
        self._watched.pop(state.name, None)
        try:
            await report_end(self._parts, task_id, n=n, state=state)
        except (UnexpectedEvent, UnknownTask) as error:
            log.info("an end that no task waits for", session=state.name, why=str(error))

    async def _grew(self, watched: _Watched, fact: Fact) -> None:
        watched.last_output = fact.at
        if watched.activity is not Activity.WORKING:
            evidence = Evidence(rule="output", observation="it printed something", at=fact.at)
            await self._observe(watched, Activity.WORKING, evidence=evidence)
            self._schedule(fact.session, watched)

    def _hear(self, piece: Piece) -> None:
        for task in piece.tasks:
            attempt = task.attempt
            if attempt is None or not attempt.session:
                continue
            known = attempt.session in self._watched
            if attempt.phase is Phase.RUNNING and not known:
                self._tracking.add(started := asyncio.create_task(self._track(task)))
                started.add_done_callback(self._tracking.discard)
            elif attempt.phase is not Phase.RUNNING and known:
                del self._watched[attempt.session]

    async def _track(self, task: Task) -> None:
        attempt = task.attempt
        if attempt is None:
            return
        try:
            settings = await self._parts.settings(self._parts.project(task.project_id))
            profile = settings.profile(attempt.agent)
        except Permanent:
            profile = None  # Its project is gone: its end is still reported, its silence is not.
        quiet = Quiet(profile.idle_timeout, profile.stuck_timeout) if profile else Quiet()
        now = self._parts.clock.now()
        watched = _Watched(task.id, attempt.n, quiet, now, attempt.activity)
        self._watched[attempt.session] = watched
        self._schedule(attempt.session, watched)
        # It may have ended before it was watched: then nobody would tell of it any more.
        await self._probe(task.id, attempt.n, session=attempt.session)

    def _schedule(self, session: str, watched: _Watched) -> None:
        verdict = derive(
            watched.quiet, last_output=watched.last_output, now=self._parts.clock.now()
        )
        if verdict.next_at is not None:
            heapq.heappush(self._due, (verdict.next_at, session))
            self._bell.set()

    async def _time(self) -> None:
        while True:
            self._bell.clear()
            if not self._due:
                await self._bell.wait()
                continue
            wait_s = self._due[0][0] - self._parts.clock.now()
            if wait_s > 0:
                await nap(self._parts.clock, self._bell, seconds=wait_s)
                continue
            _, session = heapq.heappop(self._due)
            if session in self._watched:
                await self._look(session, self._watched[session])

    async def _look(self, session: str, watched: _Watched) -> None:
        verdict = derive(
            watched.quiet, last_output=watched.last_output, now=self._parts.clock.now()
        )
        if verdict.activity is not watched.activity:
            await self._observe(watched, verdict.activity, evidence=verdict.evidence)
        self._schedule(session, watched)

    async def _observe(self, watched: _Watched, activity: Activity, *, evidence: Evidence) -> None:
        watched.activity = activity
        event = ActivityObserved(
            at=self._parts.clock.now(),
            attempt=watched.attempt,
            activity=activity,
            evidence=evidence,
        )
        try:
            await self._parts.writer.submit(watched.task_id, event)
        except UnexpectedEvent:
            log.debug("activity of a session that no task waits for", task=watched.task_id)
