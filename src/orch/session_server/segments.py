"""The files of a transcript: output by offset, what was noted beside it, and snapshots."""

import os
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import msgspec


class Mark(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """Something that happened when the output stood at `at`.

    `size`: the terminal became `rows` by `cols`. `in`: `data` was written to a piped program, as
    message `id`. `id`: message `id` was typed (what it said stays out). `err`: the `n` bytes from
    `at` on came from the error pipe. `lost`: `n` bytes from `at` on could not be written.
    """

    kind: Literal["size", "in", "id", "err", "lost"]
    at: int
    n: int = 0
    data: bytes = b""
    id: str = ""
    serial: int = 0
    rows: int = 0
    cols: int = 0
    why: str = ""


_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(Mark).decode

_APPEND = os.O_WRONLY | os.O_CREAT | os.O_APPEND


@dataclass(slots=True)
class Segment:
    """One stretch of output on disk: `<index>-<start>.log`, `.marks` and `.screen` beside it.

    `size_bytes` counts the output, `marks_bytes` the notes. The screen is that at `start`.
    """

    folder: Path
    index: int
    start: int
    size_bytes: int = 0
    marks_bytes: int = 0

    @property
    def end(self) -> int:
        """The first offset after it."""
        return self.start + self.size_bytes

    @property
    def log(self) -> Path:
        """Where the output is."""
        return self.folder / f"{self.index:06d}-{self.start}.log"

    @property
    def marks(self) -> Path:
        """Where the notes are."""
        return self.log.with_suffix(".marks")

    @property
    def screen(self) -> Path:
        """Where the screen is, as it was at the start."""
        return self.log.with_suffix(".screen")

    def read(self, offset: int, limit: int) -> bytes:
        """Return output from an offset on; empty if the file is gone."""
        try:
            handle = os.open(self.log, os.O_RDONLY)
        except FileNotFoundError:
            return b""
        try:
            return os.pread(handle, min(limit, self.end - offset), offset - self.start)
        finally:
            os.close(handle)

    def read_marks(self) -> Iterator[Mark]:
        """Read the notes; a line that was cut short by a full disk is passed over."""
        with suppress(FileNotFoundError):
            for line in self.marks.read_bytes().splitlines():
                with suppress(msgspec.DecodeError):
                    yield _decode(line)

    def read_screen(self) -> bytes:
        """Return the snapshot of the start, empty if there is none."""
        try:
            return self.screen.read_bytes()
        except OSError:
            return b""

    def remove(self) -> None:
        """Take it from the disk."""
        for path in (self.log, self.marks, self.screen):
            path.unlink(missing_ok=True)


class SegmentWriter:
    """Appends to one segment. Only the log stays open: there may be a thousand sessions."""

    def __init__(self, segment: Segment) -> None:
        self.segment = segment
        self._log = os.open(segment.log, _APPEND, 0o600)

    def append(self, data: bytes) -> int:
        """Write output; return how much of it the disk took, which is less only if it is full."""
        written = 0
        with suppress(OSError):
            while written < len(data):
                written += os.write(self._log, memoryview(data)[written:])
        self.segment.size_bytes += written
        return written

    def mark(self, mark: Mark) -> None:
        """Note something. Raises `OSError`."""
        handle = os.open(self.segment.marks, _APPEND, 0o600)
        try:
            self.segment.marks_bytes += os.write(handle, _encode(mark) + b"\n")
        finally:
            os.close(handle)

    def close(self) -> None:
        """Let go of the log."""
        os.close(self._log)


def find_segments(folder: Path) -> list[Segment]:
    """Find the segments of a transcript, in order."""
    found = []
    for path in folder.glob("*.log"):
        index, _, start = path.stem.partition("-")
        if index.isdecimal() and start.isdecimal():
            segment = Segment(folder, int(index), int(start), path.stat().st_size)
            with suppress(FileNotFoundError):
                segment.marks_bytes = segment.marks.stat().st_size
            found.append(segment)
    return sorted(found, key=lambda segment: segment.index)
