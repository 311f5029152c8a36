"""What is kept of a session on disk: its state, transcript, last screen, and ids of messages."""

import shutil
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import msgspec

from orch.ports.session_host import Page, Screen
from orch.session_server.record import load_all, save
from orch.session_server.segments import Segment, find_segments
from orch.session_server.values import Record

_READ_LIMIT_BYTES = 4 * 1024 * 1024
_REPLAY_BYTES = 256 * 1024
_REMEMBERED = 10_000
"""Messages of one session whose ids are known, as many as the built-in host remembers."""


class _Message(msgspec.Struct, frozen=True):
    id: str
    at: int


@dataclass(frozen=True, slots=True)
class Kept:
    """The folder of one session. Reading never fails for what is not there."""

    folder: Path

    @property
    def gate(self) -> Path:
        """The pipe at which the launcher waits until its output is recorded."""
        return self.folder / "gate"

    @property
    def told(self) -> Path:
        """The pipe by which the launcher says that the program can't be run."""
        return self.folder / "told"

    def save(self, record: Record) -> str:
        """Write the state; return why it could not be ("" if it was)."""
        return save(self.folder, record)

    def read(self, offset: int, limit: int) -> Page:
        """Read a piece of the transcript; a negative offset counts from its end."""
        segments = self._segments()
        first = segments[0].start if segments else 0
        end = segments[-1].end if segments else 0
        wanted = offset if offset >= 0 else max(0, end + offset)
        size = max(0, min(limit, _READ_LIMIT_BYTES))
        start, data = end, b""
        for segment in segments:
            at = max(wanted, segment.start)
            # Beyond a gap another page begins.
            if at < segment.end and (not data or at == start + len(data) == segment.start):
                start = start if data else at
                data += segment.read(at, size - len(data))
        return Page(offset=start if data else end, data=data, first=first, end=end)

    def span(self) -> tuple[int, int]:
        """Return the first offset that is kept, and the end."""
        segments = self._segments()
        return (segments[0].start, segments[-1].end) if segments else (0, 0)

    def end(self) -> int:
        """Return how far the transcript has come."""
        return self.span()[1]

    def lost_bytes(self) -> int:
        """Count what could not be written."""
        marks = (mark for segment in self._segments() for mark in segment.read_marks())
        return sum(mark.n for mark in marks if mark.kind == "lost")

    def messages(self) -> dict[str, int]:
        """Return the ids of the messages that were taken, and the offset at which each was."""
        found: dict[str, int] = {}
        with suppress(FileNotFoundError):
            for line in self._messages.read_bytes().splitlines():
                with suppress(msgspec.DecodeError):
                    one = msgspec.json.decode(line, type=_Message)
                    found[one.id] = one.at
        return dict(list(found.items())[-_REMEMBERED:])

    def note_message(self, message_id: str, *, at: int) -> None:
        """Note that a message is about to be delivered. Raises `OSError`."""
        with self._messages.open("ab", buffering=0) as file:
            file.write(msgspec.json.encode(_Message(message_id, at)) + b"\n")

    def keep_screen(self, screen: Screen) -> None:
        """Keep what the terminal showed at the end; a full disk costs it."""
        with suppress(OSError):
            self._screen.write_bytes(msgspec.json.encode(screen))

    def last_screen(self, *, rows: int, cols: int) -> Screen:
        """Return what the terminal showed at the end: as tmux said, else from the transcript."""
        with suppress(OSError, msgspec.MsgspecError):
            return msgspec.json.decode(self._screen.read_bytes(), type=Screen)
        # A daemon that is never asked this has no need of the emulator's library.
        from orch.session_server.emulator import Emulator  # noqa: PLC0415 - it is large

        first, end = self.span()
        shown = Emulator.blank(rows=rows, cols=cols)
        offset = max(first, end - _REPLAY_BYTES)
        while page := self.read(offset, _REPLAY_BYTES).data:
            shown.feed(page)
            offset += len(page)
        row, col = shown.cursor
        return Screen(
            text=shown.text,
            rows=rows,
            cols=cols,
            cursor_row=row,
            cursor_col=col,
            offset=end,
            title=shown.title,
            alternate=shown.is_alternate,
        )

    def recorder(self) -> tuple[int, int] | None:
        """Return who records the session: pid and start time; None before that is known."""
        with suppress(OSError, ValueError):
            pid, start_time = (self.folder / "recorder").read_text().split()
            return int(pid), int(start_time)
        return None

    def remove(self) -> None:
        """Forget it all."""
        shutil.rmtree(self.folder, ignore_errors=True)

    @property
    def _messages(self) -> Path:
        return self.folder / "messages"

    @property
    def _screen(self) -> Path:
        return self.folder / "screen.json"

    def _segments(self) -> list[Segment]:
        """Find the segments; the recorder may be dropping the oldest at this very moment."""
        while True:
            with suppress(FileNotFoundError):
                return find_segments(self.folder)


def load(folder: Path) -> Iterator[tuple[Kept, Record]]:
    """Read the state of every session in a folder, the oldest first."""
    for path, record in load_all(folder):
        yield Kept(path), record
