"""Calls the daemon for the commands; starts it first where it does not run."""

import os
import sys
import time
from collections.abc import Iterator

from orch import __version__
from orch.cli.home import home
from orch.wire.client import Client, HungUpError, NotListeningError, socket_path
from orch.wire.codes import Code, WireError

TYPE_CHECKING = False
if TYPE_CHECKING:
    # Importing typing costs as much as the rest of a plain command.
    from typing import Any

    Row = dict[str, Any]
else:
    Row = dict
"""`Row` is a shape, as JSON gives it."""


def call(method: str, /, **params: object) -> "Any":  # noqa: ANN401 - each method has its own shape
    """Call a method and return its result. Raises `WireError`."""
    with connect() as client:
        return client.call(method, **params)


def outlast(method: str, /, *, timeout_s: float | None, **params: object) -> "Any":  # noqa: ANN401
    """Call a method that waits, and call it again if the daemon dies meanwhile.

    A daemon that was killed is started again, and one that takes its place is asked; one that a
    person stopped stays stopped, and the error says so. `timeout_s` counts for all calls together.
    """
    until = None if timeout_s is None else time.monotonic() + timeout_s
    while True:
        left = None if until is None else max(0.0, until - time.monotonic())
        try:
            return call(method, timeout_s=left, **params)
        except HungUpError:
            from orch.cli.hangups import await_next

            await_next(until)


def follow(method: str, /, **params: object) -> Iterator[Row]:
    """Subscribe, and yield the news until the daemon ends. Raises `WireError`."""
    with connect() as client:
        yield from client.follow(method, **params)


def connect() -> Client:
    """Connect to the daemon, starting it if nobody listens.

    Within a session nothing is started: a daemon that an agent started would be its child.
    """
    path = socket_path()
    try:
        client = Client(path)
    except NotListeningError:
        if os.environ.get("ORCH_SESSION") or os.environ.get("ORCH_SOCKET"):
            raise _not_running(path) from None
        from orch.cli.start import start_daemon

        start_daemon()
        client = _connect_again(path)
    _warn_of_drift()
    return client


def connect_running() -> Client | None:
    """Connect to the daemon if it runs; never starts it."""
    try:
        return Client(socket_path())
    except NotListeningError:
        return None


def scope(project: str | None = None) -> Row:
    """Return the parameters by which the daemon finds the project that is meant."""
    try:
        folder: str | None = os.getcwd()  # noqa: PTH109 - pathlib costs 10 ms
    except FileNotFoundError:
        folder = None
    return {"project": project or os.environ.get("ORCH_PROJECT") or None, "cwd": folder}


def _connect_again(path: str) -> Client:
    try:
        return Client(path)
    except NotListeningError as error:
        raise _not_running(path) from error


def _not_running(path: str) -> WireError:
    return WireError(
        Code.UNAVAILABLE,
        f"no daemon listens at {path}",
        next="orch daemon start" if not os.environ.get("ORCH_SOCKET") else "unset ORCH_SOCKET",
    )


def _warn_of_drift() -> None:
    """Warn once of each daemon that runs another version than this client is."""
    running = running_version()
    if running in {None, __version__}:
        return
    mark = f"{home()}/run/drift-{running}-{__version__}"
    try:
        os.close(os.open(mark, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    except OSError:
        return
    print(
        f"orch: the daemon runs version {running}, this is {__version__}; "
        "`orch daemon restart` brings them together (sessions go on)",
        file=sys.stderr,
    )


def running_version() -> str | None:
    """Return the version of the daemon that holds this home's lock, as its lock file says."""
    found = lock_holder().get("version")
    return found if isinstance(found, str) else None


def lock_holder() -> Row:
    """Return what the daemon's lock says of who holds it, and may be dead; nothing if nobody."""
    import json

    try:
        with open(f"{home()}/daemon.lock", encoding="utf-8") as file:  # noqa: PTH123
            found = json.load(file)
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}
