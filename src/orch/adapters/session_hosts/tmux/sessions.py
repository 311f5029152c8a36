"""All sessions of the tmux host: started once, found by name, remembered until forgotten."""

import asyncio
from collections import defaultdict
from collections.abc import Coroutine, Iterator, Sequence
from contextlib import contextmanager, suppress

from orch.adapters.session_hosts.tmux.bell import BellSocket, Ring
from orch.adapters.session_hosts.tmux.birth import Birth
from orch.adapters.session_hosts.tmux.ending import bring_to_end, watch
from orch.adapters.session_hosts.tmux.kept import Kept, load
from orch.adapters.session_hosts.tmux.panes import Pane, look
from orch.adapters.session_hosts.tmux.program import NoServer, NoTarget, Silent, Tmux
from orch.adapters.session_hosts.tmux.session import Session, describe, failure, judge
from orch.adapters.session_hosts.tmux.talking import type_message
from orch.ports.errors import Permanent, Transient
from orch.ports.session_host import Liveness, SessionSpec, SessionState
from orch.session_server.bounding import keep_within
from orch.session_server.censuses import Censuses
from orch.session_server.launch import check, draft, recover_identity
from orch.session_server.news import News
from orch.session_server.values import Record, Refused, Spec
from orch.system.bounds import pin
from orch.system.paths import Home


