"""One session of the tmux host: who it is, how far it has come, and what is known of it."""

import asyncio
from contextlib import suppress
from dataclasses import fields, replace

from orch.adapters.session_hosts.tmux.kept import Kept
from orch.adapters.session_hosts.tmux.panes import Pane
from orch.adapters.session_hosts.tmux.program import Tmux
from orch.ports.errors import Permanent, Transient
from orch.ports.session_host import Liveness, SessionState
from orch.session_server.censuses import Censuses
from orch.session_server.values import Record, Refused
from orch.system.paths import boot_id
from orch.system.process import Identity, Kin, Life, Process, probe

_SHARED = tuple(
    field.name for field in fields(SessionState) if field.name in Record.__struct_fields__
)


class Session:
    """A session, live or remembered; `over` is set once nothing more will come of it.

    `busy` is held while something is typed, `ending` while its end is brought about or noted.
    """

    def __init__(self, record: Record, kept: Kept, *, censuses: Censuses) -> None:
        self.record, self.kept = record, kept
        self._censuses = censuses
        self.messages = kept.messages()
        self.busy, self.ending = asyncio.Lock(), asyncio.Lock()
        self.over = asyncio.Event()
        # Whether the last message arrived is open if another daemon may have died delivering it.
        self.is_unsure = bool(self.messages)
        self.trouble = ""
        if record.phase == "ended":
            self.over.set()

    @property
    def name(self) -> str:
        """What it is found by."""
        return self.record.name

    @property
    def identity(self) -> Identity | None:
        """Its leader's identity, None if it never had one."""
        record = self.record
        if record.pid is None or record.start_time is None:
            return None
        return Identity(record.boot_id, record.pid, record.start_time)

    @property
    def lives(self) -> bool:
        """Tell whether the leader lives, as the kernel says."""
        return self.identity is not None and probe(self.identity) is Life.ALIVE

    async def members(self) -> list[Process]:
        """Look for the processes of this session that live."""
        who = self.identity or Identity("", -1, -1)
        return (await self._censuses.next()).kin(Kin(who, self.record.mark, self.record.cgroup))

    def pane_among(self, panes: dict[int, Pane]) -> Pane | None:
        """Return its pane; a pane of the same number on another boot is none of its own."""
        return None if self.record.pid is None else panes.get(self.record.pid)

    def is_recorded(self, pane: Pane) -> bool:
        """Tell whether what its pane prints is written down.

        tmux sees that a recorder has died only when it has something for it.
        """
        recorder = self.kept.recorder()
        died = recorder is not None and probe(Identity(boot_id(), *recorder)) is Life.GONE
        return pane.is_recorded and not died

    def note_message(self, message_id: str, *, at: int) -> None:
        """Note a message before it is delivered; a full disk costs the note, not the message."""
        self.messages[message_id] = at
        with suppress(OSError):
            self.kept.note_message(message_id, at=at)

    def save(self) -> None:
        """Write the state to the disk; a full one is complained of, not obeyed."""
        self.trouble = self.kept.save(self.record)


def describe(session: Session, liveness: Liveness, *, how: str, pane: Pane | None) -> SessionState:
    """Put together what is told of a session."""
    told = {name: getattr(session.record, name) for name in _SHARED} | {"how": how}
    if pane is not None:
        told |= {"rows": pane.rows, "cols": pane.cols}
    first, end = session.kept.span()
    return SessionState(
        **told,
        liveness=liveness,
        offset=end,
        first_offset=first,
        lost_bytes=session.kept.lost_bytes(),
    )


def judge(session: Session, panes: dict[int, Pane] | None, *, tmux: Tmux) -> SessionState:
    """Say what is known of a session; `panes` is None where no tmux server is running."""
    record = session.record
    if session.over.is_set():
        return describe(session, Liveness.GONE, how=record.how, pane=None)
    pane = session.pane_among(panes or {})
    if not session.lives:
        how = f"process {record.pid} has ended; how, and what it left behind, is being found out"
        return describe(session, Liveness.ALIVE, how=how, pane=pane)
    if pane is None:
        why = "its window is gone" if panes is not None else "no tmux server is running any more"
        how = f"process {record.pid} lives, but {why}: it can be ended, not reached"
        return describe(session, Liveness.UNKNOWN, how=how, pane=None)
    how = f"process {record.pid} runs in pane {pane.id} of the tmux server at {tmux.socket}"
    state = describe(session, Liveness.ALIVE, how=how, pane=pane)
    return replace(state, terminal=(tmux.program, "-S", tmux.socket, pane.id))


def unheard_of(name: str) -> SessionState:
    """Return the state of a session that nobody started here."""
    how = "this host has no record of it: it was never started here, or it was forgotten"
    return SessionState(name=name, liveness=Liveness.GONE, how=how)


def failure(refusal: Refused) -> Permanent | Transient:
    """Put a refusal into the words of the port."""
    if refusal.transient:
        return Transient(refusal.reason)
    return Permanent(refusal.reason, remedy=refusal.remedy)
