"""Records what a tmux pane prints, in the files of `orch.session_server.segments`.

Run by tmux (`pipe-pane`) with the bare interpreter: it imports nothing of orch, and outlives the
daemon. Each piece that was written is told to the daemon by a datagram, if anybody listens.
"""

import json
import os
import select
import socket
import sys
import time
from contextlib import suppress
from pathlib import Path

_CHUNK_BYTES = 64 * 1024
_SEGMENTS = 16
_SEGMENT_BYTES = (64 * 1024, 1024 * 1024)
_RETRY_S = 0.25
"""How long a busy daemon and a full disk are left alone."""

_FAREWELLS = 40

_NEW = os.O_WRONLY | os.O_CREAT | os.O_APPEND


class Recorder:
    """Writes output into segments, and drops the oldest beyond the cap.

    What a full disk does not take is counted, and noted once it takes more.
    """

    def __init__(self, folder: Path, *, cap_bytes: int) -> None:
        low, high = _SEGMENT_BYTES
        self._folder, self._cap = folder, cap_bytes
        self._segment_bytes = max(low, min(high, cap_bytes // _SEGMENTS))
        last = max(folder.glob("*.log"), default=None)
        index, start = last.stem.split("-") if last else ("0", "0")
        self._index = int(index)
        self.end = int(start) + (last.stat().st_size if last else 0)
        self._log, self._size = -1, 0
        self._gap, self._why, self.retry_at = 0, "", 0.0

    def take(self, data: bytes) -> str:
        """Take output; return why some of it was lost ("" if none was)."""
        written = 0
        try:
            self._open()
            while self._log >= 0 and written < len(data):
                written += os.write(self._log, memoryview(data)[written:])
        except OSError as error:
            self._give_up(error)
        self.end += len(data)
        self._size += written
        self._gap += len(data) - written
        if self._size >= self._segment_bytes:
            self._close()
        return self._why if written < len(data) else ""

    def _open(self) -> None:
        if self._log >= 0 or time.monotonic() < self.retry_at:
            return
        self._drop_oldest()
        path = self._folder / f"{self._index + 1:06d}-{self.end}.log"
        self._log, self._size = os.open(path, _NEW, 0o600), 0
        self._index += 1
        if self._gap:
            at = self.end - self._gap
            mark = {"kind": "lost", "at": at, "n": self._gap, "why": self._why}
            path.with_suffix(".marks").write_text(json.dumps(mark) + "\n")
            self._gap, self._why = 0, ""

    def _drop_oldest(self) -> None:
        kept = sorted(self._folder.glob("*.log"))
        total = sum(path.stat().st_size for path in kept)
        while len(kept) > 1 and total > self._cap - self._segment_bytes:
            oldest = kept.pop(0)
            total -= oldest.stat().st_size
            oldest.unlink()
            oldest.with_suffix(".marks").unlink(missing_ok=True)

    def _give_up(self, error: OSError) -> None:
        self._why = error.strerror or str(error)
        self.retry_at = time.monotonic() + _RETRY_S
        self._close()

    def _close(self) -> None:
        if self._log >= 0:
            os.close(self._log)
        self._log, self._size = -1, 0


class Bell:
    """Tells the daemon that there is more; one that is away is told nothing."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.setblocking(False)  # noqa: FBT003 - the system's signature

    def ring(self, words: str) -> bool:
        """Say something; False if the daemon is too busy to hear it just now."""
        try:
            self._socket.sendto(words.encode(), self._path)
        except BlockingIOError:
            return False
        except OSError:
            return True
        return True

    def close(self) -> None:
        """Let go of it."""
        self._socket.close()


def main(words: list[str]) -> int:
    """Record into a folder, for a session, within a cap, until tmux closes the pipe."""
    folder, name, cap, bell = words
    recorder = Recorder(Path(folder), cap_bytes=int(cap))
    start_time = Path("/proc/self/stat").read_bytes().rpartition(b")")[2].split()[19].decode()
    Path(folder, "recorder").write_text(f"{os.getpid()} {start_time}\n")
    # Open both ways it waits for nobody; the byte stays in it for as long as this end is open.
    gate = os.open(Path(folder, "gate"), os.O_RDWR)
    os.write(gate, b"y")
    _record(recorder, Bell(bell), name=name)
    return 0


def _record(recorder: Recorder, bell: Bell, *, name: str) -> None:
    owed, losing = "", ""
    while True:
        ready, _, _ = select.select([0], [], [], _RETRY_S if owed else None)
        data = os.read(0, _CHUNK_BYTES) if ready else b""
        if ready and not data:
            break
        lost = recorder.take(data) if data else losing
        words = f"lost {name} {lost}" if lost and lost != losing else f"grew {name}"
        losing = lost
        owed = "" if bell.ring(owed or words) else owed or words
    # The pane was closed, or its server died: whether the program lives on is for others to see.
    for _ in range(_FAREWELLS):
        if bell.ring(f"closed {name}"):
            return
        time.sleep(_RETRY_S)


if __name__ == "__main__":
    with suppress(KeyboardInterrupt):
        sys.exit(main(sys.argv[1:]))
