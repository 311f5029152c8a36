"""The sight of one session: its bytes, hooks and screen, read into one picture."""

import asyncio
import re
from collections import deque
from collections.abc import Iterable
from pathlib import Path

from orch.core.picture import Picture, begin, fold, grew, matched
from orch.core.settings import AgentProfile
from orch.core.signs import Sign, SignKind, Source
from orch.core.task import Task
from orch.engine.kept import SIGNS
from orch.engine.orders import launch_order
from orch.engine.parts import Parts
from orch.ports.agent import HookRecord, Mode, Reader
from orch.ports.errors import Permanent, Transient
from orch.ports.session_host import Direction, Page, Stretch
from orch.system.spool import read_spool

_PAGE_BYTES = 1024 * 1024
_KEPT_SIGNS = 2000
_LAST_LINES = 6


class Sight:
    """Reads a session from its first byte on; made again after a restart, it sees the same."""

    def __init__(self, parts: Parts, task: Task, *, profile: AgentProfile) -> None:
        """Look at the session of a task's current attempt; nothing is read yet."""
        order = launch_order(parts, task, profile=profile)
        self.mode: Mode = order.mode
        self.reader: Reader = parts.agent_of(profile).reader(order)
        self.picture: Picture = begin(parts.clock.now())
        self.signs: deque[Sign] = deque(maxlen=_KEPT_SIGNS)
        self._parts = parts
        attempt = task.attempt
        self._name = attempt.session if attempt and attempt.session else ""
        n = attempt.n if attempt else 0
        self._name = self._name or f"{task.id}.{n}"
        self._spool = Path(parts.artifacts.path(task.id, n, name=SIGNS))
        self._patterns = tuple(re.compile(one) for one in profile.stuck_text_patterns)
        self._offset, self._noted, self._serial = 0, 0, 0

    async def catch_up(self, *, live: bool = True) -> None:
        """Read all that is new. Raises `Transient` if the host does not answer.

        With `live` the screen is looked at too; that of a session that ended tells nothing.
        """
        await self._read_hooks()
        moved = await self._read_bytes()
        # A hook runs before what it tells of is printed, and some after: look once more.
        await self._read_hooks()
        if live and moved and (self.mode is Mode.TERMINAL or self._patterns):
            await self._look()

    async def _read_hooks(self) -> None:
        while True:
            records, end = await asyncio.to_thread(read_spool, self._spool, self._noted)
            if end == self._noted:
                return
            self._noted = end
            for one in records:
                if not one.malformed:
                    hook = HookRecord(event=one.event, payload=one.payload, at=one.at)
                    self._fold(self.reader.hook(hook))

    async def _read_bytes(self) -> bool:
        moved = False
        while True:
            page = await self._page()
            for stretch in self._fresh(page):
                moved = True
                self._fold(self.reader.read(stretch, at=self._parts.clock.now()))
            self._offset = page.offset + len(page.data)
            if self._offset >= page.end or not page.data:
                return moved

    async def _page(self) -> Page:
        try:
            return await self._parts.sessions.read(
                self._name, offset=self._offset, limit=_PAGE_BYTES
            )
        except Permanent:  # Nothing was ever printed, or it was forgotten.
            return Page(offset=self._offset, data=b"", first=0, end=0)

    def _fresh(self, page: Page) -> list[Stretch]:
        """Pick what was not read before; input on the border of two pages stands in both."""
        if not page.stretches:
            whole = Stretch(direction=Direction.OUT, offset=page.offset, data=page.data)
            return [whole] if page.data else []
        fresh = []
        for stretch in page.stretches:
            if stretch.direction is Direction.IN:
                if stretch.serial <= self._serial:
                    continue
                self._serial = stretch.serial
            fresh.append(stretch)
        return fresh

    async def _look(self) -> None:
        try:
            screen = await self._parts.sessions.screen(self._name)
        except (Permanent, Transient):
            return
        at = self._parts.clock.now()
        self._fold(self.reader.look(screen, at=at))
        self.picture = matched(self.picture, self._stuck_text(screen.text, at=at))

    def _stuck_text(self, text: str, *, at: float) -> Sign | None:
        """Look for a stuck pattern at the end of the screen; further up it may be quoted."""
        lines = [line.strip() for line in text.splitlines() if line.strip()]
        shown = "\n".join(lines[-_LAST_LINES:])
        for pattern in self._patterns:
            if found := pattern.search(shown):
                return Sign(
                    kind=SignKind.TROUBLE, source=Source.SCREEN, at=at, text=found.group()[:200]
                )
        return None

    def note_output(self, at: float) -> None:
        """Note that it printed."""
        self.picture = grew(self.picture, at)

    def note(self, sign: Sign) -> None:
        """Add what was seen by other means."""
        self._fold((sign,))

    def _fold(self, signs: Iterable[Sign]) -> None:
        for sign in signs:
            self.signs.append(sign)
            self.picture = fold(self.picture, sign)
