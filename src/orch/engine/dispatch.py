"""Dispatch: routes new tasks, grants slots, and releases what waited; planned anew each time."""

import asyncio
import secrets
from collections import Counter
from dataclasses import dataclass

import structlog

from orch.core import names
from orch.core.admission import Room, Usage, admit
from orch.core.attempt import Phase
from orch.core.decision import UnexpectedEvent
from orch.core.events import SlotGranted, TaskBlocked, TaskRouted, TaskUnblocked
from orch.core.retry import agent_after, limited_agent, resume_time
from orch.core.settings import ProjectSettings
from orch.core.task import FINAL, BlockedOn, Status, Task
from orch.engine.ledger import Ledger
from orch.engine.missing import find_startable
from orch.engine.nap import nap
from orch.engine.parts import Parts
from orch.engine.piece import Piece
from orch.ports.errors import Permanent
from orch.ports.store import TaskQuery

log = structlog.get_logger()

_RUNNING = (Status.IN_PROGRESS,)
_WAITING = frozenset({BlockedOn.DEPENDENCY, BlockedOn.CHILDREN})
_PAGE = 500


@dataclass(frozen=True, slots=True)
class _Lists:
    """What the plan is made from."""

    new: tuple[Task, ...]
    routed: tuple[Task, ...]
    running: tuple[Task, ...]


