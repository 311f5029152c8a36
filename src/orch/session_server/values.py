"""What is said over the session server's socket and kept in its folders; see docs/sessions.md."""

from dataclasses import dataclass, field
from typing import Literal

import msgspec

Phase = Literal["starting", "running", "ended"]
Stdio = Literal["pty", "pipes"]


class Refused(Exception):
    """A request can't be met: for good, or (`transient`) just now. Nothing was changed."""

    def __init__(self, reason: str, *, remedy: str = "", transient: bool = False) -> None:
        super().__init__(reason)
        self.reason, self.remedy, self.transient = reason, remedy, transient


@dataclass(frozen=True, slots=True, kw_only=True)
class Spec:
    """What to start; the fields are those of the port's `SessionSpec`."""

    name: str
    argv: tuple[str, ...]
    cwd: str
    env: tuple[tuple[str, str], ...]
    token: str = ""
    stdio: Stdio = "pty"
    stdin: bytes | None = None
    rows: int = 40
    cols: int = 120
    transcript_cap_bytes: int = 16 * 1024 * 1024
    reap: bool = True
    memory_bytes: int | None = None
    processes: int | None = None
    cpu: float | None = None


class Record(msgspec.Struct, kw_only=True):
    """What is kept of a session on disk, so that a later server can say what became of it.

    The environment and the input are left out: they may hold secrets. `kept` are the bounds that
    the kernel keeps; the others are watched. `signals` were sent by those who use the session,
    and `oom_before` is how often the machine had killed for lack of memory before it began.
    """

    name: str
    argv: tuple[str, ...]
    cwd: str
    token: str = ""
    stdio: Stdio = "pty"
    rows: int = 0
    cols: int = 0
    cap_bytes: int = 16 * 1024 * 1024
    reap: bool = True
    mark: str = ""
    cgroup: str = ""
    memory_bytes: int | None = None
    processes: int | None = None
    cpu: float | None = None
    kept: tuple[str, ...] = ()
    signals: tuple[int, ...] = ()
    oom_before: int = 0
    score: int | None = None
    cause: str = ""
    cpu_s: float | None = None
    peak_memory_bytes: int | None = None
    phase: Phase = "starting"
    how: str = ""
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


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """What is told of a session; the fields are those of the port's `SessionState`."""

    name: str
    liveness: Literal["alive", "gone", "unknown"]
    how: str = ""
    token: str = ""
    stdio: Stdio = "pty"
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """News of a session; `seq` counts all facts of a server."""

    seq: int
    session: str
    kind: Literal["started", "grew", "exited", "lost", "gap"]
    at: float
    offset: int = 0
    detail: str = ""


@dataclass(slots=True, kw_only=True)
class Handles:
    """The descriptors of a live session; on a terminal all that is not -1 is the master."""

    stdin: int = -1
    stdout: int = -1
    stderr: int = -1


@dataclass(frozen=True, slots=True, kw_only=True)
class Handover:
    """One live session, as it is given to the next program of an upgrade."""

    name: str
    handles: Handles
    pending: tuple[bytes, ...] = ()
    closes_input: bool = False
    messages: dict[str, int] = field(default_factory=dict)
    serial: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Estate:
    """All that a server gives to the next program of an upgrade."""

    lock: int
    listener: int
    epoch: str
    seq: int
    evicted: int
    facts: tuple[Fact, ...]
    sessions: tuple[Handover, ...]
