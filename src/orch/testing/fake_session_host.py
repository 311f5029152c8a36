"""A session host in memory, under the same contract as the real one; its programs are puppets."""

import asyncio
import itertools
import shutil
import time
from collections.abc import AsyncGenerator, Callable, Coroutine, Sequence
from pathlib import Path
from typing import Any

from orch.ports.errors import Permanent, Transient
from orch.ports.session_host import (
    Delivery,
    EndOfInput,
    Fact,
    FactKind,
    Liveness,
    Page,
    Resize,
    Screen,
    SessionSpec,
    SessionState,
    Signal,
)
from orch.session_server.news import News
from orch.testing.fake_session import FakeSession, play_puppet

Play = Callable[[FakeSession], Coroutine[Any, Any, None]]


class FakeSessionHost:
    """Implements `SessionHost` without a process.

    `play` is what every started program does; by default the puppets of `orch.testing.puppets`
    are understood, and any other program just runs until it is ended. A test may take the
    strings itself: `host.session("t1.1").print(b"hi")`, `.exit(0)`, `.lose()`. While `is_away`
    is set every call raises `Transient`. `starts` counts the programs started.
    """

    def __init__(self, play: Play = play_puppet) -> None:
        self._play = play
        self._news = News()
        self._sessions: dict[str, FakeSession] = {}
        self._playing: dict[str, asyncio.Task[None]] = {}
        self._pids = itertools.count(1_000_001)
        self.is_away = False
        self.starts = 0

    def session(self, name: str) -> FakeSession:
        """Return the strings of a session. Raises `Permanent` if there is none."""
        if self.is_away:
            raise Transient("the host does not answer")
        if name not in self._sessions:
            raise Permanent(f"there is no session {name} here")
        return self._sessions[name]

    async def start(self, spec: SessionSpec) -> SessionState:
        """Start a session, or find it."""
        if spec.name not in self._sessions or self.is_away:
            return self._start(spec)
        found = self._sessions[spec.name]
        if found.spec.token != spec.token:
            raise Permanent(f"the name {spec.name} belongs to another token")
        return found.state

    def _start(self, spec: SessionSpec) -> SessionState:
        if self.is_away:
            raise Transient("the host does not answer")
        if shutil.which(spec.argv[0]) is None or not Path(spec.cwd).is_dir():
            raise Permanent(f"{spec.argv[0]} can't be started in {spec.cwd}", remedy="check both")
        state = SessionState(
            name=spec.name,
            liveness=Liveness.ALIVE,
            how="the fake runs it",
            token=spec.token,
            stdio=spec.stdio,
            boot_id="fake",
            pid=next(self._pids),
            start_time=1,
            started_at=time.time(),
            rows=spec.rows,
            cols=spec.cols,
        )
        session = self._sessions[spec.name] = FakeSession(spec, state, self._news)
        self.starts += 1
        self._news.tell("started", spec.name)
        if spec.stdin is not None:
            session.take(spec.stdin, message_id="")
            if spec.stdio == "pipes":
                session.take(EndOfInput(), message_id="")
        self._playing[spec.name] = asyncio.get_running_loop().create_task(self._play(session))
        return session.state

    async def probe(self, name: str) -> SessionState:
        """Tell what is known of a session."""
        if name in self._sessions or self.is_away:
            return self.session(name).state
        return SessionState(name=name, liveness=Liveness.GONE, how="it was never started here")

    async def list(self) -> Sequence[SessionState]:
        """List the sessions."""
        return tuple(self.session(name).state for name in self._sessions)

    async def read(self, name: str, *, offset: int, limit: int) -> Page:
        """Read what was printed."""
        return self.session(name).page(offset=offset, limit=limit)

    async def screen(self, name: str) -> Screen:
        """Render the last lines, as if nothing but text were printed."""
        session = self.session(name)
        lines = session.output.decode(errors="replace").replace("\r\n", "\n").split("\n")
        shown = lines[-max(1, session.state.rows) :]
        return Screen(
            text="\n".join(shown).rstrip("\n"),
            rows=session.state.rows,
            cols=session.state.cols,
            cursor_row=len(shown) - 1,
            cursor_col=len(shown[-1]),
            offset=len(session.output),
        )

    async def write(
        self, name: str, what: bytes | Signal | Resize | EndOfInput, *, message_id: str = ""
    ) -> Delivery:
        """Write to a session."""
        return self.session(name).take(what, message_id=message_id)

    async def end(self, name: str, *, grace_s: float, forget: bool = False) -> SessionState:
        """End a session; the fake waits for no grace."""
        del grace_s
        if name not in self._sessions and not self.is_away:
            return await self.probe(name)
        session = self.session(name)
        session.end()
        await self._stop(name)
        if forget:
            del self._sessions[name]
        return session.state

    async def events(self, *, after: str = "") -> AsyncGenerator[Fact, None]:
        """Follow the news."""
        seq, has_gap = self._news.place(after)
        bell = asyncio.Event()
        self._news.listen(bell.set)
        try:
            if has_gap:
                yield Fact(session="", kind=FactKind.GAP, at=time.time(), cursor=self._cursor(seq))
            while True:
                bell.clear()
                for one in self._news.since(seq):
                    seq = one.seq
                    yield Fact(
                        session=one.session,
                        kind=FactKind(one.kind),
                        at=one.at,
                        offset=one.offset,
                        cursor=self._cursor(seq),
                        detail=one.detail,
                    )
                await bell.wait()
        finally:
            self._news.leave(bell.set)

    async def close(self) -> None:
        """Stop playing."""
        for name in tuple(self._playing):
            await self._stop(name)
            self._news.forget(name)

    async def _stop(self, name: str) -> None:
        playing = self._playing.pop(name, None)
        if playing is not None:
            playing.cancel()
            await asyncio.gather(playing, return_exceptions=True)

    def _cursor(self, seq: int) -> str:
        return f"{self._news.epoch}:{seq}"
