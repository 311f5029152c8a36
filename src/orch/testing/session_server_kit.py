"""A real session server for a test, viewers of its sessions, and proof that nothing is left."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from orch.adapters.session_hosts.builtin import BuiltinSessionHost
from orch.session_server.emulator import Emulator
from orch.session_server.launch import MARK_NAME
from orch.system.paths import Home
from orch.system.process import processes
from orch.system.reap import readable
from orch.testing.session_waits import PATIENCE_S
from orch.wire.attach import AttachedSession, Lost
from orch.wire.framing import Frame, FrameType, parse_size


@asynccontextmanager
async def served(home: Home) -> AsyncIterator[BuiltinSessionHost]:
    """Give a host of this home; its server and all sessions are ended afterwards."""
    host = BuiltinSessionHost(home)
    try:
        yield host
    finally:
        await host.stop_server(force=True)
    assert left_of(home) == []


def left_of(home: Home) -> list[str]:
    """Name the processes that carry the mark of any session of a home."""
    beginning = f"\0{MARK_NAME}={home.digest}:".encode()
    found = []
    for process in processes():
        with suppress(OSError):
            environment = Path(f"/proc/{process.pid}/environ").read_bytes()
            if beginning in b"\0" + environment and not process.is_dead:
                found.append(f"{process.pid} {process.name}")
    return found


@dataclass(slots=True)
class Watcher:
    """A viewer without a person: `screen` is what its terminal would show."""

    attached: AttachedSession
    screen: Emulator
    output: bytearray = field(default_factory=bytearray)
    frames: list[Frame] = field(default_factory=list)
    is_lost: bool = False

    @classmethod
    def attach(
        cls, home: Home, session: str, *, read_only: bool = False, rows: int = 0, cols: int = 0
    ) -> "Watcher":
        """Attach to a session, with a terminal of this size (0: as large as the session's)."""
        path = str(home.session_socket)
        attached = AttachedSession.open(path, session, read_only=read_only, rows=rows, cols=cols)
        screen = Emulator.blank(
            rows=rows or attached.state["rows"], cols=cols or attached.state["cols"]
        )
        return cls(attached, screen)

    async def until(self, met: Callable[["Watcher"], bool]) -> "Watcher":
        """Take frames until this is so, or the server hangs up. Raises `TimeoutError`."""
        async with asyncio.timeout(PATIENCE_S):
            while not met(self) and not self.is_lost:
                if not self.attached.has_early_frames:
                    await readable(self.attached.fileno())
                self.take()
        return self

    def take(self) -> None:
        """Take the frames that have come."""
        try:
            frames = self.attached.receive()
        except Lost:
            self.is_lost = True
            self.close()
            return
        for frame in frames:
            self.frames.append(frame)
            if frame.type in {FrameType.OUTPUT, FrameType.REDRAW}:
                self.screen.feed(frame.payload)
            if frame.type is FrameType.OUTPUT:
                self.output += frame.payload
            if frame.type is FrameType.RESIZE:
                rows, cols = parse_size(frame.payload)
                self.screen.resize(rows=rows, cols=cols)

    async def shows(self, text: str) -> "Watcher":
        """Wait until the terminal shows this."""
        return await self.until(lambda watcher: text in watcher.screen.text)

    def notices(self) -> list[str]:
        """Return what the person was told."""
        return [f.payload.decode() for f in self.frames if f.type is FrameType.NOTICE]

    def close(self) -> None:
        """Hang up."""
        self.attached.close()
