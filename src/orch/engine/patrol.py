"""Patrol: pauses a project whose tasks fail in a row; who resumes it has the last word."""

import asyncio
from collections.abc import Mapping
from dataclasses import replace

import structlog

from orch.core.patrol import KINDS, Seen, reason, should_pause
from orch.core.project import Project
from orch.engine.parts import Parts
from orch.engine.piece import Piece
from orch.ports.errors import Permanent
from orch.ports.store import EventQuery, Fact

log = structlog.get_logger()

PAUSED, RESUMED = "ProjectPaused", "ProjectResumed"
"""The kinds of events that tell of it in the history."""

_LOOK_BACK = 2000


class Patrol:
    """Looks at a project's history whenever a task of it has ended, and at the start.

    Pausing and resuming go through it one after the other, so that a look which began before
    somebody resumed can't pause again what they resumed.
    """

    def __init__(self, parts: Parts) -> None:
        """Patrol with these parts."""
        self._parts = parts
        self._bell = asyncio.Event()
        self._due: set[str] = set()
        self.changing = asyncio.Lock()
        """Held by whoever changes a project's row, which is read and written as a whole."""

    def hear(self, piece: Piece) -> None:
        """Note that a task may have ended badly."""
        for fact in piece.facts:
            if fact.event is not None and type(fact.event).__name__ in KINDS:
                self._due.add(fact.project_id)
                self._bell.set()

    async def run(self) -> None:
        """Look at every project, then at those in which something ended, until cancelled."""
        self._parts.writer.listen(self.hear)
        await self.look_at_all()
        while True:
            await self._bell.wait()
            self._bell.clear()
            due, self._due = self._due, set()
            for project_id in due:
                await self.look(project_id)

    async def look_at_all(self) -> None:
        """Have every project looked at, because a limit may have changed."""
        for project in await asyncio.to_thread(self._parts.registry.projects):
            self._due.add(project.id)
        self._bell.set()

    async def look(self, project_id: str) -> None:
        """Pause a project if so many of its tasks failed in a row since it was last resumed."""
        async with self.changing:
            project = await self._find(project_id)
            if project is None or project.paused:
                return
            try:
                most = (await self._parts.settings(project)).limits.patrol_failures
            except Permanent:
                return  # Nothing starts without a configuration anyway.
            failed = should_pause(await self._history(project), most=most)
            if failed:
                await self._pause(project, actor="orch", why=reason(failed))

    async def pause(self, project_id: str, *, actor: str) -> None:
        """Start nothing new in a project because somebody says so; harmless if done again."""
        async with self.changing:
            project = await self._find(project_id)
            if project is not None and not project.paused:
                await self._pause(project, actor=actor, why="")

    async def resume(self, project_id: str, *, actor: str) -> None:
        """Let a project go on; what failed until now never counts again."""
        async with self.changing:
            project = await self._find(project_id)
            if project is None:
                return
            await self._tell(project, RESUMED, actor=actor, why="")
            # The fact just written is the newest event, or an older one than that.
            resumed = replace(
                project, paused=False, paused_why="", resumed_after=self._parts.writer.seq
            )
            await asyncio.to_thread(self._parts.registry.save_project, resumed)

    async def _pause(self, project: Project, *, actor: str, why: str) -> None:
        paused = replace(project, paused=True, paused_why=why, paused_at=self._parts.clock.now())
        await asyncio.to_thread(self._parts.registry.save_project, paused)
        # Behind it, so that who hears of it finds it so.
        await self._tell(project, PAUSED, actor=actor, why=why)
        if why:
            log.warning("project paused", project=project.name, why=why)

    async def _tell(self, project: Project, kind: str, *, actor: str, why: str) -> None:
        at = self._parts.clock.now()
        data: dict[str, object] = {"reason": why} if why else {}
        fact = Fact(project_id=project.id, kind=kind, at=at, actor=actor, data=data)
        await self._parts.writer.transact(lambda _: Piece(facts=(fact,)))

    async def _find(self, project_id: str) -> Project | None:
        projects = await asyncio.to_thread(self._parts.registry.projects)
        return next((project for project in projects if project.id == project_id), None)

    async def _history(self, project: Project) -> list[Seen]:
        query = EventQuery(
            after=project.resumed_after,
            project_id=project.id,
            kinds=KINDS,
            limit=_LOOK_BACK,
            last=True,
        )
        found = await asyncio.to_thread(self._parts.store.events, query)
        return [
            Seen(
                event.task_id or "",
                event.kind,
                str(event.data.get("status", "")),
                awaited_ruling(event.data),
            )
            for event in found
        ]


def awaited_ruling(data: Mapping[str, object]) -> str:
    """Return what a judge said, by the data of its event; "" if nobody waited for it."""
    judgement = data.get("judgement") if data.get("required", True) else None
    return str(judgement.get("ruling", "")) if isinstance(judgement, Mapping) else ""
