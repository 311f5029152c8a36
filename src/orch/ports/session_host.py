"""The session host: owns the terminals and pipes of sessions, and outlives the daemon."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol


class Liveness(StrEnum):
    """What a probe can say; a probe that failed is `UNKNOWN`, never dead."""

    ALIVE = "alive"
    GONE = "gone"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionSpec:
    """What to start. `env` is the whole environment; the host adds `ORCH_SESSION` and `PWD`.

    `stdio` is "pty" or "pipes". `stdin` is what a piped session reads first; its input is then
    closed. The transcript is cut at its cap by rotation.
    """

    name: str
    argv: tuple[str, ...]
    cwd: str
    env: tuple[tuple[str, str], ...]
    stdio: str = "pty"
    stdin: bytes | None = None
    rows: int = 40
    cols: int = 120
    transcript_cap_bytes: int = 16 * 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionState:
    """What is known of a session, and how.

    Exactly one of `exit_code` and `exit_signal` is set if its end was seen; a session that is
    gone with neither ended unseen. `leftovers` names processes that outlived the leader and were
    ended. `offset` is how many bytes it has printed.
    """

    name: str
    liveness: Liveness
    how: str = ""
    boot_id: str = ""
    pid: int | None = None
    start_time: int | None = None
    started_at: float | None = None
    ended_at: float | None = None
    exit_code: int | None = None
    exit_signal: int | None = None
    leftovers: tuple[str, ...] = ()
    offset: int = 0


class FactKind(StrEnum):
    """What a host tells by itself."""

    STARTED = "started"
    GREW = "grew"
    EXITED = "exited"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """News of a session; `at` is in seconds since the epoch."""

    session: str
    kind: FactKind
    at: float
    offset: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A part of a transcript: `data` begins at `offset`; `first` is the oldest byte still kept."""

    offset: int
    data: bytes
    first: int
    end: int


class SessionHost(Protocol):
    """Runs sessions on one host; a session is found by its name, never by being a child.

    Raises `Transient` when the host doesn't answer, `Permanent` when a program can't be started.
    """

    async def start(self, spec: SessionSpec) -> SessionState:
        """Start a session, or return the one of this name, whether it runs or has ended."""
        ...

    async def probe(self, name: str) -> SessionState:
        """Tell what is known of a session; one that was never started is gone, and says so."""
        ...

    async def list(self) -> Sequence[SessionState]:
        """List the sessions that are known."""
        ...

    async def read(self, name: str, *, offset: int, limit: int) -> Page:
        """Read a transcript; a negative offset counts from its end."""
        ...

    async def screen(self, name: str) -> str:
        """Render what a viewer of the terminal would see now, as plain text."""
        ...

    async def write(self, name: str, data: bytes, *, message_id: str = "") -> None:
        """Write to a session's input; the same message id is written once."""
        ...

    async def end(self, name: str, *, grace_s: float) -> SessionState:
        """End a session, first gently; return only once nothing of it is left."""
        ...

    def events(self) -> AsyncIterator[Fact]:
        """Follow the news of all sessions from now on; at most four `GREW` a second for each."""
        ...
