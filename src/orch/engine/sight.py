"""The sight of one session: its bytes, hooks and screen, read into one picture."""

import asyncio
import re
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from orch.core.picture import Picture, begin, fold, grew, matched, shifted
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
_ONCE_MORE_S = 2.0
"""A screen is looked at once more after it has been quiet for so long."""

_JUMP_S = 1.0
"""A clock is set by more than this; what is less is drift, and added up."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """A moment in what a session shows, to tell what came after it.

    `count` is how many signs had been read. Where a daemon that is gone was there in its stead
    there is none; then hooks count by their time, all else by its `offset` in the transcript.
    """

    at: float
    offset: float
    count: int | None = None

    def precedes(self, sign: Sign, *, number: int, offset: float) -> bool:
        """Tell whether a sign came after this moment."""
        if self.count is not None:
            return number > self.count
        return sign.at >= self.at if sign.source is Source.HOOK else offset > self.offset


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
        self._places: deque[tuple[int, float]] = deque(maxlen=_KEPT_SIGNS)
        self._count, self._ahead_s = 0, self._ahead()
        self._offset, self._noted, self._serial = 0, 0, 0
        self._look_at: float | None = None

    async def catch_up(self, *, live: bool = True) -> None:
        """Read all that is new. Raises `Transient` if the host does not answer.

        With `live` the screen is looked at too; that of a session that ended tells nothing.
        """
        self.keep_time()
        await self._read_hooks()
        moved = await self._read_bytes()
        # A hook runs before what it tells of is printed, and some after: look once more.
        await self._read_hooks()
        if live and (self.mode is Mode.TERMINAL or self._patterns):
            await self._look_at_screen(moved=moved)

    @property
    def again_at(self) -> float | None:
        """Say when to look at the screen once more although nothing has moved; None if never."""
        if self._look_at is None:
            return None
        clock = self._parts.clock
        return clock.now() + max(0.0, self._look_at - clock.monotonic())

    async def _look_at_screen(self, *, moved: bool) -> None:
        """Look where something moved, and once more when it rests.

        The first look may have failed, or have come while a dialog was still drawn: then nothing
        would ever move again.
        """
        now = self._parts.clock.monotonic()
        due = self._look_at is not None and now >= self._look_at
        if not moved and not due:
            return
        self._look_at = now + _ONCE_MORE_S if moved else None
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
                    self._fold(self.reader.hook(hook), offset=self._offset)

    async def _read_bytes(self) -> bool:
        moved = False
        while True:
            page = await self._page()
            for stretch in self._fresh(page):
                moved = True
                signs = self.reader.read(stretch, at=self._parts.clock.now())
                self._fold(signs, offset=stretch.offset + len(stretch.data))
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
        except Transient:
            self._look_at = self._parts.clock.monotonic() + _ONCE_MORE_S
            return
        except Permanent:
            return
        at = self._parts.clock.now()
        self._fold(self.reader.look(screen, at=at), offset=screen.offset)
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
        """Note that it printed; a time that is still to come is one of a clock set back."""
        self.keep_time()
        self.picture = grew(self.picture, min(at, self._parts.clock.now()))

    def note(self, sign: Sign) -> None:
        """Add what was seen by other means."""
        self.keep_time()
        self._fold((sign,), offset=self._offset)

    def mark(self) -> Mark:
        """Mark this moment."""
        return Mark(at=self._parts.clock.now(), offset=self._offset, count=self._count)

    def after(self, mark: Mark) -> Iterator[Sign]:
        """List the signs that came after a moment, the newest first."""
        for sign, (number, offset) in zip(
            reversed(self.signs), reversed(self._places), strict=True
        ):
            if mark.precedes(sign, number=number, offset=offset):
                yield sign

    def _fold(self, signs: Iterable[Sign], *, offset: float) -> None:
        now = self._parts.clock.now()
        for one in signs:
            # A hook that ran before the clock was set back tells a time that is still to come.
            sign = one if one.at <= now else replace(one, at=now)
            self._count += 1
            self.signs.append(sign)
            self._places.append((self._count, offset))
            self.picture = fold(self.picture, sign)

    def _ahead(self) -> float:
        return self._parts.clock.now() - self._parts.clock.monotonic()

    def keep_time(self) -> None:
        """Take note of a clock that was set: what has been seen is as old as it was before."""
        set_by_s = self._ahead() - self._ahead_s
        if abs(set_by_s) > _JUMP_S:
            self._ahead_s += set_by_s
            self.picture = shifted(self.picture, set_by_s)