class Sessions:
    """The one place where sessions begin; each live one has a task that waits for its end."""

    def __init__(self, home: Home, tmux: Tmux) -> None:
        self._home, self._tmux = home, tmux
        self._bell_path = home.sockets / "tmux-news.sock"
        self._birth = Birth(home, tmux, self._bell_path)
        self.news = News()
        self._censuses = Censuses()
        self._all: dict[str, Session] = {}
        self._starting: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._tasks: set[asyncio.Task[None]] = set()
        self._bell: BellSocket | None = None
        self._opening = asyncio.Lock()

    async def open(self) -> None:
        """Remember what is on disk, once, and go on with what lives."""
        async with self._opening:
            if self._bell is not None:
                return
            self._bell = BellSocket(self._bell_path, self._hear)
            for kept, record in load(self._home.tmux_sessions):
                if record.phase != "starting" or await self._adopt(record, kept):
                    self._follow(record, kept)
            if self._live:
                await self._mend()

    async def close(self) -> None:
        """Stop watching; windows and programs stay."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._bell is not None:
            self._bell.close()
            self._bell = None

    def __iter__(self) -> Iterator[Session]:
        """Iterate, the oldest first."""
        return iter(tuple(self._all.values()))

    def find(self, name: str) -> Session | None:
        """Return a session by its name."""
        return self._all.get(name)

    def forget(self, session: Session) -> None:
        """Let go of a session that has ended."""
        self._all.pop(session.name, None)
        self._starting.pop(session.name, None)
        self.news.forget(session.name)
        session.kept.remove()

    async def start(self, spec: SessionSpec) -> None:
        """Start a session, unless there is one. Raises `Permanent` and `Transient`."""
        async with self._starting[spec.name]:
            known = self._all.get(spec.name)
            if known is None:
                await self._start(spec)
            elif known.record.token != spec.token:
                raise Permanent(
                    f"the name {spec.name} belongs to another token: this order is fenced off"
                )

    async def judge(self, sessions: Sequence[Session]) -> tuple[SessionState, ...]:
        """Say of each what is known; where tmux is silent, that nothing is."""
        panes: dict[int, Pane] | None = None
        if any(not session.over.is_set() for session in sessions):
            try:
                panes = await self.panes()
            except Silent as why:
                return tuple(self._unknown(session, str(why)) for session in sessions)
        return tuple(judge(session, panes, tmux=self._tmux) for session in sessions)

    async def panes(self) -> dict[int, Pane] | None:
        """Return all panes, None where no server is running. Raises `Silent`."""
        try:
            return await look(self._tmux)
        except NoServer:
            return None

    @property
    def _live(self) -> list[Session]:
        return [session for session in self if not session.over.is_set()]

    def _unknown(self, session: Session, why: str) -> SessionState:
        if session.over.is_set():
            return judge(session, None, tmux=self._tmux)
        return describe(session, Liveness.UNKNOWN, how=why, pane=None)

    async def _start(self, spec: SessionSpec) -> None:
        wanted = _checked(spec)
        await self._birth.check_program()
        self._birth.check_place(spec)
        record, kept = (
            draft(wanted, home=self._home),
            Kept(self._home.tmux_sessions / spec.name),
        )
        kept.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        # First the record, then the window: what a dead daemon started can always be found.
        if why := kept.save(record):
            raise Transient(f"{spec.name} was not started: it can't be recorded: {why}")
        try:
            with in_words():
                await self._birth.begin(spec, record, kept=kept)
        except BaseException:
            await asyncio.shield(self._call_off(record, kept))
            raise
        if record.pid is not None:
            pin(record.pid, cpu=spec.cpu)
        self.news.tell("started", spec.name)
        session = self._follow(record, kept)
        if spec.stdin:
            with in_words():
                await type_message(session, self._tmux, data=spec.stdin)

    async def _call_off(self, record: Record, kept: Kept) -> None:
        """Leave nothing of a start that failed, however far it had come."""
        recover_identity(record)
        session = Session(record, kept, censuses=self._censuses)
        if session.identity is not None:
            await bring_to_end(session, grace_s=0.0, is_noted=False)
        self._birth.forget(record)
        kept.remove()

    async def _adopt(self, record: Record, kept: Kept) -> bool:
        """Go on with a start that a dead daemon left half done; False if nothing had begun."""
        recover_identity(record)
        session = Session(record, kept, censuses=self._censuses)
        if not session.lives:
            await self._call_off(record, kept)
            return False
        record.phase = "running"
        session.save()
        return True

    def _follow(self, record: Record, kept: Kept) -> Session:
        session = self._all[record.name] = Session(record, kept, censuses=self._censuses)
        if not session.over.is_set():
            self._begin(watch(session, tmux=self._tmux, news=self.news))
            self._begin(keep_within(session))
        return session

    def _begin(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _mend(self) -> None:
        """Let what is not recorded be recorded: a start half done, a recorder that died."""
        # Whoever asks for a session is told of tmux's troubles; ends are seen in any case.
        with suppress(NoServer, NoTarget, Silent):
            panes = await look(self._tmux)
            for session in self._live:
                pane = session.pane_among(panes) if session.lives else None
                if pane is not None and not pane.is_dead and not session.is_recorded(pane):
                    await self._birth.record(session.record, pane.id, kept=session.kept)

    def _hear(self, ring: Ring) -> None:
        session = self._all.get(ring.session)
        if session is None or session.over.is_set():
            return
        match ring.kind:
            case "lost":
                self.news.tell("lost", session.name, offset=session.kept.end(), detail=ring.why)
            case "closed":
                self._begin(self._miss(session))
            case _:
                self.news.grew(session.name, session.kept.end)

    async def _miss(self, session: Session) -> None:
        """See whether a pane was closed whose program lives on: whoever asks is told so."""
        with suppress(Silent):
            panes = await self.panes() if session.lives else None
            if session.lives and session.pane_among(panes or {}) is None:
                self.news.tell("gap", "")


def _checked(spec: SessionSpec) -> Spec:
    """Put an order into the session server's words, which judge it. Raises `Permanent`."""
    if spec.stdio != "pty":
        raise Permanent(f"{spec.name}: tmux has terminals only, no {spec.stdio}")
    wanted = Spec(
        name=spec.name,
        argv=spec.argv,
        cwd=spec.cwd,
        env=spec.env,
        token=spec.token,
        rows=spec.rows,
        cols=spec.cols,
        transcript_cap_bytes=spec.transcript_cap_bytes,
        reap=spec.reap,
        memory_bytes=spec.memory_bytes,
        processes=spec.processes,
        cpu=spec.cpu,
    )
    try:
        check(wanted)
    except Refused as refusal:
        raise failure(refusal) from refusal
    return wanted


@contextmanager
def in_words() -> Iterator[None]:
    """Tell what tmux did not do in the words of the port: later it may."""
    try:
        yield
    except (NoServer, NoTarget, Silent) as error:
        raise Transient(str(error)) from error
