"""Which terminal shows what: emulators that follow transcripts, only as many as are asked for."""

import re
from bisect import bisect_left
from collections import OrderedDict
from dataclasses import dataclass

from orch.session_server.emulator import Emulator
from orch.session_server.ghostty import CannotRestore
from orch.session_server.transcript import Transcript

_LIVE = 8
"""Emulators kept in memory, about 0.3 MB each; of the others a snapshot of some KB is."""

_READ_BYTES = 256 * 1024
_LAG_BYTES = 128 * 1024
"""A screen that is this far behind is moved on, so that none has to catch up much at once."""

_QUESTION = re.compile(
    rb"\x1b(?:\[[?>=]?[0-9;]*[cn]|\[\?u|\[>0?q|\[\??[0-9;]+\$p|\][0-9;]*\?|P\$q|\[(?:1[4-9]|2[01])t)"
)
_TAIL_BYTES = 32
"""No question is longer; one may come in two reads."""

_ROWS, _COLS = 40, 120


@dataclass(slots=True)
class _Followed:
    """How far one session's screen is: an emulator, or else its last snapshot."""

    offset: int
    size_serial: int
    live: Emulator | None = None
    parked: bytes = b""

    @property
    def emulator(self) -> Emulator:
        """The emulator, which is brought back if it was put aside."""
        if self.live is None:
            self.live, self.parked = Emulator.restore(self.parked), b""
        return self.live

    def put_aside(self) -> None:
        """Keep only a snapshot."""
        self.parked, self.live = self.emulator.snapshot(), None


class Screens:
    """Keeps the screens of the sessions on terminals, each as far as its transcript is.

    Nothing is done for a session until somebody asks, its program asks its terminal something, or
    it has printed much. The transcript is the truth, an emulator only a reader of it.
    """

    def __init__(self) -> None:
        self._all: dict[str, _Followed] = {}
        self._live: OrderedDict[str, _Followed] = OrderedDict()
        self._tails: dict[str, bytes] = {}

    def current(self, name: str, transcript: Transcript) -> Emulator:
        """Return the session's screen as of the transcript's end."""
        followed = self._follow(name, transcript)
        _catch_up(followed, transcript, until=transcript.end)
        return followed.emulator

    def grew(self, name: str, transcript: Transcript, *, chunk: bytes) -> bytes:
        """Take note of output that was just appended; return what a terminal replies to it."""
        asked = self._tails.get(name, b"") + chunk
        self._tails[name] = asked[-_TAIL_BYTES:]
        if _QUESTION.search(asked):
            return self._answer(name, transcript, chunk=chunk)
        followed = self._all.get(name)
        reached = followed.offset if followed else transcript.first
        if transcript.end - reached >= _LAG_BYTES:
            self.current(name, transcript)
        return b""

    def forget(self, name: str) -> None:
        """Let go of a session's screen."""
        for kept in (self._all, self._live, self._tails):
            kept.pop(name, None)

    def _answer(self, name: str, transcript: Transcript, *, chunk: bytes) -> bytes:
        """Feed the newest chunk for its answers; what came before was answered before."""
        followed = self._follow(name, transcript)
        _catch_up(followed, transcript, until=transcript.end - len(chunk))
        if followed.offset >= transcript.end:
            return b""
        answers = followed.emulator.feed_and_answer(chunk)
        followed.offset = transcript.end
        return answers

    def _follow(self, name: str, transcript: Transcript) -> _Followed:
        followed = self._all.get(name)
        if followed is None:
            followed = self._all[name] = _open(transcript)
        self._live[name] = followed
        self._live.move_to_end(name)
        if len(self._live) > _LIVE:
            _, oldest = self._live.popitem(last=False)
            oldest.put_aside()
        return followed


def _open(transcript: Transcript) -> _Followed:
    """Begin at the newest screen on disk that can be read, else at the oldest output."""
    for offset, screen in transcript.checkpoints():
        try:
            emulator = Emulator.restore(screen) if screen else _blank(transcript)
        except CannotRestore:
            continue
        before = bisect_left(transcript.sizes, offset, key=lambda size: size.offset)
        return _Followed(offset, transcript.size_serial + before, emulator)
    return _Followed(transcript.first, transcript.size_serial, _blank(transcript))


def _blank(transcript: Transcript) -> Emulator:
    if not transcript.sizes:
        return Emulator.blank(rows=_ROWS, cols=_COLS)
    return Emulator.blank(rows=transcript.sizes[0].rows, cols=transcript.sizes[0].cols)


def _catch_up(followed: _Followed, transcript: Transcript, *, until: int) -> None:
    """Feed what was printed, and each new size at the offset where it began to hold."""
    while True:
        index = max(0, followed.size_serial - transcript.size_serial)
        size = transcript.sizes[index] if index < len(transcript.sizes) else None
        due = size is not None and size.offset <= until
        _feed(followed, transcript, until=size.offset if size and due else until)
        if size is None or not due:
            return
        followed.emulator.resize(rows=size.rows, cols=size.cols)
        followed.size_serial = transcript.size_serial + index + 1


def _feed(followed: _Followed, transcript: Transcript, *, until: int) -> None:
    while followed.offset < until:
        wanted = min(until - followed.offset, _READ_BYTES)
        at, data = transcript.read(followed.offset, wanted)
        if at >= until:
            followed.offset = until
            return
        # What was lost to a full disk is missing on the screen too.
        data = data[: until - at]
        followed.emulator.feed(data)
        followed.offset = at + len(data)
