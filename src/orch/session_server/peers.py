"""Who is at the other end of a connection, as the kernel tells."""

import os
import socket
import struct
from collections.abc import Container
from dataclasses import dataclass

from orch.session_server.launch import MARK_NAME
from orch.system.process import read_process

_CREDENTIALS = struct.Struct("3i")
_INIT = 1


@dataclass(frozen=True, slots=True)
class Peer:
    """A process that connected."""

    pid: int
    uid: int

    @classmethod
    def of(cls, connection: socket.socket) -> "Peer":
        """Ask the kernel. Raises `OSError`."""
        raw = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _CREDENTIALS.size)
        pid, uid, _ = _CREDENTIALS.unpack(raw)
        return cls(pid, uid)

    @property
    def is_us(self) -> bool:
        """Tell whether it is of the same user."""
        return self.uid == os.getuid()

    def is_inside(self, leaders: Container[int], *, mark: str) -> bool:
        """Tell whether it runs inside a session: it descends from one, or bears the mark of one.

        `mark` is what the marks of this home begin with. Such a process may look, not act.
        """
        if _bears(self.pid, f"{MARK_NAME}={mark}"):
            return True
        pid = self.pid
        while pid > _INIT:
            if pid in leaders:
                return True
            process = read_process(pid)
            pid = process.parent if process else 0
        return False


def _bears(pid: int, beginning: str) -> bool:
    try:
        with open(f"/proc/{pid}/environ", "rb") as file:  # noqa: PTH123 - /proc is no tree of files
            environment = file.read()
    except OSError:
        return False
    return b"\0" + beginning.encode() in b"\0" + environment
