"""Verbs of the daemon: start, stop, restart, reload, status, logs, install; and serve."""

import os
import sys

from orch import __version__
from orch.cli.client import Row, call, connect, connect_running, running_version
from orch.cli.confirm import confirm
from orch.cli.exits import FAILED, OK, Failed
from orch.cli.home import home
from orch.cli.progress import working
from orch.cli.render import print_done, print_json
from orch.cli.tables import pairs
from orch.cli.text import age, style
from orch.cli.verbs import JSON, YES, Option, flag, verb
from orch.wire.launch import command

_STOP_S = 60.0


@verb("daemon start", JSON, aliases=("up", "service start"))
def start(*, as_json: bool) -> None:
    """Start the daemon, or say that it runs already."""
    from orch.cli.start import start_daemon

    started = start_daemon()
    found: Row = call("daemon.status")
    if as_json:
        print_json(_as_shape(found, started=started))
        return
    print(f"the daemon {'serves' if started else 'runs already'}: pid {found['pid']}")


def _as_shape(found: Row, **more: object) -> Row:
    drift = found["version"] != __version__
    return {"running": True, "installed": __version__, "drift": drift, **more, **found}


@verb(
    "daemon stop",
    flag("--sessions", "End all agents' sessions too; their tasks begin anew later."),
    YES,
    JSON,
    aliases=("down", "service stop"),
)
def stop(*, sessions: bool, yes: bool, as_json: bool) -> None:
    """Stop the daemon in good order; agents' sessions go on, and are found again."""
    if sessions:
        confirm("all sessions will be ended", yes=yes, again="orch down --sessions --yes")
    ended = _stop(sessions=sessions)
    what = "the daemon has ended" + ("; sessions too" if sessions else "; sessions go on")
    print_done({"ended": ended, "what": what if ended else "no daemon runs"}, as_json=as_json)


def _stop(*, sessions: bool = False) -> bool:
    """Ask the daemon to end and wait for the end of its process; False if none runs.

    To end sessions, a daemon that does not run is started first if it has left any.
    """
    client = connect_running()
    if client is None and sessions and os.path.exists(f"{home()}/sessions/server.json"):  # noqa: PTH110
        client = connect()
    if client is None:
        return False
    with client, working("waiting for the daemon to end"):
        found = client.call("daemon.status")
        pid = found["pid"] if isinstance(found, dict) else 0
        handle = _handle(pid)
        client.call("daemon.stop", sessions=sessions)
        _await_end(handle)
    return True


def _handle(pid: int) -> int | None:
    try:
        return os.pidfd_open(pid)
    except (AttributeError, ProcessLookupError):
        return None


def _await_end(handle: int | None) -> None:
    import select

    if handle is None:
        return
    try:
        ended, _, _ = select.select([handle], [], [], _STOP_S)
        if not ended:
            message = f"the daemon has not ended within {_STOP_S:.0f} s"
            raise Failed(message, then="orch daemon logs")
    finally:
        os.close(handle)


@verb("daemon restart", JSON, aliases=("service restart",))
def restart(*, as_json: bool) -> None:
    """Stop the daemon and start the version that is installed; sessions go on."""
    from orch.cli.start import start_daemon

    started = start_daemon(instead=_stop)
    found: Row = call("daemon.status")
    if as_json:
        print_json(_as_shape(found, started=started))
        return
    print(f"the daemon serves: pid {found['pid']}, version {found['version']}")


@verb("daemon reload", JSON, aliases=("service reload",))
def reload(*, as_json: bool) -> None:
    """Have the daemon read its configuration again."""
    client = connect_running()
    if client is None:
        raise Failed("no daemon runs", then="orch daemon start")
    with client:
        found = client.call("daemon.reload")
    print_done(found if isinstance(found, dict) else {"what": "done"}, as_json=as_json)


@verb("daemon status", JSON, aliases=("service status",))
def status(*, as_json: bool) -> int:
    """Show whether the daemon runs, and whether it is the version that is installed.

    Never starts it; exits with 1 if it does not run.
    """
    client = connect_running()
    if client is None:
        _say_stopped(as_json=as_json)
        return FAILED
    with client:
        found = client.call("daemon.status")
    if not isinstance(found, dict):
        return FAILED
    if as_json:
        print_json(_as_shape(found))
        return OK
    _say_running(found, drift=found["version"] != __version__)
    return OK


def _say_stopped(*, as_json: bool) -> None:
    if as_json:
        print_json({"running": False, "installed": __version__, "home": home()})
        return
    last = running_version()
    print("no daemon runs" + (f" (the last one was version {last} and died)" if last else ""))
    print("next: orch daemon start")


def _say_running(found: Row, *, drift: bool) -> None:
    import time

    print(
        pairs(
            [
                ("daemon", "runs"),
                ("version", found["version"]),
                ("pid", str(found["pid"])),
                ("up", age(time.time() - found["started_at"])),
                ("home", found["home"]),
                ("socket", found["socket"]),
                ("log", found["log"]),
            ]
        )
    )
    if drift:
        print(style(f"installed is {__version__}; next: orch daemon restart", "yellow"))


@verb(
    "daemon logs",
    Option("--lines -n", "How many lines of its end.", kind="int", metavar="N", default=50),
    flag("--follow -f", "Go on as more comes.", dest="on"),
    JSON,
    aliases=("service logs",),
)
def logs(*, lines: int, on: bool, as_json: bool) -> None:
    """Show the daemon's own log."""
    from orch.cli.daemonlog import show_log

    show_log(lines, on=on, as_json=as_json)


@verb(
    "daemon install",
    flag("--show", "Only print the service file."),
    JSON,
    aliases=("service install",),
)
def install(*, show: bool, as_json: bool) -> int:
    """Install the daemon as a service of this user (systemd; launchd on macOS)."""
    return _service("show" if show else "install", as_json=as_json)


@verb("daemon uninstall", JSON, aliases=("service uninstall",))
def uninstall(*, as_json: bool) -> int:
    """Remove the service; what orch has stored stays."""
    return _service("uninstall", as_json=as_json)


def _service(what: str, *, as_json: bool) -> int:
    import subprocess

    argv = [sys.executable, "-P", "-m", "orch.daemon.service", what, *(["--json"] * as_json)]
    return subprocess.run(argv, check=False).returncode


@verb("serve")
def serve() -> None:
    """Run the daemon in the foreground, for a service or to watch it; ^C ends it."""
    sys.stdout.flush()
    argv = command()
    os.execv(argv[0], argv)  # noqa: S606 - no shell is wanted
