"""Watching: the session host's facts and what agents show become events and activity."""

import asyncio
from collections.abc import Coroutine
from contextlib import aclosing
from dataclasses import dataclass, field

import structlog

from orch.core.attempt import Activity, Evidence, Phase
from orch.core.decision import UnexpectedEvent
from orch.core.events import ActivityObserved
from orch.core.settings import AgentProfile, ProjectSettings
from orch.core.task import Status, Task
from orch.core.watch import Derived, Quiet, derive
from orch.engine.attend import Attendance
from orch.engine.ledger import Ledger
from orch.engine.nap import nap
from orch.engine.parts import Parts
from orch.engine.piece import Piece, UnknownTask
from orch.engine.sessions import attempt_of, report_end
from orch.engine.sight import Sight
from orch.engine.speech import Speech
from orch.ports.errors import Permanent, Transient
from orch.ports.session_host import Fact, FactKind, Liveness, SessionState
from orch.ports.store import TaskQuery

log = structlog.get_logger()

_RECONNECT_S = 0.2


@dataclass(slots=True)
class _Watched:
    """One session that runs, with all that attends to it; `bell` rings at any news of it."""

    task_id: str
    attempt: int
    session: str
    quiet: Quiet
    activity: Activity
    sight: Sight | None = None
    attendance: Attendance | None = None
    bell: asyncio.Event = field(default_factory=asyncio.Event)
    worker: "asyncio.Task[None] | None" = None
    grew: bool = True


