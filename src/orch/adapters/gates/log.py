"""The log of a gate: each command, its output as it comes, how it ended, how long it took."""

from pathlib import Path
from typing import Final

from orch.system.run import Completed

_LEAST_BYTES: Final = 64 * 1024


class GateLog:
    """Writes one run's log; commands add their own output to the same file.

    Raises `OSError` where it can't be written.
    """

    def __init__(self, path: Path, *, cap_bytes: int) -> None:
        """Begin anew: a gate that is tried again has the log of its last try."""
        self.path = path
        self._cap_bytes = cap_bytes
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.write_bytes(b"")

    @property
    def room_bytes(self) -> int:
        """Say how much the next command may write: what is left, but never nothing."""
        return max(_LEAST_BYTES, self._cap_bytes - self.path.stat().st_size)

    def note(self, text: str) -> None:
        """Add a line of orch's own."""
        with self.path.open("ab") as log:
            log.write(f"# {text}\n".encode("utf-8", "replace"))

    def begin(self, command: str) -> None:
        """Head the output of a command."""
        with self.path.open("ab") as log:
            log.write(f"\n$ {command}\n".encode("utf-8", "replace"))

    def end(self, done: Completed) -> None:
        """Close the output of a command."""
        ended = f"{done.ending}, after {done.duration_s:.1f} s"
        left = f"; processes left behind: {', '.join(done.leftovers)}" if done.leftovers else ""
        with self.path.open("rb") as log:
            log.seek(0, 2)
            log.seek(max(0, log.tell() - 1))
            fresh = log.read(1) in {b"\n", b""}
        with self.path.open("ab") as log:
            log.write(f"{'' if fresh else chr(10)}# {ended}{left}\n".encode())
