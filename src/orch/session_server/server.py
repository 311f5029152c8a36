"""The server itself: one loop that puts sessions, connections and the kernel's signals together."""

import asyncio
import gc
import logging
import os
import resource
import socket
from collections.abc import Callable
from contextlib import suppress
from signal import SIGCHLD, SIGHUP, SIGTERM
from typing import Any

from orch.session_server.connection import Connection
from orch.session_server.lock import write_identity
from orch.session_server.news import News
from orch.session_server.sessions import Sessions
from orch.session_server.upgrade import become, check_program, default_program
from orch.session_server.values import Estate, Handover, Refused
from orch.system.paths import Home
from orch.system.process import become_subreaper

log = logging.getLogger(__name__)

_STOP_GRACE_S = 3.0
_DESCRIPTORS = 8192


class Server:
    """Serves until it is stopped, or until nobody has needed it for `linger_s`."""

    def __init__(self, home: Home, *, lock: int, linger_s: float) -> None:
        self.home = home
        self._lock, self._linger_s = lock, linger_s
        self._listener: socket.socket | None = None
        self._connections: set[Connection] = set()
        self._leaving: asyncio.TimerHandle | None = None
        self._over = asyncio.Event()
        self._identity: dict[str, Any] = {}
        self.sessions = Sessions(home, News(), when_quiet=self._consider_leaving)

    async def serve(
        self, *, estate: Estate | None = None, ready: Callable[[], None] = lambda: None
    ) -> None:
        """Begin, with what an earlier program gave if there was one, and go on to the end."""
        loop = asyncio.get_running_loop()
        become_subreaper()
        _allow_descriptors()
        given = self._inherit(estate) if estate else {}
        # Before any session: the end of a child that is told meanwhile must not be missed.
        loop.add_signal_handler(SIGCHLD, self.sessions.children.reap)
        loop.add_signal_handler(SIGTERM, self._terminate)
        loop.add_signal_handler(SIGHUP, lambda: None)
        self.sessions.restore(given)
        self.sessions.children.reap()
        self._listener = self._listener or _listen(self.home)
        serving = await loop.create_unix_server(
            lambda: Connection(self, self), sock=self._listener, backlog=1024
        )
        self._identity = write_identity(self.home)
        self._consider_leaving()
        gc.freeze()
        ready()
        log.info("serving %s as process %s", self.home.root, os.getpid())
        await self._over.wait()
        serving.close()
        self.home.session_socket.unlink(missing_ok=True)
        if self.home.sockets.parent != self.home.root:
            # A folder under /tmp, made because the home's path is long: not left lying about.
            with suppress(OSError):
                self.home.sockets.rmdir()

    def _inherit(self, estate: Estate) -> dict[str, Handover]:
        self._listener = socket.socket(fileno=estate.listener)
        self._listener.set_inheritable(False)
        news = News(epoch=estate.epoch, seq=estate.seq)
        news.restore(estate.facts, evicted=estate.evicted)
        self.sessions = Sessions(self.home, news, when_quiet=self._consider_leaving)
        return {given.name: given for given in estate.sessions}

    def identity(self) -> dict[str, Any]:
        """Say who this server is, and what it holds."""
        return {
            **self._identity,
            "epoch": self.sessions.news.epoch,
            "live": len(self.sessions.live),
            "connections": len(self._connections),
        }

    async def upgrade(self, program: tuple[str, ...]) -> dict[str, Any]:
        """Become another program in the same process: its children stay its children.

        The program is tried first; one that does not start is refused, and all stays as it is.
        The reply goes out before; clients connect again to the same socket.
        """
        argv = program or default_program()
        await check_program(argv, self.sessions.children)
        await self.sessions.quiesce()
        asyncio.get_running_loop().call_soon(self._become, argv)
        return self.identity()

    def _become(self, argv: tuple[str, ...]) -> None:
        if self._listener is None:
            return
        news = self.sessions.news
        given = self.sessions.hand_over()
        estate = Estate(
            lock=self._lock,
            listener=self._listener.fileno(),
            epoch=news.epoch,
            seq=news.seq,
            evicted=news.evicted,
            facts=news.facts,
            sessions=given,
        )
        try:
            become((*argv, "--linger", str(self._linger_s)), self.home, estate=estate)
        except OSError:
            log.exception("the upgrade failed; everything goes on as before")
            self.sessions.take_back(given)

    async def stop(self, *, force: bool) -> dict[str, Any]:
        """End this server; with `force` its sessions first. Raises `Refused` without it."""
        live = self.sessions.live
        if live and not force:
            names = ", ".join(session.name for session in live[:5])
            raise Refused(f"{len(live)} sessions live: {names}", remedy="stop them, or use force")
        ends = (self.sessions.end(s.name, grace_s=_STOP_GRACE_S, forget=False) for s in live)
        await asyncio.gather(*ends)
        asyncio.get_running_loop().call_soon(self._over.set)
        return self.identity()

    def opened(self, connection: Connection) -> None:
        """Stay while somebody is there."""
        self._connections.add(connection)
        if self._leaving:
            self._leaving.cancel()
            self._leaving = None

    def closed(self, connection: Connection) -> None:
        """Think of leaving when the last one is gone."""
        self._connections.discard(connection)
        self._consider_leaving()

    def _consider_leaving(self) -> None:
        if self._is_needed() or self._leaving:
            return
        self._leaving = asyncio.get_running_loop().call_later(self._linger_s, self._leave)

    def _leave(self) -> None:
        self._leaving = None
        if not self._is_needed():
            log.info("nobody needs this server: it leaves; the next start makes a new one")
            self._over.set()

    def _is_needed(self) -> bool:
        return bool(self._connections or self.sessions.live)

    def _terminate(self) -> None:
        log.warning("terminated: ending %d sessions", len(self.sessions.live))
        self._stopping = asyncio.get_running_loop().create_task(self.stop(force=True))


def _listen(home: Home) -> socket.socket:
    """Bind the socket, open to its owner only; the lock says that no other server uses it."""
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    home.session_socket.unlink(missing_ok=True)
    before = os.umask(0o177)
    try:
        listener.bind(str(home.session_socket))
    finally:
        os.umask(before)
    os.set_blocking(listener.fileno(), False)
    return listener


def _allow_descriptors() -> None:
    """Ask for room for some thousand sessions."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _DESCRIPTORS if hard == resource.RLIM_INFINITY else min(hard, _DESCRIPTORS)
    if soft < wanted:
        with suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
