"""Go to the tmux pane of a session: what to run, inside of tmux and outside of it."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from orch.cli.exits import Failed

_WHERE = "#{session_name} #{window_id}"
_LOOK_S = 10.0


def enter(terminal: Sequence[str], *, read_only: bool = False) -> int:
    """Show a pane in this terminal; 2 if there is none, else tmux's exit code. Raises `Failed`.

    Inside the same tmux the client switches to it; else a view of its own is opened, which goes
    when the person detaches and disturbs nobody else who looks.
    """
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        sys.stderr.write("attach needs a terminal\n  try: orch logs -f\n")
        return 2
    if is_inside(terminal, os.environ):
        return subprocess.call([*terminal[:-1], "switch-client", "-t", terminal[-1]])
    view = f"orch-view-{os.getpid()}"
    argv = plan(terminal, view=view, where=_find(terminal), read_only=read_only)
    # tmux does not begin inside of another tmux unless that is hidden from it.
    env = {name: value for name, value in os.environ.items() if name != "TMUX"}
    sys.stdout.flush()
    with _outliving_the_terminal():
        code = subprocess.call(argv, env=env)
        # Not by `destroy-unattached`: with it tmux may die when a client goes while another comes.
        gone = [*terminal[:-1], "kill-session", "-t", f"={view}"]
        subprocess.run(gone, capture_output=True, timeout=_LOOK_S, check=False)
    return code


def plan(
    terminal: Sequence[str], *, view: str, where: tuple[str, str], read_only: bool
) -> list[str]:
    """Return the command that opens a view; `where` are the pane's tmux session and window."""
    session, window = where
    flags = ("-f", "read-only,ignore-size") if read_only else ()
    steps: list[tuple[str, ...]] = [
        ("new-session", *flags, "-s", view, "-t", f"={session}"),
        ("select-window", "-t", f":{window}"),
    ]
    if not read_only:
        # Until somebody looks, a window has the size that was ordered; now it has the viewer's.
        steps.append(("set-option", "-w", "-t", window, "window-size", "latest"))
    return [*terminal[:-1], *(word for step in steps for word in (*step, ";"))][:-1]


@contextmanager
def _outliving_the_terminal() -> Iterator[None]:
    """Stay when the terminal goes: the view is still to be taken away."""
    former = signal.signal(signal.SIGHUP, lambda *_: None)
    try:
        yield
    finally:
        signal.signal(signal.SIGHUP, former)


def is_inside(terminal: Sequence[str], env: Mapping[str, str]) -> bool:
    """Tell whether this process runs in a pane of the same tmux server."""
    ours = env.get("TMUX", "").partition(",")[0]
    return bool(ours) and Path(ours).resolve() == Path(terminal[-2]).resolve()


def _find(terminal: Sequence[str]) -> tuple[str, str]:
    *command, pane = terminal
    argv = [*command, "display-message", "-p", "-t", pane, _WHERE]
    try:
        done = subprocess.run(argv, capture_output=True, text=True, timeout=_LOOK_S, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise Failed(f"tmux does not answer: {error}", then="orch doctor") from error
    session, _, window = done.stdout.strip().rpartition(" ")
    if done.returncode or not session:
        raise Failed(f"pane {pane} is gone: {done.stderr.strip()}", then="orch status")
    return session, window
