"""One attached viewer: gets the screen, then every byte after it, at its own pace."""

import asyncio
import logging
from dataclasses import dataclass
from typing import Protocol

import msgspec

from orch.session_server.describe import describe
from orch.session_server.replies import without_replies
from orch.session_server.session import Session
from orch.wire.framing import Frame, FrameType, frame, parse_size, size

log = logging.getLogger(__name__)

_PIECE_BYTES = 64 * 1024
_PIECES_A_TURN = 8
_BACKLOG_BYTES = 64 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Attach:
    """What a viewer asks for; a size of 0 leaves the session's as it is."""

    name: str
    read_only: bool = False
    rows: int = 0
    cols: int = 0
    replay: bool = True


class Wire(Protocol):
    """What a viewer needs of its connection."""

    @property
    def is_writable(self) -> bool:
        """Tell whether the other side keeps up."""
        ...

    def send(self, data: bytes) -> None:
        """Send bytes, sooner or later."""
        ...

    def finish(self) -> None:
        """Close, once all was sent."""
        ...

    def hold(self, *, reading: bool) -> None:
        """Stop reading from the other side, or go on."""
        ...


class AttachedViewer:
    """Reads the transcript by offset, so a slow one delays nobody and misses nothing.

    Only where it falls behind by more than the transcript keeps is it shown the screen anew, and
    told so. The terminal has the size of whoever wrote or resized last; a read-only viewer does
    neither.
    """

    def __init__(self, wire: Wire, session: Session, *, wanted: Attach) -> None:
        self._wire, self._session, self._wanted = wire, session, wanted
        self._size = (wanted.rows, wanted.cols)
        self._told_size = (0, 0)
        self._offset = 0
        self._is_waiting = False
        self._is_done = False

    def start(self) -> None:
        """Take the viewer's size, show the screen, go on with what comes."""
        session = self._session
        if not self._wanted.read_only:
            session.resize(rows=self._size[0], cols=self._size[1])
        self._offset = session.transcript.end
        self._tell_size()
        if self._wanted.replay:
            self._show()
        session.viewers.add(self)
        self.pump()

    def leave(self) -> None:
        """Stop; the session does not notice."""
        self._is_done = True
        self._session.viewers.discard(self)

    def take(self, received: Frame) -> None:
        """Take a frame from the viewer. Raises `BadFrame`."""
        match received.type:
            case FrameType.INPUT if self._may_type:
                self._session.resize(rows=self._size[0], cols=self._size[1])
                if not self._session.type(without_replies(received.payload)):
                    self._wire.hold(reading=False)
            case FrameType.RESIZE:
                self._size = parse_size(received.payload)
                if not self._wanted.read_only:
                    self._session.resize(rows=self._size[0], cols=self._size[1])
            case FrameType.DETACH:
                self.leave()
                self._wire.finish()
            case _:
                pass

    @property
    def _may_type(self) -> bool:
        """Pipes carry a protocol: keys in between would only break it."""
        return self._session.is_terminal and not self._wanted.read_only

    def has_room(self) -> None:
        """Go on reading what is typed: the program does, too."""
        self._wire.hold(reading=True)

    def pump(self) -> None:
        """Send what is new, as much as the other side takes, a bounded piece a turn."""
        if self._is_done:
            return
        self._tell_size()
        for _ in range(_PIECES_A_TURN):
            if not self._wire.is_writable:
                return
            if not self._send_piece():
                self._tell_end()
                return
        if not self._is_waiting:
            self._is_waiting = True
            asyncio.get_running_loop().call_soon(self._pump_on)

    def _pump_on(self) -> None:
        self._is_waiting = False
        self.pump()

    def _send_piece(self) -> bool:
        transcript = self._session.transcript
        if self._offset < transcript.first and self._session.is_terminal:
            missed = transcript.first - self._offset
            self._offset = transcript.end
            notice = f"this terminal was too slow: {missed} bytes were passed over"
            self._wire.send(frame(FrameType.NOTICE, notice.encode()))
            self._show()
            return True
        at, data = transcript.read(self._offset, _PIECE_BYTES)
        if not data:
            return False
        self._offset = at + len(data)
        self._wire.send(frame(FrameType.OUTPUT, data))
        return True

    def _show(self) -> None:
        """Send the screen (of pipes: the last output) as it is at the offset reached."""
        session = self._session
        try:
            shown = session.screen().redraw() if session.is_terminal else self._backlog()
        except Exception:
            log.exception("%s: its screen could not be drawn", session.name)
            shown = b""
        self._wire.send(frame(FrameType.REDRAW, shown))

    def _backlog(self) -> bytes:
        """Return the last of what was printed before this viewer came."""
        return self._session.transcript.tail(self._offset, _BACKLOG_BYTES)

    def _tell_size(self) -> None:
        now = (self._session.record.rows, self._session.record.cols)
        if self._session.is_terminal and now != self._told_size:
            self._told_size = now
            self._wire.send(frame(FrameType.RESIZE, size(*now)))

    def _tell_end(self) -> None:
        if self._session.over.is_set():
            self.leave()
            state = msgspec.json.encode(describe(self._session))
            self._wire.send(frame(FrameType.EXIT, state))
            self._wire.finish()
