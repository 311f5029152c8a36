"""What it means that the daemon hung up: it died, was stopped, or makes room for another one."""

import fcntl
import os
import time

from orch.cli.client import Row, lock_holder
from orch.cli.home import home
from orch.system.paths import boot_id
from orch.wire.client import Client, NotListeningError, socket_path
from orch.wire.codes import Code, WireError

_PATIENCE_S = 120.0
"""So long one that was stopped may take: with it the agents' sessions may have to end."""
_LOOK_AGAIN_S = 0.2


def await_next(until: float | None) -> None:
    """Wait until another call finds a daemon, or may start one, but no longer than `until`.

    One that died is started by the next call. One that a person stopped is to stay stopped, unless
    they have another one started in its place. Raises `WireError` for that, and when time is over.
    """
    _await_start(until)
    if serves():
        return
    await_end(until)
    # In good order a daemon takes its name off the lock.
    if not lock_holder():
        raise WireError(
            Code.UNAVAILABLE,
            "the daemon was stopped while this waited",
            kept="what it had accepted is stored",
            next="orch daemon start, then the same command again",
        )
    while os.environ.get("ORCH_SESSION") and not serves():
        _pause(until)  # What died is not started from within a session: somebody will.


def _pause(until: float | None) -> None:
    """Let a moment pass; raise `WireError` if time is over."""
    if until is not None and time.monotonic() >= until:
        raise WireError(
            Code.TIMED_OUT,
            "the daemon hung up, and none was there again in time",
            kept="what it had accepted is stored",
            next="orch daemon status",
        )
    time.sleep(_LOOK_AGAIN_S)


def _await_start(until: float | None) -> None:
    """Wait as long as somebody is starting a daemon."""
    try:
        lock = os.open(f"{home()}/start.lock", os.O_RDWR | os.O_CLOEXEC)
    except OSError:
        return
    try:
        while not _takes(lock):
            _pause(until)
    finally:
        os.close(lock)


def _takes(lock: int) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def await_end(until: float | None = None) -> None:
    """Wait for a daemon that serves nobody any more to end; for one that begins, to serve.

    Gives up after two minutes; raises `WireError` when `until` is over before.
    """
    holder = lock_holder()
    patience = time.monotonic() + _PATIENCE_S
    while _lives(holder) and not serves() and time.monotonic() < patience:
        _pause(until)


def serves() -> bool:
    """Tell whether a daemon listens. Raises `WireError` if its socket can't be used."""
    try:
        Client(socket_path()).close()
    except NotListeningError:
        return False
    return True


def _lives(holder: Row) -> bool:
    """Tell whether it is that very process: a number is given to others when one has ended."""
    try:
        with open(f"/proc/{holder.get('pid')}/stat", "rb") as file:  # noqa: PTH123
            fields = file.read().rpartition(b")")[2].split()
    except OSError:
        return False
    ours = (holder.get("boot_id"), holder.get("start_time"))
    return ours == (boot_id(), int(fields[19])) and fields[0] not in {b"Z", b"X"}
