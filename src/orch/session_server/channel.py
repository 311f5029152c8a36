"""The descriptors of one live session: reads what it prints, writes what it is told."""

import asyncio
import os
from collections import deque
from collections.abc import Iterable
from contextlib import suppress
from typing import Protocol

from orch.session_server.values import Handles
from orch.system.pty import resize

_CHUNK_BYTES = 64 * 1024
_READS_A_TURN = 8
_DRAIN_READS = 64
"""After the end: a pipe holds 1 MiB at most, a terminal much less."""


class Listener(Protocol):
    """Who is told of what a session prints."""

    def printed(self, data: bytes, *, is_error: bool) -> None:
        """Take output."""
        ...

    def has_room(self) -> None:
        """Take note that all input was delivered."""
        ...


class Channel:
    """Never blocks, and never reads more than a bounded piece a turn, however much there is."""

    def __init__(self, handles: Handles, listener: Listener) -> None:
        self._handles, self._listener = handles, listener
        self._loop = asyncio.get_running_loop()
        self._pending: deque[bytes] = deque()
        self._closes_input = False
        self.pending_bytes = 0
        for handle, is_error in ((handles.stdout, False), (handles.stderr, True)):
            if handle >= 0:
                self._loop.add_reader(handle, self._read, handle, is_error)

    @property
    def is_terminal(self) -> bool:
        """Tell whether one descriptor serves both ways."""
        return self._handles.stdin == self._handles.stdout

    @property
    def takes_input(self) -> bool:
        """Tell whether the program's input is still open."""
        return self._handles.stdin >= 0 and not self._closes_input

    def write(self, data: bytes) -> None:
        """Deliver input in order, as fast as the program reads."""
        if self._handles.stdin < 0 or not data:
            return
        self._pending.append(data)
        self.pending_bytes += len(data)
        if self.pending_bytes == len(data):
            self._flush()

    def close_input(self) -> None:
        """Close a piped program's input once all was delivered."""
        self._closes_input = True
        if not self._pending:
            self._shut_input()

    def resize(self, *, rows: int, cols: int) -> None:
        """Set the terminal's size."""
        if self._handles.stdout >= 0:
            with suppress(OSError):
                resize(self._handles.stdout, rows=rows, cols=cols)

    def drain(self) -> None:
        """Take what is there after the leader's end; what others go on printing is not awaited."""
        for handle, is_error in (
            (self._handles.stdout, False),
            (self._handles.stderr, True),
        ):
            for _ in range(_DRAIN_READS):
                if not self._read(handle, is_error):
                    break

    def release(self) -> tuple[Handles, tuple[bytes, ...], bool]:
        """Stop, and give the descriptors away with the input that was not delivered."""
        for handle in self._open():
            self._loop.remove_reader(handle)
            self._loop.remove_writer(handle)
        return self._handles, tuple(self._pending), self._closes_input

    def resume(self, pending: Iterable[bytes], *, closes_input: bool) -> None:
        """Go on with the input that another program of this server did not deliver."""
        for data in pending:
            self.write(data)
        if closes_input:
            self.close_input()

    def close(self) -> None:
        """Let go of everything; a terminal hangs up."""
        for handle in self._open():
            self._loop.remove_reader(handle)
            self._loop.remove_writer(handle)
            os.close(handle)
        self._handles = Handles()
        self._pending.clear()
        self.pending_bytes = 0

    def _open(self) -> set[int]:
        handles = self._handles
        return {h for h in (handles.stdin, handles.stdout, handles.stderr) if h >= 0}

    def _read(self, handle: int, is_error: bool) -> bool:  # noqa: FBT001 - called by the loop
        """Take a piece; False if there was none."""
        if handle < 0 or handle not in self._open():
            return False
        chunks, size = [], 0
        for _ in range(_READS_A_TURN):
            try:
                chunk = os.read(handle, _CHUNK_BYTES)
            except BlockingIOError:
                break
            except OSError:  # EIO: nobody has the terminal open any more.
                chunk = b""
            if not chunk:
                self._loop.remove_reader(handle)
                break
            chunks.append(chunk)
            size += len(chunk)
            if size >= _CHUNK_BYTES:
                break
        if size:
            self._listener.printed(b"".join(chunks), is_error=is_error)
        return size > 0

    def _flush(self) -> None:
        """Write until the program's buffer is full, then wait until it is not."""
        while self._pending:
            try:
                written = os.write(self._handles.stdin, self._pending[0])
            except BlockingIOError:
                self._loop.add_writer(self._handles.stdin, self._flush)
                return
            except OSError:  # Its end is closed: nobody will ever read this.
                self._drop_input()
                return
            self.pending_bytes -= written
            rest = self._pending.popleft()[written:]
            if rest:
                self._pending.appendleft(rest)
        self._loop.remove_writer(self._handles.stdin)
        if self._closes_input:
            self._shut_input()
        self._listener.has_room()

    def _drop_input(self) -> None:
        self._pending.clear()
        self.pending_bytes = 0
        self._loop.remove_writer(self._handles.stdin)
        self._shut_input()
        self._listener.has_room()

    def _shut_input(self) -> None:
        if self._handles.stdin >= 0 and not self.is_terminal:
            self._loop.remove_writer(self._handles.stdin)
            os.close(self._handles.stdin)
            self._handles.stdin = -1
