"""What it means that the daemon hung up: it died, was stopped, or makes room for another one."""

import fcntl
import json
import os
import select

from orch.cli.home import home
from orch.wire.client import Client, NotListeningError, socket_path
from orch.wire.codes import Code, WireError

_PATIENCE_S = 120.0
"""So long one that was stopped may take: with it the agents' sessions may have to end."""


def is_followed() -> bool:
    """Wait until the daemon that hung up has ended; tell whether another call finds or starts one.

    One that died is started again by the next call. One that a person stopped is to stay stopped,
    unless they have another one started in its place.
    """
    _await_start()
    if _serves():
        return True
    pid = _holder()
    if pid is not None:
        _await_end(pid)
    # In good order a daemon takes its name off the lock.
    return _holder() is not None


def stopped() -> WireError:
    """Say that it is to stay stopped."""
    return WireError(
        Code.UNAVAILABLE,
        "the daemon was stopped while this waited",
        kept="what it had accepted is stored",
        next="orch daemon start, then the same command again",
    )


def _await_start() -> None:
    """Wait as long as somebody is starting a daemon."""
    try:
        lock = os.open(f"{home()}/start.lock", os.O_RDWR | os.O_CLOEXEC)
    except OSError:
        return
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
    finally:
        os.close(lock)


def _serves() -> bool:
    try:
        Client(socket_path()).close()
    except (NotListeningError, WireError):
        return False
    return True


def _holder() -> int | None:
    """Return whom the daemon's lock names, who may be dead."""
    try:
        with open(f"{home()}/daemon.lock", encoding="utf-8") as file:  # noqa: PTH123
            found = json.load(file).get("pid")
    except (OSError, ValueError, AttributeError):
        return None
    return found if isinstance(found, int) else None


def _await_end(pid: int) -> None:
    try:
        handle = os.pidfd_open(pid)
    except (AttributeError, OSError):
        return
    try:
        select.select([handle], [], [], _PATIENCE_S)
    finally:
        os.close(handle)
