"""Keep the beginning and the end of an output that may be endless, in memory and in a log file."""

import contextlib
from collections import deque
from pathlib import Path
from typing import Protocol


class Sink(Protocol):
    """A log that is somebody else's too: it may add words of its own to what it is given."""

    def write(self, data: bytes, /) -> int:
        """Add all of it, and return by how many bytes the log has grown. Raises `OSError`."""
        ...

    def close(self) -> None:
        """Nothing more will come."""
        ...


class Capture:
    """Takes bytes and keeps at most `cap_bytes` of them: the first half and the last half.

    Where `log` is set all is also written there (a file is made anew) up to `log_cap_bytes`; what
    is beyond is left out of the middle, and the log says so. A log that can't be written
    (a full disk) is given up, named in `log_error`, and the output goes on.
    """

    def __init__(
        self, cap_bytes: int, *, log: Path | Sink | None = None, log_cap_bytes: int = 0
    ) -> None:
        """Open the log, if one is wanted. Raises `OSError` if it can't be."""
        self._memory = _Ends(cap_bytes)
        self._log_tail: _Ends | None = None
        self._sink: Sink | None = None
        self.log_error = ""
        self.size_bytes = 0
        if log is not None:
            # The end of the log waits in memory, so it is kept short.
            tail = min(log_cap_bytes // 2, 256 * 1024)
            self._log_room = log_cap_bytes - tail
            self._log_tail = _Ends(tail, head_bytes=0)
            self._sink = _File(log) if isinstance(log, Path) else log

    @property
    def truncated(self) -> bool:
        """Tell whether something was left out of `data`."""
        return self._memory.left_out > 0

    @property
    def data(self) -> bytes:
        """What was kept, with a line in the place of what was not."""
        return self._memory.joined()

    def take(self, chunk: bytes) -> None:
        """Take what was read."""
        self.size_bytes += len(chunk)
        self._memory.take(chunk)
        if self._log_tail is None:
            return
        now, later = chunk[: self._log_room], chunk[self._log_room :]
        self._log_room = max(0, self._log_room - self._log(now))
        self._log_tail.take(later)

    def close(self) -> None:
        """Write the end of the log and close it."""
        if self._log_tail is not None:
            self._log(self._log_tail.joined())
        if self._sink is not None:
            self._sink.close()
            self._sink = None

    def _log(self, data: bytes) -> int:
        if self._sink is None or not data:
            return 0
        try:
            return self._sink.write(data)
        except OSError as error:
            self.log_error = error.strerror or str(error)
            with contextlib.suppress(OSError):
                self._sink.close()
            self._sink = None
            return 0


class _File:
    """A log of one's own."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("wb", buffering=0)

    def write(self, data: bytes, /) -> int:
        """Write what a full disk may take in pieces only."""
        view = memoryview(data)
        while view:
            view = view[self._file.write(view) or 0 :]
        return len(data)

    def close(self) -> None:
        self._file.close()


class _Ends:
    """The two ends of a stream."""

    def __init__(self, cap_bytes: int, *, head_bytes: int | None = None) -> None:
        self._room = cap_bytes // 2 if head_bytes is None else head_bytes
        self._tail_cap = cap_bytes - self._room
        self._head: list[bytes] = []
        self._tail: deque[bytes] = deque()
        self._tail_size = 0
        self.left_out = 0

    def take(self, chunk: bytes) -> None:
        if self._room:
            self._head.append(chunk[: self._room])
            taken = len(self._head[-1])
            self._room -= taken
            chunk = chunk[taken:]
        if not chunk:
            return
        self._tail.append(chunk)
        self._tail_size += len(chunk)
        while self._tail_size > self._tail_cap:
            self._drop(self._tail_size - self._tail_cap)

    def _drop(self, excess: int) -> None:
        first = self._tail.popleft()
        if len(first) > excess:
            self._tail.appendleft(first[excess:])
        gone = min(len(first), excess)
        self._tail_size -= gone
        self.left_out += gone

    def joined(self) -> bytes:
        notice = b"\n[... %d bytes left out ...]\n" % self.left_out if self.left_out else b""
        return b"".join((*self._head, notice, *self._tail))