class Dispatch:
    """Keeps the slots filled. Nothing is polled: it plans when a task has changed."""

    def __init__(self, parts: Parts, ledger: Ledger) -> None:
        """Plan with these parts, as far as the ledger leaves room."""
        self._parts, self._ledger = parts, ledger
        self._bell = asyncio.Event()
        self._ended: list[Task] = []
        self._reloaded = True
        self._cooling: frozenset[str] = frozenset()

    def hear(self, piece: Piece) -> None:
        """Note that tasks have changed."""
        for task in piece.tasks:
            if task.status in FINAL:
                self._ended.append(task)
        if piece.tasks:
            self._bell.set()

    def wake(self) -> None:
        """Plan again, because limits may have changed."""
        self._bell.set()

    def reload(self) -> None:
        """Plan again with another configuration; who waited for a missing agent may have it."""
        self._reloaded = True
        self._bell.set()

    async def run(self) -> None:
        """Plan whenever something has changed, until cancelled."""
        self._parts.writer.listen(self.hear)
        await self._release_all()
        while True:
            self._bell.clear()
            await self._release_startable()
            next_at = await self._resume_held()
            await self._plan()
            if next_at is None:
                await self._bell.wait()
            else:
                wait_s = max(0.0, next_at - self._parts.clock.now())
                await nap(self._parts.clock, self._bell, seconds=wait_s)

    async def _plan(self) -> None:
        ended, self._ended = self._ended, []
        for task in ended:
            await self._release_dependents(task)
        lists = await asyncio.to_thread(self._lists)
        settings = await self._settings({task.project_id for task in (*lists.new, *lists.routed)})
        for task in lists.new:
            await self._route(task, settings[task.project_id])
        for task in admit(lists.routed, usage=_usage(lists.running), room=self._room(settings)):
            await self._begin(task, settings.get(task.project_id))

    def _lists(self) -> _Lists:
        find = self._parts.store.tasks
        return _Lists(
            new=tuple(find(TaskQuery(statuses=(Status.NEW,), limit=_PAGE))),
            routed=tuple(find(TaskQuery(statuses=(Status.ROUTED,), admission=True, limit=_PAGE))),
            running=tuple(find(TaskQuery(statuses=_RUNNING, limit=10_000))),
        )

    async def _settings(self, projects: set[str]) -> dict[str, ProjectSettings | Permanent]:
        known: dict[str, ProjectSettings | Permanent] = {}
        for project_id in projects:
            try:
                known[project_id] = await self._parts.settings(self._parts.project(project_id))
            except Permanent as error:
                known[project_id] = error
        return known

    def _room(self, settings: dict[str, ProjectSettings | Permanent]) -> Room:
        good = {key: one for key, one in settings.items() if isinstance(one, ProjectSettings)}
        paused = {project.id for project in self._parts.registry.projects() if project.paused}
        caps = {
            (key, profile.name): profile.max_sessions
            for key, one in good.items()
            for profile in one.agents
            if profile.max_sessions is not None
        }
        # While one task waits for a limit of its agent's provider, another would only hit it too.
        caps |= {(key, name): 0 for key in good for name in self._cooling}
        return Room(
            sessions=self._parts.configuration.host().sessions,
            projects={key: one.limits.sessions for key, one in good.items()},
            agents=caps,
            closed=frozenset(paused | (settings.keys() - good.keys())),
        )

    async def _route(self, task: Task, settings: ProjectSettings | Permanent) -> None:
        at = self._parts.clock.now()
        if isinstance(settings, Permanent):
            words = f"{settings.reason}; {settings.remedy}".rstrip("; ")
            await self._submit(task, TaskBlocked(at=at, on=BlockedOn.AGENT, reason=words))
            return
        name = task.agent or settings.agent
        if settings.profile(name) is None:
            reason = _no_agent(name, settings)
            await self._submit(task, TaskBlocked(at=at, on=BlockedOn.AGENT, reason=reason))
            return
        children = await asyncio.to_thread(self._parts.store.tasks, TaskQuery(parent=task.id))
        routed = TaskRouted(
            at=at,
            agent=name,
            base=task.base or settings.landing.base_branch,
            waits_on=await asyncio.to_thread(self._undone, task.after),
            children_open=any(child.status not in FINAL for child in children),
        )
        await self._submit(task, routed)

    def _undone(self, ids: tuple[str, ...]) -> tuple[str, ...]:
        if not ids:
            return ()
        found = {task.id: task for task in self._parts.store.tasks(TaskQuery(ids=ids))}
        return tuple(one for one in ids if one in found and found[one].status is not Status.DONE)

    async def _begin(self, task: Task, settings: ProjectSettings | Permanent | None) -> None:
        """Grant a slot, unless what may be spent is spent."""
        if isinstance(settings, ProjectSettings):
            room = await self._ledger.room(task, settings)
            if room.words:
                held = TaskBlocked(
                    at=self._parts.clock.now(),
                    on=BlockedOn.LIMIT,
                    reason=room.words,
                    until=room.until,
                )
                await self._submit(task, held)
                return
        await self._grant(task, settings)

    async def _grant(self, task: Task, settings: ProjectSettings | Permanent | None) -> None:
        serial = await asyncio.to_thread(self._parts.store.allocate, "worker")
        event = SlotGranted(
            at=self._parts.clock.now(),
            attempt=task.attempt.n + 1 if task.attempt else 1,
            agent=await asyncio.to_thread(self._agent, task, settings),
            host_id=self._parts.host_id,
            worker=names.worker_name(serial),
            token=secrets.token_hex(8),
        )
        await self._submit(task, event)

    def _agent(self, task: Task, settings: ProjectSettings | Permanent | None) -> str:
        """Choose who does the next attempt; a fallback that is not configured is passed over."""
        own = task.agent or ""
        if task.resolver and isinstance(settings, ProjectSettings):
            return task.resolver if settings.profile(task.resolver) else own
        profile = settings.profile(own) if isinstance(settings, ProjectSettings) else None
        if profile is None or task.attempt is None or not profile.fallback:
            return own
        attempts = self._parts.store.attempts(task.id)
        chosen = agent_after(task, attempts, fallback=profile.fallback)
        known = isinstance(settings, ProjectSettings) and settings.profile(chosen) is not None
        return chosen if known else own

    async def _release_all(self) -> None:
        blocked = await asyncio.to_thread(
            self._parts.store.tasks, TaskQuery(statuses=(Status.BLOCKED,), limit=100_000)
        )
        for task in blocked:
            if task.blocked_on in _WAITING:
                await self._release_if_met(task)

    async def _release_startable(self) -> None:
        if not self._reloaded:
            return
        self._reloaded = False
        for task in await find_startable(self._parts):
            await self._submit(task, TaskUnblocked(at=self._parts.clock.now()))

    async def _resume_held(self) -> float | None:
        """Let go on whom a limit held that has ended; return when the next one's does."""
        query = TaskQuery(statuses=(Status.BLOCKED,), limit=100_000)
        blocked = await asyncio.to_thread(self._parts.store.tasks, query)
        now = self._parts.clock.now()
        times = [(resume_time(task), task) for task in blocked if task.resume_at is not None]
        cooling = (limited_agent(task) for at, task in times if at > now)
        self._cooling = frozenset(one for one in cooling if one)
        for at, task in times:
            if at <= now:
                await self._submit(task, TaskUnblocked(at=now))
        return min((at for at, _ in times if at > now), default=None)

    async def _release_dependents(self, ended: Task) -> None:
        find = self._parts.store.tasks
        waiting = list(await asyncio.to_thread(find, TaskQuery(after=ended.id)))
        if ended.parent:
            waiting += await asyncio.to_thread(find, TaskQuery(ids=(ended.parent,)))
        for task in waiting:
            await self._release_if_met(task)

    async def _release_if_met(self, task: Task) -> None:
        if task.status is not Status.BLOCKED or task.blocked_on not in _WAITING:
            return
        if task.blocked_on is BlockedOn.DEPENDENCY:
            met = not await asyncio.to_thread(self._undone, task.after)
        else:
            children = await asyncio.to_thread(self._parts.store.tasks, TaskQuery(parent=task.id))
            met = all(child.status in FINAL and _is_told(task, child) for child in children)
        if met:
            await self._submit(task, TaskUnblocked(at=self._parts.clock.now()))

    async def _submit(
        self, task: Task, event: TaskRouted | TaskBlocked | SlotGranted | TaskUnblocked
    ) -> None:
        try:
            await self._parts.writer.submit(task.id, event)
        except UnexpectedEvent as error:
            # Somebody was faster (stopped it, cancelled it); the next plan sees that.
            log.info("a plan was overtaken", task=task.id, why=str(error))


def _is_told(lead: Task, child: Task) -> bool:
    """Tell whether a task has the news of a child that it filed: its next session begins with it.

    Being told moves the child on, so that this is asked again then.
    """
    told = child.told_word == child.status.value
    return told or child.lead_task != lead.id


def _usage(running: tuple[Task, ...]) -> Usage:
    live = [task for task in running if task.attempt and task.attempt.phase is not Phase.ENDED]
    return Usage(sessions=Counter((task.project_id, task.agent or "") for task in live))


def _no_agent(name: str, settings: ProjectSettings) -> str:
    known = ", ".join(profile.name for profile in settings.agents)
    if not known:
        return "no agent is configured; add an [agents.NAME] table to .orch/config.toml"
    if not name:
        return f"no agent was chosen; set `agent` in .orch/config.toml, or --agent ({known})"
    return f"there is no agent {name}; configured: {known}"
