"""Reads the logs that gates leave among an attempt's files, by offset."""

from base64 import b64encode
from pathlib import Path

from orch.wire.shapes.places import LogChunk


def newest_gate_log(folder: Path) -> Path | None:
    """Return the log of an attempt's newest gate run; None if there is none."""
    found = sorted(folder.glob("gate-*.log"), key=lambda path: path.stat().st_mtime_ns)
    return found[-1] if found else None


def read_part(path: Path, *, offset: int, limit: int) -> LogChunk:
    """Read a piece of a file; a negative offset counts from its end."""
    with path.open("rb") as file:
        end = file.seek(0, 2)
        start = max(0, end + offset) if offset < 0 else min(offset, end)
        file.seek(start)
        data = file.read(limit)
    return LogChunk(
        source=path.name,
        offset=start,
        next=start + len(data),
        first=0,
        end=end,
        data=b64encode(data).decode(),
        open=start + len(data) < end,
    )
