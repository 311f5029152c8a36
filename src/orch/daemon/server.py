"""Serves the wire protocol on a Unix socket: who calls is checked first, then each line is run."""

import asyncio
import contextlib
import os
import socket
import stat
import struct
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import structlog

from orch.daemon.connection import Connection
from orch.daemon.context import Context
from orch.daemon.lock import is_listening
from orch.daemon.methods.table import Method
from orch.daemon.rights import Caller, identify
from orch.ports.errors import Permanent
from orch.system.paths import Home, private
from orch.wire.codec import LINE_BYTES

log = structlog.get_logger(__name__)

BACKLOG = 128
"""How many connections may wait to be accepted."""


class StrangerError(Exception):
    """The process at the other end belongs to another user."""


class Server:
    """Accepts connections at one socket, which only this user may open.

    `start` binds, `close` hangs up on everybody after their answers are out.
    """

    def __init__(self, context: Context, methods: Mapping[str, Method]) -> None:
        """Take what is served; nothing is bound yet."""
        self._context = context
        self._methods = methods
        self._server: asyncio.Server | None = None
        self._place: Path | None = None
        self._connections: set[asyncio.Task[None]] = set()

    async def start(self, path: Path | None = None) -> None:
        """Bind the socket with mode 0600 and serve; the caller holds the daemon's lock.

        Without a path it is $ORCH_SOCKET, or the one of the home, whose folder is then closed to
        others. Raises `UnsafeDirectory` if that can't be done, and `Permanent` if something else
        stands in the place of the socket.
        """
        where = path or served_socket(self._context.home)
        if where == self._context.home.daemon_socket:
            private(where.parent)
        _clear(where)
        self._place = where
        self._server = await asyncio.start_unix_server(
            self._accept, sock=_bind(where), limit=LINE_BYTES, backlog=BACKLOG
        )

    async def close(self) -> None:
        """Stop accepting, end all connections, and remove the socket; harmless if done again."""
        if self._server is None or self._place is None:
            return
        self._place.unlink(missing_ok=True)
        self._place = None
        self._server.close()
        open_now = list(self._connections)
        for connection in open_now:
            connection.cancel()
        await asyncio.gather(*open_now, return_exceptions=True)
        await self._server.wait_closed()

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        if task is not None:
            self._connections.add(task)
            task.add_done_callback(self._connections.discard)
        with contextlib.closing(writer):
            try:
                caller = self._identify(writer)
            except (OSError, StrangerError) as error:
                log.warning("connection refused", reason=str(error))
                return
            # The end of the daemon is the connection's end; asyncio would log it as a failure.
            with contextlib.suppress(asyncio.CancelledError):
                await Connection(self._context, self._methods, caller=caller).run(reader, writer)

    def _identify(self, writer: asyncio.StreamWriter) -> Caller:
        pid, uid = peer(writer.get_extra_info("socket"))
        if uid != os.getuid():
            raise StrangerError(f"uid {uid} is not the uid {os.getuid()} that this daemon serves")
        return replace(identify(pid, uid, home=self._context.home), pid=pid)


def served_socket(home: Home) -> Path:
    """Return where the daemon of a home listens: $ORCH_SOCKET, else within the home."""
    named = os.environ.get("ORCH_SOCKET")
    return Path(named) if named else home.daemon_socket


def _clear(path: Path) -> None:
    """Remove the socket that a dead daemon left; nothing else, and nobody else's."""
    try:
        found = path.lstat()
    except FileNotFoundError:
        return
    if not stat.S_ISSOCK(found.st_mode) or is_listening(path):
        raise Permanent(
            f"{path} is in use by something else",
            remedy="name another place in ORCH_SOCKET, or remove it",
        )
    path.unlink()


def peer(connected: socket.socket) -> tuple[int, int]:
    """Return pid and uid of the process at the other end, as the kernel knows them."""
    size = struct.calcsize("3i")
    found = connected.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, size)
    pid, uid, _ = struct.unpack("3i", found)
    return pid, uid


def _bind(path: Path) -> socket.socket:
    listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    before = os.umask(0o177)
    try:
        listening.bind(str(path))
    except OSError:
        listening.close()
        raise
    finally:
        os.umask(before)
    return listening
