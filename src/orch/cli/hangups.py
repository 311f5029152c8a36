"""What it means that the daemon hung up: it died, was stopped, or makes room for another one."""

import fcntl
import json
import os
import select
import time

from orch.cli.client import Row
from orch.cli.home import home
from orch.system.paths import boot_id
from orch.wire.client import Client, NotListeningError, socket_path
from orch.wire.codes import Code, WireError

_PATIENCE_S = 120.0
"""So long one that was stopped may take: with it the agents' sessions may have to end."""
_LOOK_AGAIN_S = 0.2


def is_followed() -> bool:
    """Wait until the daemon that hung up has ended; tell whether another call finds or starts one.

    One that died is started again by the next call. One that a person stopped is to stay stopped,
    unless they have another one started in its place.
    """
    _await_start()
    if serves():
        return True
    await_end()
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


def await_end() -> None:
    """Wait for a daemon that serves nobody any more to end; for one that begins, to serve."""
    holder = _holder()
    try:
        handle = os.pidfd_open(holder["pid"]) if holder else None
    except OSError:
        return
    if holder is None or handle is None:
        return
    try:
        until = time.monotonic() + _PATIENCE_S
        while _lives(holder) and not serves() and time.monotonic() < until:
            select.select([handle], [], [], _LOOK_AGAIN_S)
    finally:
        os.close(handle)


def serves() -> bool:
    """Tell whether a daemon listens. Raises `WireError` if its socket can't be used."""
    try:
        Client(socket_path()).close()
    except NotListeningError:
        return False
    return True


def _holder() -> Row | None:
    """Return whom the daemon's lock names, who may be dead."""
    try:
        with open(f"{home()}/daemon.lock", encoding="utf-8") as file:  # noqa: PTH123
            found = json.load(file)
    except (OSError, ValueError):
        return None
    return found if isinstance(found, dict) and isinstance(found.get("pid"), int) else None


def _lives(holder: Row) -> bool:
    """Tell whether it is that very process: a number is given to others when one has ended."""
    try:
        with open(f"/proc/{holder['pid']}/stat", "rb") as file:  # noqa: PTH123
            fields = file.read().rpartition(b")")[2].split()
    except OSError:
        return False
    ours = (holder.get("boot_id"), holder.get("start_time"))
    return ours == (boot_id(), int(fields[19])) and fields[0] not in {b"Z", b"X"}
