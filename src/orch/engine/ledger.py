"""The ledger: what each project's attempts have spent, read once and kept by the writer's news."""

import asyncio

from orch.core.attempt import Attempt
from orch.core.budget import Bill, Room, has_caps, room
from orch.core.settings import ProjectSettings
from orch.core.task import Task
from orch.engine.parts import Parts
from orch.engine.piece import Piece


class Ledger:
    """Knows what was spent without asking the store at every step."""

    def __init__(self, parts: Parts) -> None:
        """Know nothing yet; a project is read when it is first asked for."""
        self._parts = parts
        self._books: dict[str, dict[tuple[str, int], Attempt]] = {}

    def start(self) -> None:
        """Listen to what changes."""
        self._parts.writer.listen(self._hear)

    def _hear(self, piece: Piece) -> None:
        for task in piece.tasks:
            book = self._books.get(task.project_id)
            if book is not None and task.attempt is not None:
                book[task.id, task.attempt.n] = task.attempt

    async def room(self, task: Task, settings: ProjectSettings) -> Room:
        """Say which cap forbids that a task is worked on now, or when time alone will."""
        if not has_caps(settings.caps):
            return Room()
        bills, mine = await self._bills(task, settings)
        return room(bills, mine, caps=settings.caps, now=self._parts.clock.now())

    async def _bills(self, task: Task, settings: ProjectSettings) -> tuple[list[Bill], Bill]:
        book = await self._book(task.project_id)
        prices = {profile.name: profile.price for profile in settings.agents}
        bills = [Bill(name, one, prices.get(one.agent)) for (name, _), one in book.items()]
        running = task.attempt if task.attempt and not task.attempt.is_over else None
        if running is None:
            # Nothing of it runs: it may only begin where its scopes have room.
            fresh = Attempt(
                n=0,
                agent=task.agent or "",
                host_id="",
                worker="",
                token="",
                started_at=self._parts.clock.now(),
            )
            return bills, Bill(task.id, fresh)
        return bills, Bill(task.id, running, prices.get(running.agent))

    async def _book(self, project_id: str) -> dict[tuple[str, int], Attempt]:
        if project_id not in self._books:
            book: dict[tuple[str, int], Attempt] = {}
            # Registered first, so that what is written meanwhile is newer than what is read.
            self._books[project_id] = book
            tried = await asyncio.to_thread(self._parts.store.tried, project_id)
            for task_id, attempt in tried:
                book.setdefault((task_id, attempt.n), attempt)
        return self._books[project_id]
