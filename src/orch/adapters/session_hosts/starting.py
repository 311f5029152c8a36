"""Start the session server of a home, apart from whoever asks for it."""

import os
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path

from orch.ports.errors import Transient
from orch.system.paths import Home
from orch.system.run import CannotStart, Order, run

_TIMEOUT_S = 60.0
_KEPT = frozenset(
    {"PATH", "HOME", "USER", "LOGNAME", "LANG", "TZ", "TMPDIR", "PYTHONPATH"}
    | {"XDG_RUNTIME_DIR", "DBUS_SESSION_BUS_ADDRESS", "ORCH_CGROUP"}
)
"""What the server is given of the environment: no secrets, and no mark of a session."""


async def start_server(home: Home) -> None:
    """Start the server, or find that it runs; it answers when this returns. Raises `Transient`.

    Where systemd looks after this user, the server gets a scope of its own, so that stopping the
    daemon's unit leaves it alone; else it detaches by itself.
    """
    environment = clean_environment(os.environ) | {"ORCH_HOME": str(home.root)}
    plain = (sys.executable, "-P", "-m", "orch.session_server", "--home", str(home.root))
    why = ""
    for argv in ((*scope(home, environment, what="session-server"), *plain), plain):
        try:
            done = await run(
                Order(argv=argv, env=environment, timeout_s=_TIMEOUT_S, cwd="/", reap=False)
            )
        except CannotStart as error:
            raise Transient(f"the session server can't be started: {error}") from error
        if done.ok:
            return
        why = done.stderr.decode(errors="replace").strip() or done.ending
    raise Transient(
        f"the session server does not start: {why}; its log is {home.session_server_log}"
    )


def clean_environment(given: Mapping[str, str]) -> dict[str, str]:
    """Return what of an environment is fit for a process that outlives everything else."""
    return {name: value for name, value in given.items() if name in _KEPT or name[:3] == "LC_"}


def scope(home: Home, environment: Mapping[str, str], *, what: str) -> tuple[str, ...]:
    """Return what puts a command into a systemd scope, nothing where that can't be had.

    Untested: none of the machines this was written on has a systemd that runs.
    """
    runtime = environment.get("XDG_RUNTIME_DIR")
    program = shutil.which("systemd-run")
    if program is None or not runtime or not Path(runtime, "systemd", "private").exists():
        return ()
    unit = f"--unit=orch-{what}-{home.digest}-{os.getpid()}"
    # Delegation lets the server make a control group for each session.
    delegate = ("-p", "Delegate=yes")
    return (program, "--user", "--scope", "--quiet", "--collect", *delegate, unit, "--")
