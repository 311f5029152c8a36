"""News of all sessions, numbered, so that whoever comes back after a while misses nothing."""

import asyncio
import secrets
import time
from collections import deque
from collections.abc import Callable

from orch.session_server.values import Fact

_KEPT = 10_000
_GREW_INTERVAL_S = 0.25


class News:
    """Keeps the newest facts and wakes whoever waits for them.

    `grew` says only that there is more, so just the newest one of each session is kept, and a
    session that prints without end tells it four times a second. While nothing happens there is
    no timer.
    """

    def __init__(self, *, epoch: str = "", seq: int = 0) -> None:
        self.epoch = epoch or secrets.token_hex(4)
        self.seq = seq
        self.evicted = 0
        self._facts: deque[Fact] = deque()
        self._grown: dict[str, Fact] = {}
        self._due: dict[str, asyncio.TimerHandle] = {}
        self._told_at: dict[str, float] = {}
        self._waiting: set[Callable[[], None]] = set()

    @property
    def facts(self) -> tuple[Fact, ...]:
        """All that is kept, but for `grew`."""
        return tuple(self._facts)

    def restore(self, facts: tuple[Fact, ...], *, evicted: int) -> None:
        """Take over what an earlier program of this server kept."""
        self._facts.extend(facts)
        self.evicted = evicted

    def tell(self, kind: str, session: str, *, offset: int = 0, detail: str = "") -> None:
        """Add a fact."""
        if kind == "exited":
            self.forget(session)
        self._facts.append(self._fact(kind, session, offset=offset, detail=detail))
        if len(self._facts) > _KEPT:
            self.evicted = self._facts.popleft().seq
        self._wake()

    def grew(self, session: str, offset: Callable[[], int]) -> None:
        """Say that a session printed, at once or when its quarter of a second is over."""
        if session in self._due:
            return
        loop = asyncio.get_running_loop()
        wait_s = self._told_at.get(session, 0.0) + _GREW_INTERVAL_S - loop.time()
        if wait_s <= 0:
            self._tell_grown(session, offset)
        else:
            self._due[session] = loop.call_later(wait_s, self._tell_grown, session, offset)

    def _tell_grown(self, session: str, offset: Callable[[], int]) -> None:
        self._due.pop(session, None)
        self._told_at[session] = asyncio.get_running_loop().time()
        self._grown[session] = self._fact("grew", session, offset=offset(), detail="")
        self._wake()

    def forget(self, session: str) -> None:
        """Drop what only matters while a session prints."""
        if timer := self._due.pop(session, None):
            timer.cancel()
        self._told_at.pop(session, None)
        self._grown.pop(session, None)

    def since(self, seq: int) -> list[Fact]:
        """Return the facts that are newer than a number, in order."""
        # Most ask for the last one or two of thousands.
        fresh: deque[Fact] = deque()
        for fact in reversed(self._facts):
            if fact.seq <= seq:
                break
            fresh.appendleft(fact)
        grown = [fact for fact in self._grown.values() if fact.seq > seq]
        return sorted((*fresh, *grown), key=lambda fact: fact.seq)

    def place(self, cursor: str) -> tuple[int, bool]:
        """Read a cursor: the number to go on after, and whether something may be missed."""
        epoch, _, number = cursor.partition(":")
        if epoch != self.epoch or not number.isdecimal() or int(number) < self.evicted:
            return self.seq, True
        return int(number), False

    def listen(self, wake: Callable[[], None]) -> None:
        """Call `wake` whenever there is news."""
        self._waiting.add(wake)

    def leave(self, wake: Callable[[], None]) -> None:
        """Stop calling it."""
        self._waiting.discard(wake)

    def _fact(self, kind: str, session: str, *, offset: int, detail: str) -> Fact:
        self.seq += 1
        return Fact(
            seq=self.seq,
            session=session,
            kind=kind,  # type: ignore[arg-type] # one of the five; the callers are few
            at=time.time(),
            offset=offset,
            detail=detail,
        )

    def _wake(self) -> None:
        for wake in tuple(self._waiting):
            wake()
