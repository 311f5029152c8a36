"""The single daemon of a home: a held lock, the holder's identity, and the socket it leaves."""

import fcntl
import json
import os
import socket
import time
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from orch.system.paths import Home
from orch.system.process import Identity, Life, identify, probe


class AlreadyRunning(Exception):
    """Another daemon serves this home."""

    def __init__(self, home: Home, holder: "Holder | None") -> None:
        """Say who it is, as far as it is known."""
        who = f"pid {holder.pid}, version {holder.version}" if holder else "its identity is unknown"
        super().__init__(
            f"a daemon serves {home.root} already ({who}); "
            "`orch daemon status` shows it, `orch daemon restart` replaces it"
        )
        self.holder = holder


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """Who holds the lock: a process for all time, and what it runs."""

    pid: int
    start_time: int
    boot_id: str
    version: str
    since: float

    @property
    def life(self) -> Life:
        """Tell whether this very process still lives."""
        return probe(Identity(self.boot_id, self.pid, self.start_time))


class DaemonLock:
    """A lock that ends with its process: `acquire` it first, `release` it last."""

    def __init__(self, home: Home) -> None:
        """Name the home; nothing is touched yet."""
        self._home = home
        self._handle: int | None = None

    def acquire(self, *, version: str) -> None:
        """Take the lock or raise `AlreadyRunning`; then remove what a dead daemon left."""
        self._home.root.mkdir(mode=0o700, parents=True, exist_ok=True)
        flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC
        handle = os.open(self._home.daemon_lock, flags, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(handle)
            raise AlreadyRunning(self._home, read_holder(self._home)) from None
        self._handle = handle
        _write(handle, _me(version))
        # Whoever listened there is dead, or the lock would be held.
        self._home.daemon_socket.unlink(missing_ok=True)

    def release(self) -> None:
        """Remove the socket and let go; doing it again is harmless."""
        if self._handle is None:
            return
        self._home.daemon_socket.unlink(missing_ok=True)
        os.ftruncate(self._handle, 0)
        os.close(self._handle)
        self._handle = None


def read_holder(home: Home) -> Holder | None:
    """Return what the lock file says of its holder, who may be dead; None if nothing."""
    try:
        return Holder(**json.loads(home.daemon_lock.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None


def is_held(home: Home) -> bool:
    """Tell whether a live process holds the lock, without waiting and without taking it."""
    try:
        handle = os.open(home.daemon_lock, os.O_RDWR | os.O_CLOEXEC)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(handle)
    return False


def is_listening(path: Path) -> bool:
    """Tell whether anybody accepts connections at a socket; the socket of a dead one refuses."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as caller, suppress(OSError):
        caller.connect(str(path))
        return True
    return False


def _me(version: str) -> Holder:
    found = identify(os.getpid())
    start_time, boot = (found.start_time, found.boot_id) if found else (0, "")
    return Holder(
        pid=os.getpid(), start_time=start_time, boot_id=boot, version=version, since=time.time()
    )


def _write(handle: int, holder: Holder) -> None:
    os.ftruncate(handle, 0)
    os.pwrite(handle, json.dumps(asdict(holder)).encode() + b"\n", 0)