class Watch:
    """Reports ends at once, as the kernel told the host, and attends to what sessions show.

    Nothing is polled: facts of the host, hooks and changed tasks ring a session's bell, and the
    only timers are set to the next moment at which time alone could change something.
    """

    def __init__(self, parts: Parts, ledger: Ledger) -> None:
        """Watch the sessions of these parts, and what they spend."""
        self._parts, self._ledger = parts, ledger
        self._watched: dict[str, _Watched] = {}
        self._tracking: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        """Follow the host's facts until cancelled; a host that goes away is found again."""
        self._parts.writer.listen(self._hear)
        try:
            await self._adopt()
            await self._follow()
        finally:
            workers = [one.worker for one in self._watched.values() if one.worker]
            for running in (*self._tracking, *workers):
                running.cancel()
            await asyncio.gather(*self._tracking, *workers, return_exceptions=True)
            self._watched.clear()

    def poke(self, session: str) -> None:
        """Look at a session now: one of its hooks has told something."""
        if session in self._watched:
            self._watched[session].bell.set()

    def evidence(self, session: str) -> tuple[Derived, Sight] | None:
        """Return what is derived of a session at this moment, and from what."""
        watched = self._watched.get(session)
        if watched is None or watched.sight is None:
            return None
        watched.sight.keep_time()
        now = self._parts.clock.now()
        return derive(watched.sight.picture, watched.quiet, now=now), watched.sight

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
            watched = self._watched[fact.session]
            if watched.sight is not None:
                watched.sight.note_output(fact.at)
            watched.grew = True
            watched.bell.set()

    async def _report(self, task_id: str, n: int, *, state: SessionState) -> None:
        watched = self._watched.pop(state.name, None)
        if watched is not None:
            await self._last_look(watched)
        try:
            await report_end(self._parts, task_id, n=n, state=state)
        except (UnexpectedEvent, UnknownTask) as error:
            log.info("an end that no task waits for", session=state.name, why=str(error))

    async def _last_look(self, watched: _Watched) -> None:
        """Read a session's last words before its end is told: its usage, its conversation."""
        await _end(watched.worker)
        if watched.sight is None or watched.attendance is None:
            return
        try:
            await watched.sight.catch_up(live=False)
            task = await self._task(watched.task_id)
            if task is not None:
                await watched.attendance.report(task)
                await watched.attendance.speech.confirm(task)
        except (Transient, UnexpectedEvent) as error:
            log.info("last words were not read", session=watched.session, why=str(error))

    def _hear(self, piece: Piece) -> None:
        for task in piece.tasks:
            attempt = task.attempt
            if attempt is None or not attempt.session:
                continue
            watched = self._watched.get(attempt.session)
            if attempt.phase is not Phase.RUNNING:
                if watched is not None:
                    del self._watched[attempt.session]
                    self._keep(_end(watched.worker))
            elif watched is None:
                self._keep(self._track(task))
            else:
                watched.bell.set()

    def _keep(self, work: Coroutine[object, object, None]) -> None:
        self._tracking.add(started := asyncio.create_task(work))
        started.add_done_callback(self._tracking.discard)

    async def _track(self, task: Task) -> None:
        attempt = task.attempt
        if attempt is None or attempt.session in self._watched:
            return
        watched = _Watched(
            task_id=task.id,
            attempt=attempt.n,
            session=attempt.session,
            quiet=Quiet(),
            activity=attempt.activity,
        )
        self._watched[attempt.session] = watched
        await self._equip(watched, task)
        watched.worker = asyncio.create_task(self._live(watched), name=f"watch {watched.session}")
        # It may have ended before it was watched: then nobody would tell of it any more.
        await self._probe(task.id, attempt.n, session=attempt.session)

    async def _equip(self, watched: _Watched, task: Task) -> None:
        """Give a session what reads it; where its project is gone, only its end is told."""
        try:
            settings = await self._parts.settings(self._parts.project(task.project_id))
            profile = settings.profile(task.attempt.agent) if task.attempt else None
            if profile is None:
                return
            sight = Sight(self._parts, task, profile=profile)
        except Permanent as error:
            log.warning("a session can't be read", session=watched.session, why=error.reason)
            return
        watched.quiet = Quiet(profile.idle_timeout, profile.stuck_timeout)
        watched.sight = sight
        watched.attendance = self._attendance(watched, sight, profile=profile, settings=settings)

    def _attendance(
        self,
        watched: _Watched,
        sight: Sight,
        *,
        profile: AgentProfile,
        settings: ProjectSettings,
    ) -> Attendance:
        return Attendance(
            parts=self._parts,
            session=watched.session,
            attempt=watched.attempt,
            sight=sight,
            speech=Speech(self._parts, watched.session, watched.attempt, sight),
            ledger=self._ledger,
            profile=profile,
            settings=settings,
        )

    async def _live(self, watched: _Watched) -> None:
        """Look at one session at each of its news, and when time alone could change something."""
        while watched.session in self._watched:
            watched.bell.clear()
            try:
                again_at = await self._look(watched)
            except (Transient, Permanent) as error:
                # Also where its workspace is gone, or the disk is full, it has to be watched on.
                log.warning(
                    "a session could not be read", session=watched.session, why=error.reason
                )
                again_at = self._parts.clock.now() + 1.0
            except UnexpectedEvent as error:
                log.debug("news that no task waits for", session=watched.session, why=str(error))
                again_at = None
            if again_at is None:
                await watched.bell.wait()
            elif (wait_s := again_at - self._parts.clock.now()) > 0:
                await nap(self._parts.clock, watched.bell, seconds=wait_s)

    async def _look(self, watched: _Watched) -> float | None:
        sight, attendance = watched.sight, watched.attendance
        if sight is None or attendance is None:
            return None
        await sight.catch_up()
        while await attendance.speech.reply():
            await sight.catch_up()
        now = self._parts.clock.now()
        derived = derive(sight.picture, watched.quiet, now=now)
        if watched.grew and watched.activity is Activity.UNKNOWN:
            watched.activity = Activity.STARTING  # It printed, so it is known again.
        watched.grew = False
        if derived.activity is not watched.activity:
            await self._observe(watched, derived.activity, evidence=derived.evidence)
        task = await self._task(watched.task_id)
        again_at = await attendance.attend(task, derived.activity) if task else None
        times = [at for at in (derived.next_at, again_at, sight.again_at) if at is not None]
        return min(times) if times else None

    async def _task(self, task_id: str) -> Task | None:
        found = await asyncio.to_thread(self._parts.store.tasks, TaskQuery(ids=(task_id,), limit=1))
        return found[0] if found else None

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


async def _end(worker: "asyncio.Task[None] | None") -> None:
    if worker is not None and worker is not asyncio.current_task():
        worker.cancel()
        await asyncio.gather(worker, return_exceptions=True)
