"""What tells the tmux host that something happened: the recorders, and tmux in control mode."""

import asyncio
import os
import socket
import subprocess
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from orch.adapters.session_hosts.starting import clean_environment
from orch.adapters.session_hosts.tmux.program import SESSION, Tmux
from orch.system.paths import private

_DATAGRAM_BYTES = 4096
_LINE_BYTES = 1024 * 1024
_RETRY_S = 0.5
_WINDOW_GONE = (b"%window-close", b"%unlinked-window-close")


@dataclass(frozen=True, slots=True)
class Ring:
    """What a recorder says: its session "grew", or "lost" output, and why."""

    kind: str
    session: str
    why: str


class BellSocket:
    """Hears what the recorders ring."""

    def __init__(self, path: Path, heard: Callable[[Ring], None]) -> None:
        self._path, self._heard = path, heard
        private(path.parent)
        path.unlink(missing_ok=True)
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.setblocking(False)  # noqa: FBT003 - the system's signature
        self._socket.bind(str(path))
        asyncio.get_running_loop().add_reader(self._socket, self._hear)

    def _hear(self) -> None:
        with suppress(BlockingIOError):
            while True:
                words = self._socket.recv(_DATAGRAM_BYTES).decode(errors="replace")
                kind, _, rest = words.partition(" ")
                name, _, why = rest.partition(" ")
                self._heard(Ring(kind, name, why))

    def close(self) -> None:
        """Stop listening."""
        asyncio.get_running_loop().remove_reader(self._socket)
        self._socket.close()
        self._path.unlink(missing_ok=True)


class ControlMode:
    """A client of tmux that only listens: it tells when a window goes, or the server.

    A window's death arrives as `%window-close`, or as `%unlinked-window-close` if it was not in
    the session that this client is attached to (so in tmux 3.3a); the server's as the end.
    """

    def __init__(self, tmux: Tmux, changed: Callable[[], Awaitable[bool]]) -> None:
        """Call `changed` at each such event; it says whether there is still something to hear."""
        self._tmux, self._changed = tmux, changed
        self._listening: asyncio.Task[None] | None = None

    def ensure(self) -> None:
        """Listen, if nobody does; harmless where there is no server yet."""
        if self._listening is None or self._listening.done():
            self._listening = asyncio.create_task(self._listen())

    async def close(self) -> None:
        """Stop listening; server and windows stay."""
        listening, self._listening = self._listening, None
        if listening is not None:
            listening.cancel()
            await asyncio.gather(listening, return_exceptions=True)

    async def _listen(self) -> None:
        while True:
            await self._attach()
            if not await self._changed():
                return
            await asyncio.sleep(_RETRY_S)

    async def _attach(self) -> None:
        """Listen until the client ends."""
        client = _open_client(self._tmux)
        try:
            await self._read(client)
        finally:
            _end(client)

    async def _read(self, client: "subprocess.Popen[bytes]") -> None:
        reader = asyncio.StreamReader(limit=_LINE_BYTES)
        transport, _ = await asyncio.get_running_loop().connect_read_pipe(
            lambda: asyncio.StreamReaderProtocol(reader), client.stdout
        )
        try:
            while line := await reader.readline():
                if line.startswith(_WINDOW_GONE):
                    await self._changed()
        finally:
            transport.close()


def _open_client(tmux: Tmux) -> "subprocess.Popen[bytes]":
    # It sees no output and has no size of its own: others decide how large windows are.
    argv = tmux.argv(("attach-session", "-f", "no-output,ignore-size", "-t", f"={SESSION}"))
    return subprocess.Popen(
        [argv[0], "-C", *argv[1:]],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=clean_environment(os.environ),
        start_new_session=True,
    )


def _end(client: "subprocess.Popen[bytes]") -> None:
    if client.stdin is not None:
        client.stdin.close()
    client.kill()
    client.wait()
