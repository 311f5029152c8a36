"""All that a session printed, by offset, within a cap: the newest part is kept, loss is counted."""

import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from orch.session_server.segments import Mark, Segment, SegmentWriter, find_segments

_SEGMENTS = 16
_SEGMENT_BYTES = (64 * 1024, 1024 * 1024)
_SCREENS = 2
"""Replays begin at the newest snapshot; the one before it is there in case of damage."""

_STILLBORN_MARKS_BYTES = 128
_RETRY_S = 1.0
"""How long a full disk is left alone."""


@dataclass(frozen=True, slots=True)
class Size:
    """The terminal's size from an offset on."""

    offset: int
    rows: int
    cols: int


class Transcript:
    """The log of one session.

    Offsets count what the program printed, from its first byte, and never go back. A disk that
    takes nothing more costs output (`lost_bytes`, and a mark once the disk takes it again), never
    the session. `snapshot` is asked for the screen when a segment is full, so that a replay needs
    only the newest one.
    """

    def __init__(
        self, folder: Path, *, cap_bytes: int, snapshot: Callable[[], bytes] = bytes
    ) -> None:
        low, high = _SEGMENT_BYTES
        self._folder, self._cap = folder, cap_bytes
        self._segment_bytes = max(low, min(high, cap_bytes // _SEGMENTS))
        self._snapshot = snapshot
        self._segments = find_segments(folder)
        self._writer: SegmentWriter | None = None
        self._retry_at = 0.0
        self._gap = 0
        self._last = b""
        self._dropped_sizes = 0
        self.sizes: list[Size] = []
        self.lost_bytes = 0
        self.trouble = ""
        self.end = self._segments[-1].end if self._segments else 0
        self._recall()

    def _recall(self) -> None:
        for mark in (mark for segment in self._segments for mark in segment.read_marks()):
            if mark.kind == "size":
                self._note_size(Size(mark.at, mark.rows, mark.cols))
            elif mark.kind == "lost":
                self.lost_bytes += mark.n

    @property
    def first(self) -> int:
        """The oldest offset that is kept."""
        return self._segments[0].start if self._segments else self.end

    @property
    def size_serial(self) -> int:
        """The serial number of the oldest size that is remembered."""
        return self._dropped_sizes

    def append(self, data: bytes) -> bool:
        """Take output; False if some of it was lost, `trouble` says why."""
        self._last = data
        writer = self._open()
        written = writer.append(data) if writer else 0
        self.end += len(data)
        if written < len(data):
            self._lose(len(data) - written)
            return False
        if writer and writer.segment.size_bytes >= self._segment_bytes:
            self._rotate()
        return True

    def mark(self, mark: Mark) -> None:
        """Note something at its offset; a full disk costs the note, not the session."""
        writer = self._open()
        if writer is None:
            return
        with suppress(OSError):
            writer.mark(mark)
        if writer.segment.marks_bytes >= self._segment_bytes:
            self._rotate()

    def resized(self, rows: int, cols: int) -> None:
        """Note that the terminal has another size from here on."""
        self._note_size(Size(self.end, rows, cols))
        self.mark(Mark(kind="size", at=self.end, rows=rows, cols=cols))

    def read(self, offset: int, limit: int) -> tuple[int, bytes]:
        """Return output from `offset` on, or from the next offset that is there.

        Empty, with the end as its offset, where there is nothing more.
        """
        # Viewers that keep up want just what came last: no file needs to be asked.
        last = self.end - len(self._last)
        if last <= offset < self.end:
            return offset, self._last[offset - last :][:limit]
        for segment in self._segments:
            if offset < segment.end:
                at = max(offset, segment.start)
                data = segment.read(at, limit)
                if data:
                    return at, data
        return self.end, b""

    def tail(self, end: int, limit: int) -> bytes:
        """Return the last `limit` bytes before `end`, as far as they are kept."""
        pieces, offset = [], max(self.first, end - limit)
        while offset < end:
            offset, data = self.read(offset, end - offset)
            pieces.append(data[: max(0, end - offset)])
            offset += len(data) or 1
        return b"".join(pieces)

    def marks(self, start: int, end: int) -> Iterator[Mark]:
        """Read the notes from `start` to `end`, both included, in order."""
        for segment in list(self._segments):
            if segment.start <= end and segment.end >= start:
                yield from (m for m in segment.read_marks() if m.at + m.n >= start and m.at <= end)

    def checkpoints(self) -> Iterator[tuple[int, bytes]]:
        """Offer where a replay may begin, the newest first: an offset and its screen, if any."""
        for segment in reversed(self._segments):
            screen = segment.read_screen()
            if screen or segment is self._segments[0]:
                yield segment.start, screen

    def close(self) -> None:
        """Let go of the files; the next word opens them again."""
        if self._writer:
            self._writer.close()
            self._writer = None

    def _open(self) -> SegmentWriter | None:
        """Return where to write, None while the disk is full."""
        if self._writer or time.monotonic() < self._retry_at:
            return self._writer
        newest = self._segments[-1] if self._segments else None
        try:
            if newest is None or newest.end != self.end:
                newest = self._begin()
            self._writer = self._writer or SegmentWriter(newest)
            self._tell_gap()
        except OSError as error:
            self._give_up(error.strerror or str(error))
        return self._writer

    def _begin(self) -> Segment:
        """Begin a segment here. Raises `OSError`."""
        self._remove_stillborn()
        index = self._segments[-1].index + 1 if self._segments else 1
        segment = Segment(self._folder, index, self.end)
        self._writer = SegmentWriter(segment)
        self._segments.append(segment)
        if self.sizes:
            now = self.sizes[-1]
            self._writer.mark(Mark(kind="size", at=self.end, rows=now.rows, cols=now.cols))
        return segment

    def _remove_stillborn(self) -> None:
        """Take away a segment that a full disk left without output: one a second adds up."""
        last = self._segments[-1] if len(self._segments) > 1 else None
        if last and not last.size_bytes and last.marks_bytes < _STILLBORN_MARKS_BYTES:
            self._segments.pop()
            last.remove()

    def _rotate(self) -> None:
        """Begin a new segment, with the screen as it is, and drop what exceeds the cap."""
        screen = self._snapshot()
        self.close()
        try:
            segment = self._begin()
            if screen:
                segment.screen.write_bytes(screen)
        except OSError as error:
            self._give_up(error.strerror or str(error))
        with suppress(OSError):
            self._drop_oldest()
        self._forget_sizes()

    def _drop_oldest(self) -> None:
        """Remove what exceeds the cap. Raises `OSError`."""
        for old in self._segments[:-_SCREENS]:
            old.screen.unlink(missing_ok=True)
        total = sum(s.size_bytes + s.marks_bytes for s in self._segments)
        while len(self._segments) > 1 and total > self._cap - self._segment_bytes:
            oldest = self._segments.pop(0)
            total -= oldest.size_bytes + oldest.marks_bytes
            oldest.remove()

    def _lose(self, n: int) -> None:
        self.lost_bytes += n
        self._gap += n
        if self._writer:
            self._give_up("the disk took no more")

    def _give_up(self, why: str) -> None:
        self.trouble = why
        self._retry_at = time.monotonic() + _RETRY_S
        self.close()

    def _tell_gap(self) -> None:
        if self._gap and self._writer:
            self._writer.mark(
                Mark(kind="lost", at=self.end - self._gap, n=self._gap, why=self.trouble)
            )
            self._gap = 0

    def _note_size(self, size: Size) -> None:
        if not self.sizes or (self.sizes[-1].rows, self.sizes[-1].cols) != (size.rows, size.cols):
            self.sizes.append(size)

    def _forget_sizes(self) -> None:
        """Forget what no replay needs: all before the last size that holds at the first offset."""
        while len(self.sizes) > 1 and self.sizes[1].offset <= self.first:
            self.sizes.pop(0)
            self._dropped_sizes += 1
