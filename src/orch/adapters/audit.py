"""Keeps the audit log in files: appended, flushed to the disk, rotated, read and verified.

The counterpart that makes and checks the chain is `orch.core.audit`.
"""

import contextlib
import json
import os
import threading
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from orch.core.audit import Command, Entry, Fault, Link, check, check_end, parse, seal, write

ROTATE_BYTES = 16 * 1024 * 1024
"""When a new file is begun; the chain goes on in it."""

HEAD = "head.json"
_BLOCK_BYTES = 64 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Audited:
    """What a walk of the log found: how many entries hold, and the first place that does not.

    `file` and `line` say where that is; `torn` names the files in which half lines are kept that
    crashes have left.
    """

    entries: int
    head: Link
    fault: Fault | None = None
    file: str = ""
    line: int = 0
    torn: tuple[str, ...] = ()


class AuditLog:
    """The log of one home. Its calls touch the disk and block; they may come from any thread.

    What was appended is on the disk when `append` returns. A crash can leave half a line at the
    end: it is kept in a file of its own and told in an entry, and the chain goes on behind the
    last whole one.
    """

    def __init__(self, folder: Path, *, rotate_bytes: int = ROTATE_BYTES) -> None:
        """Use this folder; nothing is read or made before it is needed."""
        self.folder, self._rotate_bytes = folder, rotate_bytes
        self._lock = threading.Lock()
        self._link: Link | None = None
        self._size = -1

    def append(self, commands: Sequence[Command]) -> Link:
        """Write these, all or none; return where the chain stands. Raises `OSError`."""
        with self._lock:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            path, notes = self._open(at=commands[0].at if commands else 0.0)
            link, lines = self._link or Link(), []
            for command in (*notes, *commands):
                entry = seal(command, link)
                lines.append(write(entry))
                link = entry.link
            self._size = _append(path, b"".join(lines))
            self._link = link
            # Without it a cut at the end would be noticed by nobody; it may lag, never lead.
            with contextlib.suppress(OSError):
                self._remember(link)
            return link

    def tail(self, count: int) -> list[Entry]:
        """Return the newest entries, oldest first."""
        found: list[Entry] = []
        for path in reversed(self.files()):
            for line in _backwards(path):
                if len(found) >= count:
                    return found[::-1]
                entry = parse(line)
                if entry is not None:
                    found.append(entry)
        return found[::-1]

    def since(self, seq: int) -> list[Entry]:
        """Return the entries behind a number, oldest first."""
        found: list[Entry] = []
        for path in reversed(self.files()):
            for line in _backwards(path):
                entry = parse(line)
                if entry is not None and entry.seq <= seq:
                    return found[::-1]
                if entry is not None:
                    found.append(entry)
        return found[::-1]

    def verify(self, *, newest_only: bool = False, noted: Link | None = None) -> Audited:
        """Walk the chain up to the first place that does not hold. Raises `OSError`.

        An entry that somebody has `noted` must be there as it was. Nobody who writes has to wait
        meanwhile; what is written meanwhile may not be counted.
        """
        files, link, count = self.files(), Link(), 0
        known = tuple(one for one in (self._head(), noted) if one is not None)
        if newest_only and len(files) > 1:
            link, files = _start_of(files[-1]), files[-1:]
        torn = tuple(str(path) for path in sorted(self.folder.glob("torn-*")))
        for path in files:
            for number, line in enumerate(_lines(path), 1):
                found = check(line, link, known=known)
                if isinstance(found, Fault):
                    return Audited(
                        entries=count,
                        head=link,
                        fault=found,
                        file=str(path),
                        line=number,
                        torn=torn,
                    )
                link, count = found.link, count + 1
        last = str(files[-1]) if files else str(self.folder)
        fault = check_end(link, known=known)
        return Audited(entries=count, head=link, fault=fault, file=last, torn=torn)

    def files(self) -> list[Path]:
        """List the files of the log, the oldest first."""
        return sorted(self.folder.glob("[0-9]*.jsonl"))

    def _open(self, *, at: float) -> tuple[Path, list[Command]]:
        """Find the file to write to, and where the chain stands; mend what a crash left."""
        files = self.files()
        path = files[-1] if files else self.folder / "000001.jsonl"
        size = path.stat().st_size if files else 0
        notes: list[Command] = []
        if self._link is None or size != self._size:
            notes = self._recover(path, at=at)
            size = path.stat().st_size if path.exists() else 0
        if size >= self._rotate_bytes:
            path = self.folder / f"{int(path.stem) + 1:06d}.jsonl"
        return path, notes

    def _recover(self, path: Path, *, at: float) -> list[Command]:
        notes = self._set_torn_aside(path, at=at) if path.exists() else []
        newest = self.tail(1)
        end, head = newest[-1].link if newest else Link(), self._head()
        # What is gone stays visible as a gap in the numbers.
        self._link = head if head is not None and head.seq > end.seq else end
        return notes

    def _set_torn_aside(self, path: Path, *, at: float) -> list[Command]:
        data = path.read_bytes()
        whole = data.rfind(b"\n") + 1
        if whole == len(data):
            return []
        kept = self.folder / f"torn-{path.stem}-{whole}.txt"
        kept.write_bytes(data[whole:])
        os.truncate(path, whole)
        params: dict[str, object] = {"size_bytes": len(data) - whole, "kept": kept.name}
        return [Command(at=at, actor="orch", method="audit.torn", outcome="ok", params=params)]

    def _head(self) -> Link | None:
        try:
            found = json.loads((self.folder / HEAD).read_bytes())
            return Link(int(found["seq"]), str(found["hash"]))
        except (OSError, ValueError, TypeError, KeyError):
            return None

    def _remember(self, link: Link) -> None:
        draft = self.folder / f"{HEAD}.new"
        draft.write_text(json.dumps(asdict(link)), encoding="ascii")
        draft.replace(self.folder / HEAD)


def _append(path: Path, data: bytes) -> int:
    """Write at the end and flush to the disk; return the new size. A part is taken back."""
    is_new = not path.exists()
    handle = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        before = os.fstat(handle).st_size
        try:
            rest = memoryview(data)
            while rest:
                rest = rest[os.write(handle, rest) :]
            os.fsync(handle)
        except OSError:
            with contextlib.suppress(OSError):
                os.ftruncate(handle, before)
            raise
    finally:
        os.close(handle)
    if is_new:
        _sync_folder(path.parent)
    return before + len(data)


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _lines(path: Path) -> Iterator[bytes]:
    """Read the whole lines; half a line at the end is a crash's, and is no entry."""
    with path.open("rb") as file:
        for line in file:
            if line.endswith(b"\n"):
                yield line


def _start_of(path: Path) -> Link:
    """Take a file's first entry at its word for what came before it."""
    first = next(_lines(path), b"")
    entry = parse(first)
    return Link(entry.seq - 1, entry.prev) if entry else Link()


def _backwards(path: Path) -> Iterator[bytes]:
    """Read the whole lines from the end on, as few blocks as are asked for."""
    with path.open("rb") as file:
        at = file.seek(0, os.SEEK_END)
        rest, is_first = b"", True
        while at > 0:
            size = min(_BLOCK_BYTES, at)
            at -= size
            file.seek(at)
            parts = (file.read(size) + rest).split(b"\n")
            rest = parts[0]
            # What stands behind the last newline is no whole line.
            fresh = parts[1:-1] if is_first else parts[1:]
            is_first = is_first and len(parts) == 1
            yield from reversed(fresh)
        if rest and not is_first:
            yield rest
