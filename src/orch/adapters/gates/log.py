"""The log of a gate: each command, its output as it comes, how it ended, how long it took."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from orch.system.run import Completed

_LEAST_BYTES: Final = 64 * 1024


class GateLog:
    """Writes one run's log, to which commands add their own output.

    Raises `OSError` where it can't be written.
    """

    def __init__(self, path: Path, *, cap_bytes: int) -> None:
        """Begin anew: a gate that is tried again has the log of its last try."""
        self._path = path
        self._cap_bytes = cap_bytes
        self._speaker: Section | None = None
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.write_bytes(b"")

    def note(self, text: str) -> None:
        """Add a line of orch's own."""
        self.add(f"# {text}\n".encode("utf-8", "replace"))

    def begin(self, commands: Sequence[str]) -> list["Section"]:
        """Head the output of commands that run side by side; they share the room that is left."""
        left = self._cap_bytes - self._path.stat().st_size
        room = max(_LEAST_BYTES, left // len(commands))
        names = [f"[{n}] " for n, _ in enumerate(commands, 1)] if len(commands) > 1 else [""]
        heads = [f"$ {name}{command}\n" for name, command in zip(names, commands, strict=True)]
        self.add(f"\n{''.join(heads)}".encode("utf-8", "replace"))
        return [Section(self, name, room) for name in names]

    def add(self, data: bytes, *, speaker: "Section | None" = None) -> int:
        """Add to the log, on a new line if somebody else has not ended theirs; return its growth.

        A log that somebody has removed stays so, and is an error: it is the proof of the verdict.
        """
        interrupts = self._speaker is not None and self._speaker is not speaker
        text = b"\n" + data if interrupts else data
        with open(self._path, "ab", opener=_open_existing) as log:
            log.write(text)
        self._speaker = None if data.endswith(b"\n") else speaker
        return len(text)

    def is_amid(self, speaker: "Section") -> bool:
        """Tell whether the last line is this one's, and goes on."""
        return self._speaker is speaker


@dataclass(frozen=True, slots=True, eq=False)
class Section:
    """A command's part of the log: a `Sink` for at most `room_bytes`.

    What runs side by side prints at the same time, so each line bears the number of its command
    then. Parts that wait for each other's ends would be nicer to read, but who follows the log is
    most often after the one command that hangs, and a daemon that dies would leave the parts
    strewn. (What an agent is told of a failure comes from the command itself, not from here.)
    """

    log: GateLog
    name: str
    room_bytes: int

    def write(self, data: bytes, /) -> int:
        """Add output, each line under the command's name."""
        name = self.name.encode()
        lines = data.replace(b"\n", b"\n" + name)
        whole = lines.removesuffix(name) if data.endswith(b"\n") else lines
        begin = b"" if self.log.is_amid(self) else name
        return self.log.add(begin + whole, speaker=self)

    def close(self) -> None:
        """Do nothing: the log goes on, and the section is ended by `end`."""

    def end(self, done: Completed) -> None:
        """Say how the command ended."""
        left = f"; processes left behind: {', '.join(done.leftovers)}" if done.leftovers else ""
        took = "" if done.timed_out else f", after {done.duration_s:.1f} s"
        self.log.note(f"{self.name}{done.ending}{took}{left}")

    def cut(self, reason: str) -> None:
        """Say why the command was not run to its end."""
        self.log.note(f"{self.name}ended because {reason}")


def _open_existing(path: str, flags: int) -> int:
    return os.open(path, flags & ~os.O_CREAT | os.O_CLOEXEC)
