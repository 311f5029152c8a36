"""A hearing: one judge's session from its start to its end, read and answered, never obeyed."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager, suppress
from dataclasses import dataclass, field

import structlog

from orch.core.ladder import parks
from orch.core.picture import Picture, fold
from orch.core.signs import Sign, SignKind, Source
from orch.core.text import plain
from orch.core.usage import Usage
from orch.engine.nap import nap
from orch.engine.parts import Parts
from orch.ports.agent import End, Keystroke, Reader, Writing
from orch.ports.errors import Permanent, Transient
from orch.ports.session_host import Direction, FactKind, Liveness, Page, SessionState, Stretch

log = structlog.get_logger()

_PAGE_BYTES = 1024 * 1024
_TAIL_BYTES = 512 * 1024
_KEPT_SIGNS = 2000
_CLOSING_S = 20.0
_GRACE_S = 5.0
_LOOK_S = 1.0
_UNKNOWN_S = 5.0
_RECONNECT_S = 0.2
_LAST_WORDS = frozenset({SignKind.SAID, SignKind.FINISHED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """What came of a hearing: its words, how it ended, what it used up.

    `too_long` says that it was ended because its time was up.
    """

    words: str
    end: End
    usage: Usage | None = None
    too_long: bool = False


@dataclass(slots=True)
class Hearing:
    """Reads a session from its first byte on; after a restart it sees the same again."""

    parts: Parts
    session: str
    reader: Reader
    picture: Picture
    _signs: deque[Sign] = field(default_factory=lambda: deque(maxlen=_KEPT_SIGNS))
    _replied: set[str] = field(default_factory=set)
    _refused: set[str] = field(default_factory=set)
    _offset: int = 0
    _serial: int = 0
    _closing_since: float | None = None
    _unknown_since: float | None = None

    async def attend(self, *, timeout_s: float) -> Heard:
        """Attend until the session has ended, or its time is up; then it is ended.

        Raises `Transient` if the host does not answer.
        """
        clock, bell = self.parts.clock, asyncio.Event()
        until = clock.monotonic() + timeout_s
        async with self._ringing(bell):
            while True:
                bell.clear()
                state = await self.parts.sessions.probe(self.session)
                await self._catch_up()
                if state.liveness is Liveness.GONE:
                    return await self._heard(state)
                left_s = until - clock.monotonic()
                if left_s <= 0:
                    ended = await self.parts.sessions.end(self.session, grace_s=_GRACE_S)
                    return await self._heard(ended, too_long=True)
                again_s = await self._unheard(state) or await self._close() or left_s
                await nap(clock, bell, seconds=min(left_s, again_s))

    @asynccontextmanager
    async def _ringing(self, bell: asyncio.Event) -> AsyncIterator[None]:
        follower = asyncio.create_task(self._follow(bell), name=f"hearing {self.session}")
        try:
            yield
        finally:
            follower.cancel()
            await asyncio.gather(follower, return_exceptions=True)

    async def _follow(self, bell: asyncio.Event) -> None:
        while True:
            with suppress(Transient):
                async with aclosing(self.parts.sessions.events()) as facts:
                    async for fact in facts:
                        if fact.kind is FactKind.GAP or fact.session == self.session:
                            bell.set()
            await self.parts.clock.sleep(_RECONNECT_S)

    async def _catch_up(self) -> None:
        """Read what is new, and write what the protocol wants for it, until neither is there."""
        moved = True
        while moved:
            moved = await self._read()
            for reply in self.reader.replies():
                if reply.id not in self._replied:
                    self._replied.add(reply.id)
                    await self._write(Keystroke(reply.data), ref=f"protocol/{reply.id}")
                    moved = True
            for sign in self.picture.open:
                if sign.ref not in self._refused:
                    self._refused.add(sign.ref)
                    await self._refuse(sign)
                    moved = True

    async def _read(self) -> bool:
        moved = False
        while True:
            page = await self._page(self._offset, limit=_PAGE_BYTES)
            for stretch in self._fresh(page):
                moved = True
                for sign in self.reader.read(stretch, at=self.parts.clock.now()):
                    self._signs.append(sign)
                    self.picture = fold(self.picture, sign)
            self._offset = page.offset + len(page.data)
            if self._offset >= page.end or not page.data:
                return moved

    async def _page(self, offset: int, *, limit: int) -> Page:
        try:
            return await self.parts.sessions.read(self.session, offset=offset, limit=limit)
        except Permanent:  # Nothing was ever printed.
            return Page(offset=max(0, offset), data=b"", first=0, end=0)

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

    async def _refuse(self, sign: Sign) -> None:
        """Answer a request: it gets no permission, and nobody is there to ask."""
        denying = next((one.id for one in sign.choices if one.grants is False), "")
        writing = self.reader.answer(sign.ref, choice=denying, text="Nobody is there to answer.")
        log.info("a judge asked, and was refused", session=self.session, what=sign.text[:200])
        await self._say(writing or self.reader.interrupt(), ref=f"refuse/{sign.ref}")

    async def _unheard(self, state: SessionState) -> float | None:
        """End a session that its host has lost sight of: what it says now nobody would hear.

        It is asked anew, which costs less than to wait for a word that can't come.
        """
        now = self.parts.clock.monotonic()
        if state.liveness is not Liveness.UNKNOWN:
            self._unknown_since = None
            return None
        if self._unknown_since is None:
            self._unknown_since = now
        if now - self._unknown_since >= _UNKNOWN_S:
            await self.parts.sessions.end(self.session, grace_s=_GRACE_S)
        return _LOOK_S

    async def _close(self) -> float | None:
        """Have a session end that has said all; return when to look again (None: at news)."""
        limited = self.picture.limited
        is_over = self.picture.is_turn_over or self.picture.finished or self.picture.trouble
        if not is_over and not (limited and parks(limited, now=self.parts.clock.now())):
            return None
        now = self.parts.clock.monotonic()
        if self._closing_since is None:
            self._closing_since = now
            await self._say(self.reader.close(), ref="close")
            return _CLOSING_S
        if now - self._closing_since >= _CLOSING_S:
            await self.parts.sessions.end(self.session, grace_s=_GRACE_S)
            return _LOOK_S
        return self._closing_since + _CLOSING_S - now

    async def _say(self, writing: Writing | None, *, ref: str) -> None:
        for place, stroke in enumerate(writing.strokes if writing else ()):
            await self._write(stroke, ref=f"{ref}/{place}")
            if stroke.pause_s:
                await self.parts.clock.sleep(stroke.pause_s)

    async def _write(self, stroke: Keystroke, *, ref: str) -> None:
        try:
            await self.parts.sessions.write(self.session, stroke.what, message_id=ref)
        except Permanent as error:
            log.info("a judge can't be written to", session=self.session, why=error.reason)

    async def _heard(self, state: SessionState, *, too_long: bool = False) -> Heard:
        await self._catch_up()
        page = await self._page(-_TAIL_BYTES, limit=_TAIL_BYTES)
        printed = plain(page.data)
        said = [one.text for one in self._signs if one.kind in _LAST_WORDS and one.text]
        # What a protocol carries beside its own words (files, results of tools) is others' text.
        is_spoken = any(one.source is Source.PROTOCOL for one in self._signs)
        return Heard(
            words="\n".join(said) if said or is_spoken else printed,
            end=End(
                exit_code=state.exit_code,
                exit_signal=state.exit_signal,
                tail=printed.splitlines(),
                signs=tuple(self._signs),
            ),
            usage=self.picture.usage,
            too_long=too_long,
        )
