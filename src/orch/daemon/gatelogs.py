"""Reads the logs that gates leave among an attempt's files, by offset, also while they grow."""

import asyncio
from base64 import b64encode
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from orch.wire.codes import Code, WireError
from orch.wire.shapes.places import LogChunk

_LOOK_S: Final = 0.2
"""A file tells nobody that it has grown."""

_CHUNK_BYTES: Final = 256 * 1024


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


@dataclass(frozen=True, slots=True)
class GateLogs:
    """The gate logs of an attempt or a landing, `name` by name.

    `running` tells the log that grows now, "" if the gate waits for a slot, None if there is no
    gate under way. `kept` is the log of the receipt, which may be another's.
    """

    name: str
    folder: Path
    running: Callable[[], str | None]
    kept: str = ""

    async def read(self, *, offset: int, limit: int) -> LogChunk:
        """Read a piece of the log that grows, else of the newest. Raises `WireError`."""
        path, grows = await self._find()
        return await _read(path, offset=offset, limit=limit, grows=grows)

    async def pieces(self, offset: int) -> AsyncIterator[LogChunk]:
        """Yield what is there, then what comes, until the gate has ended."""
        path, grows = await self._find()
        while True:
            # Asked before reading: what is written last is read after it.
            grows = grows and self.running() == str(path)
            chunk = await _read(path, offset=offset, limit=_CHUNK_BYTES, grows=grows)
            offset = chunk.next
            if chunk.data or not chunk.open:
                yield chunk
            if not chunk.open:
                return
            if offset >= chunk.end:
                await asyncio.sleep(_LOOK_S)

    async def _find(self) -> tuple[Path, bool]:
        running = self.running()
        if running:
            grows = Path(running)
            if await asyncio.to_thread(grows.exists):
                return grows, True
        newest = await asyncio.to_thread(newest_gate_log, self.folder)
        if newest is None and self.kept:
            kept = Path(self.kept)
            newest = kept if await asyncio.to_thread(kept.exists) else None
        if newest is None:
            what = "no gate has run for" if running is None else "a slot is awaited by the gate of"
            raise WireError(Code.NOT_FOUND, f"{what} {self.name}", next="orch queue")
        return newest, False


async def _read(path: Path, *, offset: int, limit: int, grows: bool) -> LogChunk:
    chunk = await asyncio.to_thread(read_part, path, offset=offset, limit=limit)
    return replace(chunk, open=chunk.open or grows)
