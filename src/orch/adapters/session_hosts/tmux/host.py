"""The session host that runs terminals in windows of tmux."""

import asyncio
import time
from collections.abc import AsyncGenerator, Sequence

from orch.adapters.session_hosts.tmux.ending import bring_to_end
from orch.adapters.session_hosts.tmux.panes import capture
from orch.adapters.session_hosts.tmux.program import Tmux
from orch.adapters.session_hosts.tmux.session import Session, unheard_of
from orch.adapters.session_hosts.tmux.sessions import Sessions, in_words
from orch.adapters.session_hosts.tmux.talking import resize_window, send_signal, type_message
from orch.ports.errors import Permanent
from orch.ports.session_host import (
    Delivery,
    EndOfInput,
    Fact,
    FactKind,
    Page,
    Resize,
    Screen,
    SessionSpec,
    SessionState,
    Signal,
)
from orch.system.paths import Home


class TmuxSessionHost:
    """Implements `SessionHost` for terminals; pipes are refused.

    Windows, recorders and records outlive this object: another one of the same home goes on with
    them. What runs is asked of tmux and of the kernel each time, never remembered.
    """

    def __init__(self, home: Home, tmux: Tmux) -> None:
        self.tmux = tmux
        self._sessions = Sessions(home, tmux)

    async def start(self, spec: SessionSpec) -> SessionState:
        """Start a session, or find it."""
        await self._sessions.open()
        await self._sessions.start(spec)
        return await self.probe(spec.name)

    async def probe(self, name: str) -> SessionState:
        """Tell what is known of a session."""
        session = await self._find(name)
        return (await self._sessions.judge([session]))[0] if session else unheard_of(name)

    async def list(self) -> Sequence[SessionState]:
        """List the sessions."""
        await self._sessions.open()
        return await self._sessions.judge(tuple(self._sessions))

    async def read(self, name: str, *, offset: int, limit: int) -> Page:
        """Read a transcript."""
        session = await self._get(name)
        return await asyncio.to_thread(session.kept.read, offset, limit)

    async def screen(self, name: str) -> Screen:
        """Show what tmux shows, or showed last."""
        session = await self._get(name)
        if not session.over.is_set():
            with in_words():
                pane = session.pane_among(await self._sessions.panes() or {})
                if pane is not None:
                    return await capture(self.tmux, pane.id, offset=session.kept.end())
        size = {"rows": session.record.rows, "cols": session.record.cols}
        return await asyncio.to_thread(session.kept.last_screen, **size)

    async def write(
        self, name: str, what: bytes | Signal | Resize | EndOfInput, *, message_id: str = ""
    ) -> Delivery:
        """Write to a session, signal or resize it."""
        session = await self._get(name)
        if isinstance(what, EndOfInput):
            raise Permanent(f"{name} has a terminal, whose input has no end: send it the keys")
        if session.over.is_set() or not session.lives:
            raise Permanent(f"{name} has ended")
        if isinstance(what, Signal):
            return send_signal(session, what.number)
        async with session.busy:
            with in_words():
                if isinstance(what, Resize):
                    return await resize_window(session, self.tmux, size=what)
                return await type_message(session, self.tmux, data=what, message_id=message_id)

    async def end(self, name: str, *, grace_s: float, forget: bool = False) -> SessionState:
        """End a session and prove it."""
        session = await self._find(name)
        if session is None:
            return unheard_of(name)
        await bring_to_end(session, grace_s=grace_s)
        (state,) = await self._sessions.judge([session])
        if forget and session.over.is_set() and not session.record.left:
            self._sessions.forget(session)
        return state

    async def events(self, *, after: str = "") -> AsyncGenerator[Fact, None]:
        """Follow the news."""
        await self._sessions.open()
        news, bell = self._sessions.news, asyncio.Event()
        seq, has_gap = news.place(after)
        news.listen(bell.set)
        try:
            if has_gap:
                cursor = f"{news.epoch}:{seq}"
                yield Fact(session="", kind=FactKind.GAP, at=time.time(), cursor=cursor)
            while True:
                bell.clear()
                for fact in news.since(seq):
                    seq = fact.seq
                    yield Fact(
                        session=fact.session,
                        kind=FactKind(fact.kind),
                        at=fact.at,
                        offset=fact.offset,
                        cursor=f"{news.epoch}:{seq}",
                        detail=fact.detail,
                    )
                await bell.wait()
        finally:
            news.leave(bell.set)

    async def knows(self, name: str) -> bool:
        """Tell whether a session of this name was started here."""
        return await self._find(name) is not None

    async def close(self) -> None:
        """Stop watching; the windows and their programs stay."""
        await self._sessions.close()

    async def _find(self, name: str) -> Session | None:
        await self._sessions.open()
        return self._sessions.find(name)

    async def _get(self, name: str) -> Session:
        session = await self._find(name)
        if session is None:
            raise Permanent(f"there is no session {name} here")
        return session
