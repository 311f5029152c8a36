"""What tells the tmux host that something happened: the recorders ring at a socket of the daemon's.

A client of tmux in control mode would be told as well, but with one attached tmux 3.3a dies of a
fault now and then when somebody detaches, and all sessions with it.
"""

import asyncio
import socket
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from orch.system.paths import private

_DATAGRAM_BYTES = 4096


@dataclass(frozen=True, slots=True)
class Ring:
    """What a recorder says: its session "grew" or "lost" output, and why, or its pane "closed"."""

    kind: str
    session: str
    why: str = ""


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
