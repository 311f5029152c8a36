"""All sessions of a server: started once, found by name, remembered until they are forgotten."""

import asyncio
import shutil
from collections.abc import Callable, Coroutine, Iterator, Mapping
from functools import partial

from orch.session_server.bounding import keep_within
from orch.session_server.censuses import Censuses
from orch.session_server.children import Children, Exit
from orch.session_server.ending import bring_to_end, find_out, note_exit, settle
from orch.session_server.launch import check, draft, launch, recover_identity
from orch.session_server.news import News
from orch.session_server.record import load_all, save
from orch.session_server.screens import Screens
from orch.session_server.session import Session, Surroundings
from orch.session_server.values import Handover, Record, Refused, Spec
from orch.system.bounds import free_score
from orch.system.paths import Home


class Sessions:
    """The one place where sessions begin; `when_quiet` is called when none is live any more."""

    def __init__(self, home: Home, news: News, *, when_quiet: Callable[[], None]) -> None:
        self._home = home
        self.news = news
        self.children = Children()
        self._around = Surroundings(Screens(), news, Censuses())
        self._when_quiet = when_quiet
        self._all: dict[str, Session] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def __iter__(self) -> Iterator[Session]:
        """Iterate, the oldest first."""
        return iter(tuple(self._all.values()))

    @property
    def live(self) -> list[Session]:
        """Those of which something may still come."""
        return [session for session in self if not session.over.is_set()]

    def find(self, name: str) -> Session | None:
        """Return a session by its name."""
        return self._all.get(name)

    def get(self, name: str) -> Session:
        """Return a session by its name. Raises `Refused` if there is none."""
        session = self._all.get(name)
        if session is None:
            raise Refused(f"there is no session {name} here")
        return session

    def start(self, spec: Spec) -> Session:
        """Start a session, or return the one that has the name. Raises `Refused`."""
        session = self._all.get(spec.name)
        if session is None:
            return self._start(spec)
        if session.record.token != spec.token:
            raise Refused(
                f"the name {spec.name} belongs to another token: this order is fenced off"
            )
        return session

    def _start(self, spec: Spec) -> Session:
        check(spec)
        record, folder = draft(spec, home=self._home), self._home.session(spec.name)
        record.score = free_score(session.record.score for session in self.live)
        # First the record, then the process: what a dead server started can always be found.
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if why := save(folder, record):
            raise Refused(
                f"{spec.name} was not started: it can't be recorded: {why}", transient=True
            )
        try:
            handles = launch(spec, record, home=self._home)
        except Refused:
            shutil.rmtree(folder, ignore_errors=True)
            raise
        session = self._all[spec.name] = self._watch(record)
        channel = session.connect(handles)
        if session.is_terminal:
            session.transcript.resized(record.rows, record.cols)
        session.save()
        self._begin(keep_within(session))
        self.news.tell("started", spec.name)
        if spec.stdin is not None:
            session.mailbox.take(channel, spec.stdin, message_id="")
            if not session.is_terminal:
                channel.close_input()
        return session

    def restore(self, given: Mapping[str, Handover]) -> None:
        """Remember what is on disk, go on with what an earlier program of this server gave.

        What is neither given nor ended was left by a server that died; its end is found out.
        """
        for _, record in load_all(self._home.sessions):
            if record.phase != "ended" and record.name in given:
                session = self._all[record.name] = self._watch(record)
                session.adopt(given[record.name])
                self._begin(keep_within(session))
                if record.exit_code is not None or record.exit_signal is not None:
                    self._begin(settle(session))
                continue
            if record.phase != "ended":
                recover_identity(record)
            session = self._all[record.name] = self._remember(record)
            if record.phase != "ended":
                self._begin(find_out(session))

    async def end(self, name: str, *, grace_s: float, forget: bool) -> Session:
        """End a session, and forget it if that is wanted and nothing is left of it."""
        session = self.get(name)
        await bring_to_end(session, grace_s=grace_s)
        if forget and session.over.is_set() and not session.record.left:
            self._all.pop(name, None)
            self._around.screens.forget(name)
            self.news.forget(name)
            shutil.rmtree(session.folder, ignore_errors=True)
        return session

    async def quiesce(self) -> None:
        """Wait until no end is being noted: what is half noted can't be given to anybody."""
        busy = [s for s in self if s.ending.locked() and s.channel is not None]
        await asyncio.gather(*(s.over.wait() for s in busy))

    def hand_over(self) -> tuple[Handover, ...]:
        """Give everything live away, for an upgrade."""
        given = (session.hand_over() for session in self.live)
        return tuple(one for one in given if one is not None)

    def take_back(self, given: tuple[Handover, ...]) -> None:
        """Go on with what could not be given away."""
        for one in given:
            self.get(one.name).adopt(one)

    def _remember(self, record: Record) -> Session:
        return Session(record, self._home.session(record.name), around=self._around)

    def _watch(self, record: Record) -> Session:
        session = self._remember(record)
        if record.pid is not None:
            self.children.watch(record.pid, partial(self._ended, session))
        return session

    def _ended(self, session: Session, seen: Exit) -> None:
        note_exit(session, seen)
        self._begin(settle(session))

    def _begin(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled():
            task.result()
        if not self.live:
            self._when_quiet()
