"""The session host: owns the terminals and pipes of sessions, and outlives the daemon."""

from collections.abc import AsyncGenerator, Sequence
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
    closed. Without it the input stays open for `write`. The transcript is cut at its cap by
    rotation. `token` fences: a name belongs to one token for ever. With `reap` what outlives the
    leader is ended. `memory_bytes`, `processes` and `cpu` (in processors) bound the session with
    all that it starts: by the kernel where that can be had, else by a look every second.
    """

    name: str
    argv: tuple[str, ...]
    cwd: str
    env: tuple[tuple[str, str], ...]
    token: str = ""
    stdio: str = "pty"
    stdin: bytes | None = None
    rows: int = 40
    cols: int = 120
    transcript_cap_bytes: int = 16 * 1024 * 1024
    reap: bool = True
    memory_bytes: int | None = None
    processes: int | None = None
    cpu: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionState:
    """What is known of a session, and how.

    Exactly one of `exit_code` and `exit_signal` is set if its end was seen; a session that is
    gone with neither ended unseen, which is never success. Processes are told as "pid name":
    `leftovers` outlived the leader and were ended, `killed` were ended by `end`, `left` could not
    be ended by anybody (hopefully none). `cause` says what ended it, if it was not itself and not
    `end`: out of memory, too many processes, killed from outside. `cpu_s` and `peak_memory_bytes`
    are known after the end (None: not measured). `offset` is how far the transcript has come; it
    is kept from `first_offset` on, and `lost_bytes` of it could not be written (disk full).
    `undelivered_bytes` of input wait for the program to read. Where another program than orch
    shows its terminal, `terminal` is how: the command that speaks with it, and the place there.
    """

    name: str
    liveness: Liveness
    how: str = ""
    token: str = ""
    stdio: str = "pty"
    boot_id: str = ""
    pid: int | None = None
    start_time: int | None = None
    started_at: float | None = None
    ended_at: float | None = None
    exit_code: int | None = None
    exit_signal: int | None = None
    leftovers: tuple[str, ...] = ()
    killed: tuple[str, ...] = ()
    left: tuple[str, ...] = ()
    cause: str = ""
    cpu_s: float | None = None
    peak_memory_bytes: int | None = None
    rows: int = 0
    cols: int = 0
    offset: int = 0
    first_offset: int = 0
    lost_bytes: int = 0
    undelivered_bytes: int = 0
    viewers: int = 0
    terminal: tuple[str, ...] = ()


class FactKind(StrEnum):
    """What a host tells by itself; `GAP` says that something may have been missed: ask `list`."""

    STARTED = "started"
    GREW = "grew"
    EXITED = "exited"
    LOST = "lost"
    GAP = "gap"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """News of a session; `at` is in seconds since the epoch, `cursor` is where to go on after it.

    `LOST` means that output could not be written to the transcript; `detail` says why.
    """

    session: str
    kind: FactKind
    at: float
    offset: int = 0
    cursor: str = ""
    detail: str = ""


class Direction(StrEnum):
    """Which way bytes went: out of the program, out of its error pipe, or into it."""

    OUT = "out"
    ERR = "err"
    IN = "in"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """Bytes that went one way when the output stood at `offset`.

    Input has a `serial`, counted from 1 in each session, and the `message_id` of its `write`.
    """

    direction: Direction
    offset: int
    data: bytes
    serial: int = 0
    message_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A part of a transcript: `data` begins at `offset`; `first` is the oldest byte still kept.

    Where the wanted offset was lost or is not kept any more, `offset` is the next one that is.
    `data` is all that the program printed; offsets count nothing else. For pipes `stretches`
    tells the same in both directions, in the order in which the host saw them; input that falls
    on the border of two pages is in both, with the same serial.
    """

    offset: int
    data: bytes
    first: int
    end: int
    stretches: tuple[Stretch, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Screen:
    """What a terminal shows when its transcript is at `offset`: `text` has a line per row.

    The cursor counts from 0. `alternate` is the screen of full-screen programs.
    """

    text: str
    rows: int
    cols: int
    cursor_row: int
    cursor_col: int
    offset: int
    title: str = ""
    alternate: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Signal:
    """A signal for the session's process group."""

    number: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Resize:
    """A new size for the terminal; zeros are ignored."""

    rows: int
    cols: int


@dataclass(frozen=True, slots=True)
class EndOfInput:
    """Nothing more comes: a piped program's input is closed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """What became of a write: evidence that it was read is in the transcript after `offset`.

    `duplicate` says that the message had been taken before; `offset` is then of that time.
    """

    offset: int
    duplicate: bool = False
    undelivered_bytes: int = 0


class SessionHost(Protocol):
    """Runs sessions on one host; a session is found by its name, never by being a child.

    Raises `Transient` when the host doesn't answer, `Permanent` when a program can't be started
    or a session was never there (`probe` tells that one as gone).
    """

    async def start(self, spec: SessionSpec) -> SessionState:
        """Start a session, or return the one of this name, whether it runs or has ended.

        Never a second process for one name. Raises `Permanent` if the name belongs to another
        token, the program is missing or can't be run, or the folder is gone.
        """
        ...

    async def probe(self, name: str) -> SessionState:
        """Tell what is known of a session; one that was never started is gone, and says so."""
        ...

    async def list(self) -> Sequence[SessionState]:
        """List the sessions that are known, the oldest first."""
        ...

    async def read(self, name: str, *, offset: int, limit: int) -> Page:
        """Read about `limit` bytes of a transcript; a negative offset counts from its end.

        It can be read while the session runs, after it, and after a restart of the host.
        """
        ...

    async def screen(self, name: str) -> Screen:
        """Render what a viewer of the terminal would see now (for pipes: the last lines)."""
        ...

    async def write(
        self, name: str, what: bytes | Signal | Resize | EndOfInput, *, message_id: str = ""
    ) -> Delivery:
        """Write to a session's input, signal or resize it; the same message id is written once.

        Returns when the host has taken it; it delivers in order, and across its own upgrade.
        Raises `Permanent` if the session has ended or `what` does not fit it, `Transient` if too
        much input waits for a program that doesn't read.
        """
        ...

    async def end(self, name: str, *, grace_s: float, forget: bool = False) -> SessionState:
        """End a session, first gently; return only once nothing of it is left.

        TERM to its group, KILL after `grace_s`, then whatever carries its mark or descends from
        it. Harmless where it has ended already or was never started. What resists is told as
        `left`. `forget` also removes record and transcript, unless something is left.
        """
        ...

    def events(self, *, after: str = "") -> AsyncGenerator[Fact, None]:
        """Follow the news of all sessions; at most four `GREW` a second for each, none if quiet.

        Goes on after the cursor `after`. Without one, or where that can't be done, the first fact
        is a `GAP`: once it has come nothing more is missed, so that is the moment to ask `list`.
        Raises `Transient` when the host goes away: call again with the last cursor.
        """
        ...
