"""Warm workspaces: kept ready in the background, made again when one was taken."""

import asyncio

import structlog

from orch.core.effects import PrepareWorkspace
from orch.engine.parts import Parts
from orch.engine.piece import Piece
from orch.engine.workspaces import workspace_settings
from orch.ports.errors import Permanent, Transient

log = structlog.get_logger()


class Warm:
    """Refills each project's stock at the start and after a workspace was taken."""

    def __init__(self, parts: Parts) -> None:
        """Refill with these parts."""
        self._parts = parts
        self._bell = asyncio.Event()
        self._bell.set()

    def hear(self, piece: Piece) -> None:
        """Note that an attempt has its workspace, so the stock may be one short."""
        if any(done.endswith(f"/{PrepareWorkspace.__name__}") for done in piece.finished):
            self._bell.set()

    def wake(self) -> None:
        """Look again, because the configuration may have changed."""
        self._bell.set()

    async def run(self) -> None:
        """Refill whenever a workspace was taken, until cancelled."""
        self._parts.writer.listen(self.hear)
        while True:
            await self._bell.wait()
            self._bell.clear()
            for project in await asyncio.to_thread(self._parts.registry.projects):
                try:
                    settings = await self._parts.settings(project)
                    wanted = workspace_settings(settings.workspace)
                    if wanted.warm:
                        base = settings.landing.base_branch
                        await self._parts.workspaces.refill(project, base=base, settings=wanted)
                except (Permanent, Transient) as error:
                    log.warning("no warm workspaces", project=project.name, why=error.reason)
