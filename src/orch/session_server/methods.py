"""What can be asked of the session server in one request and answered in one reply."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Protocol

from orch.session_server.describe import describe, describe_unheard_of
from orch.session_server.session import Session
from orch.session_server.sessions import Sessions
from orch.session_server.stretches import Stretch, stretches
from orch.session_server.values import Spec, State
from orch.system.paths import Home

_READ_LIMIT_BYTES = 4 * 1024 * 1024
_SCREEN_TAIL_BYTES = 8 * 1024


class Context(Protocol):
    """What the methods need of the server."""

    home: Home
    sessions: Sessions

    def identity(self) -> dict[str, Any]:
        """Say who this server is."""
        ...

    async def upgrade(self, program: tuple[str, ...]) -> dict[str, Any]:
        """Become another program, keeping everything. Raises `Refused`."""
        ...

    async def stop(self, *, force: bool) -> dict[str, Any]:
        """End this server. Raises `Refused` if that would end sessions and is not forced."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Nothing:
    """No parameters."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """One session."""

    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """A part of a transcript; a negative offset counts from the end."""

    name: str
    offset: int
    limit: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Write:
    """Input for a session."""

    name: str
    data: bytes
    message_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kill:
    """A signal for a session."""

    name: str
    number: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Resize:
    """A size for a session's terminal."""

    name: str
    rows: int
    cols: int


@dataclass(frozen=True, slots=True, kw_only=True)
class End:
    """The end of a session."""

    name: str
    grace_s: float = 5.0
    forget: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Upgrade:
    """The program to become; empty for the Python that runs now."""

    program: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    """The end of the server; `force` ends its sessions before."""

    force: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """What became of input."""

    offset: int
    duplicate: bool = False
    undelivered_bytes: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A part of a transcript."""

    offset: int
    data: bytes
    first: int
    end: int
    stretches: tuple[Stretch, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Screen:
    """What a terminal shows."""

    text: str
    rows: int
    cols: int
    cursor_row: int
    cursor_col: int
    offset: int
    title: str = ""
    alternate: bool = False


def start(context: Context, wanted: Spec) -> State:
    """Start a session, or find it."""
    return describe(context.sessions.start(wanted))


def probe(context: Context, wanted: Named) -> State:
    """Describe one session, or say that there is none."""
    session = context.sessions.find(wanted.name)
    return describe(session) if session else describe_unheard_of(wanted.name)


def list_(context: Context, _: Nothing) -> list[State]:
    """Describe all sessions."""
    return [describe(session) for session in context.sessions]


def read(context: Context, wanted: Read) -> Page:
    """Read a transcript."""
    session = context.sessions.get(wanted.name)
    transcript = session.transcript
    offset = wanted.offset if wanted.offset >= 0 else max(0, transcript.end + wanted.offset)
    at, data = transcript.read(offset, max(0, min(wanted.limit, _READ_LIMIT_BYTES)))
    return Page(
        offset=at,
        data=data,
        first=transcript.first,
        end=transcript.end,
        stretches=() if session.is_terminal else tuple(stretches(transcript, at, data=data)),
    )


def screen(context: Context, wanted: Named) -> Screen:
    """Render a terminal."""
    session = context.sessions.get(wanted.name)
    transcript = session.transcript
    if not session.is_terminal:
        tail = transcript.tail(transcript.end, _SCREEN_TAIL_BYTES).decode(errors="replace")
        return Screen(text=tail, rows=0, cols=0, cursor_row=0, cursor_col=0, offset=transcript.end)
    shown = session.screen()
    row, col = shown.cursor
    return Screen(
        text=shown.text,
        rows=shown.rows,
        cols=shown.cols,
        cursor_row=row,
        cursor_col=col,
        offset=transcript.end,
        title=shown.title,
        alternate=shown.is_alternate,
    )


def write(context: Context, wanted: Write) -> Delivery:
    """Write to a session's input, each message once."""
    session = context.sessions.get(wanted.name)
    offset, duplicate = session.take(wanted.data, message_id=wanted.message_id)
    return _delivery(session, offset=offset, duplicate=duplicate)


def signal(context: Context, wanted: Kill) -> Delivery:
    """Signal a session's process group."""
    session = context.sessions.get(wanted.name)
    session.signal(wanted.number)
    return _delivery(session)


def resize(context: Context, wanted: Resize) -> Delivery:
    """Set the size of a session's terminal."""
    session = context.sessions.get(wanted.name)
    session.resize(rows=wanted.rows, cols=wanted.cols)
    return _delivery(session)


def close_input(context: Context, wanted: Named) -> Delivery:
    """End a piped session's input."""
    session = context.sessions.get(wanted.name)
    session.close_input()
    return _delivery(session)


async def end(context: Context, wanted: End) -> State:
    """End a session and prove it; what was never started here has nothing to end."""
    if context.sessions.find(wanted.name) is None:
        return describe_unheard_of(wanted.name)
    session = await context.sessions.end(wanted.name, grace_s=wanted.grace_s, forget=wanted.forget)
    return describe(session)


def upgrade(context: Context, wanted: Upgrade) -> Awaitable[object]:
    """Become another program."""
    return context.upgrade(wanted.program)


def stop(context: Context, wanted: Stop) -> Awaitable[object]:
    """End the server."""
    return context.stop(force=wanted.force)


def _delivery(session: Session, *, offset: int | None = None, duplicate: bool = False) -> Delivery:
    return Delivery(
        offset=session.transcript.end if offset is None else offset,
        duplicate=duplicate,
        undelivered_bytes=session.channel.pending_bytes if session.channel else 0,
    )


@dataclass(frozen=True, slots=True)
class Method:
    """What a method takes, does, and whether it changes anything."""

    params: Any
    call: Callable[[Any, Any], object]
    acts: bool = True


METHODS = {
    "start": Method(Spec, start),
    "probe": Method(Named, probe, acts=False),
    "list": Method(Nothing, list_, acts=False),
    "read": Method(Read, read, acts=False),
    "screen": Method(Named, screen, acts=False),
    "write": Method(Write, write),
    "signal": Method(Kill, signal),
    "resize": Method(Resize, resize),
    "close_input": Method(Named, close_input),
    "end": Method(End, end),
    "upgrade": Method(Upgrade, upgrade),
    "stop": Method(Stop, stop),
}
"""By name; `hello`, `attach` and `events` belong to the connection itself."""
