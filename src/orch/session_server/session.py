"""One session: what its program prints goes to the transcript and the viewers, input to it."""

import asyncio
import logging
import os
import signal
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from orch.session_server.censuses import Censuses
from orch.session_server.channel import Channel
from orch.session_server.emulator import Emulator
from orch.session_server.mailbox import Mailbox
from orch.session_server.news import News
from orch.session_server.record import save
from orch.session_server.screens import Screens
from orch.session_server.segments import Mark
from orch.session_server.transcript import Transcript
from orch.session_server.values import Handles, Handover, Record, Refused
from orch.system.cgroup import remove
from orch.system.process import Identity, Kin, Life, Process, probe

log = logging.getLogger(__name__)

_TYPED_AHEAD_BYTES = 64 * 1024


class Viewer(Protocol):
    """Whoever watches a session."""

    def pump(self) -> None:
        """Look for what is new: output, another size, the end."""
        ...

    def has_room(self) -> None:
        """Take note that the program has read all input."""
        ...


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What all sessions of a server share."""

    screens: Screens
    news: News
    censuses: Censuses


class Session:
    """A session, live or remembered.

    `channel` is None if its program is not a child of this server: it has ended, or another
    server died and left it. `over` is set once nothing more will come of it.
    """

    def __init__(self, record: Record, folder: Path, *, around: Surroundings) -> None:
        self.record, self.folder = record, folder
        self._screens, self._news = around.screens, around.news
        self._censuses = around.censuses
        self.channel: Channel | None = None
        self.viewers: set[Viewer] = set()
        self.ending = asyncio.Lock()
        self.over = asyncio.Event()
        if record.phase == "ended":
            self.over.set()
        self._is_losing = False
        self.transcript = Transcript(folder, cap_bytes=record.cap_bytes, snapshot=self._snapshot)
        self.mailbox = Mailbox(self.transcript, is_terminal=self.is_terminal)

    @property
    def name(self) -> str:
        """What it is found by."""
        return self.record.name

    @property
    def identity(self) -> Identity | None:
        """The leader's identity, None if it never had one."""
        record = self.record
        if record.pid is None or record.start_time is None:
            return None
        return Identity(record.boot_id, record.pid, record.start_time)

    @property
    def is_terminal(self) -> bool:
        """Tell whether its program has a terminal."""
        return self.record.stdio == "pty"

    def connect(self, handles: Handles) -> Channel:
        """Begin to listen to the program."""
        self.channel = Channel(handles, self)
        return self.channel

    def adopt(self, given: Handover) -> None:
        """Go on where an earlier program of this server stopped."""
        self.mailbox.restore(given.messages, serial=given.serial)
        self.connect(given.handles).resume(given.pending, closes_input=given.closes_input)

    def hand_over(self) -> Handover | None:
        """Stop listening, and give away what the next program needs; None if there is nothing."""
        if self.channel is None:
            return None
        handles, pending, closes_input = self.channel.release()
        self.channel = None
        self.transcript.close()
        return Handover(
            name=self.name,
            handles=handles,
            pending=pending,
            closes_input=closes_input,
            messages=dict(self.mailbox.messages),
            serial=self.mailbox.serial,
        )

    async def members(self) -> list[Process]:
        """Look for the processes of this session that live."""
        who = self.identity or Identity("", -1, -1)
        record = self.record
        kin = Kin(who, record.mark, record.cgroup, None if self.over.is_set() else record.score)
        return (await self._censuses.next()).kin(kin)

    def printed(self, data: bytes, *, is_error: bool) -> None:
        """Take output: to the transcript, the viewers, the screen, in this order."""
        if is_error:
            self.transcript.mark(Mark(kind="err", at=self.transcript.end, n=len(data)))
        self._tell_loss(is_losing=not self.transcript.append(data))
        self.pump_viewers()
        if self.is_terminal:
            self._reply(data)
        self._news.grew(self.name, lambda: self.transcript.end)

    def _tell_loss(self, *, is_losing: bool) -> None:
        if is_losing and not self._is_losing:
            why = self.transcript.trouble
            log.error("%s: its transcript loses output: %s", self.name, why)
            self._news.tell("lost", self.name, offset=self.transcript.end, detail=why)
        self._is_losing = is_losing

    def _reply(self, data: bytes) -> None:
        """Answer what the program asked its terminal; viewers' terminals are not asked."""
        try:
            answers = self._screens.grew(self.name, self.transcript, chunk=data)
        except Exception:
            # A fault of the emulator costs a redraw, not a session.
            log.exception("%s: the screen could not follow", self.name)
            self._screens.forget(self.name)
            return
        if answers and self.channel:
            self.channel.write(answers)

    def has_room(self) -> None:
        """Tell the viewers that the program reads again."""
        for viewer in tuple(self.viewers):
            viewer.has_room()

    def pump_viewers(self) -> None:
        """Wake everybody who watches."""
        for viewer in tuple(self.viewers):
            viewer.pump()

    def take(self, data: bytes, *, message_id: str) -> tuple[int, bool]:
        """Take a message once; return the transcript's offset then, and whether it was known.

        Raises `Refused` if nobody will read it, or too much waits to be read.
        """
        known = self.mailbox.messages.get(message_id) if message_id else None
        if known is not None:
            return known, True
        return self.mailbox.take(self._open_channel(), data, message_id=message_id)

    def type(self, data: bytes) -> bool:
        """Take what a viewer typed; False if the next should wait until `has_room`."""
        if self.channel is None:
            return True
        self.channel.write(data)
        return self.channel.pending_bytes < _TYPED_AHEAD_BYTES

    def close_input(self) -> None:
        """End a piped program's input. Raises `Refused`."""
        if self.is_terminal:
            raise Refused(f"{self.name} has a terminal, whose input has no end: send it the keys")
        self._open_channel().close_input()

    def resize(self, *, rows: int, cols: int) -> None:
        """Set the terminal's size; zeros, the size it has and sessions without one are passed."""
        unchanged = (rows, cols) == (self.record.rows, self.record.cols)
        if rows <= 0 or cols <= 0 or unchanged or not self.is_terminal or not self.channel:
            return
        self.record.rows, self.record.cols = rows, cols
        self.transcript.resized(rows, cols)
        self.channel.resize(rows=rows, cols=cols)
        self.save()
        self.pump_viewers()

    def signal(self, number: int) -> None:
        """Signal the process group. Raises `Refused`."""
        who = self.identity
        if self.over.is_set() or who is None or probe(who) is not Life.ALIVE:
            raise Refused(f"{self.name} has ended")
        try:
            # Noted first: who looks for the cause of its end must know that it was asked for.
            self.record.signals = tuple({*self.record.signals, number})
            os.killpg(who.pid, signal.Signals(number))
        except ValueError:
            raise Refused(f"{number} is no signal") from None
        except OSError as error:
            raise Refused(f"{self.name}: {error.strerror}") from error

    def screen(self) -> Emulator:
        """Return what the terminal shows now."""
        return self._screens.current(self.name, self.transcript)

    def finish(self, how: str) -> None:
        """Note that it has ended: on disk, in the news, to the viewers."""
        self.record.phase, self.record.how = "ended", how
        if self.channel:
            self.channel.close()
            self.channel = None
        self.save()
        self.transcript.close()
        self.leave_cgroup()
        self.over.set()
        self._news.tell("exited", self.name, offset=self.transcript.end, detail=how)
        self.pump_viewers()

    def leave_cgroup(self) -> None:
        """Remove the control group, if nobody is in it any more."""
        if self.record.cgroup:
            remove(Path(self.record.cgroup))

    def save(self) -> None:
        """Write the state to the disk; a full one is complained of, not obeyed."""
        why = save(self.folder, self.record)
        if why:
            log.error("%s: its state could not be written: %s", self.name, why)

    def _snapshot(self) -> bytes:
        if not self.is_terminal:
            return b""
        try:
            return self.screen().snapshot()
        except Exception:
            log.exception("%s: no snapshot of its screen", self.name)
            return b""

    def _open_channel(self) -> Channel:
        if self.channel is None:
            raise Refused(f"{self.name} has ended")
        if not self.channel.takes_input:
            raise Refused(f"{self.name}: its input is closed")
        return self.channel
