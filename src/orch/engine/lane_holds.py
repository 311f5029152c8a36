"""Lanes that stand still: because somebody paused them, or because an invariant does not hold."""

import asyncio
from dataclasses import dataclass, replace
from typing import Final

import structlog

from orch.core.project import LaneHold, Project
from orch.engine.parts import Parts
from orch.engine.piece import Piece
from orch.ports.store import Fact

log = structlog.get_logger()

ORCH: Final = "orch"
"""Who holds a lane after a landing that is not as it must be."""

HELD, RELEASED = "LanePaused", "LaneResumed"
"""The kinds of events that tell of it in the history."""


@dataclass(frozen=True, slots=True)
class LaneHolds:
    """Holds lanes, and lets them go on; a hold outlives the daemon.

    `changing` is held by whoever changes a project's row.
    """

    parts: Parts
    changing: asyncio.Lock

    async def hold(self, project_id: str, target: str, *, why: str, by: str) -> None:
        """Let a lane begin nothing; a hold that is there stays as it is, unless orch has cause."""
        async with self.changing:
            project = await asyncio.to_thread(self.parts.project, project_id)
            if project.hold(target) is not None and by != ORCH:
                return
            hold = LaneHold(target=target, why=why, by=by, at=self.parts.clock.now())
            await self._save(project, (*_others(project, target), hold))
            await self._tell(project, HELD, target=target, actor=by, reason=why)
        if by == ORCH:
            log.critical("an invariant of landing does not hold", lane=target, what=why)

    async def release(self, project_id: str, target: str, *, by: str) -> bool:
        """Let a lane go on; False if nothing held it."""
        async with self.changing:
            project = await asyncio.to_thread(self.parts.project, project_id)
            if project.hold(target) is None:
                return False
            await self._save(project, _others(project, target))
            await self._tell(project, RELEASED, target=target, actor=by)
        return True

    async def _save(self, project: Project, holds: tuple[LaneHold, ...]) -> None:
        await asyncio.to_thread(self.parts.registry.save_project, replace(project, holds=holds))

    async def _tell(
        self, project: Project, kind: str, *, target: str, actor: str, reason: str = ""
    ) -> None:
        at = self.parts.clock.now()
        data: dict[str, object] = {"target": target, **({"reason": reason} if reason else {})}
        fact = Fact(project_id=project.id, kind=kind, at=at, actor=actor, data=data)
        await self.parts.writer.transact(lambda _: Piece(facts=(fact,)))


def _others(project: Project, target: str) -> tuple[LaneHold, ...]:
    return tuple(hold for hold in project.holds if hold.target != target)
