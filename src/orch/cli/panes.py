"""Go to the tmux pane of a session: what to run, inside of tmux and outside of it."""

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
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
    inside = is_inside(terminal, os.environ)
    argv = plan(terminal, where=_find(terminal), inside=inside, read_only=read_only)
    # tmux does not begin inside of another tmux unless that is hidden from it.
    hidden = () if inside else ("TMUX",)
    env = {name: value for name, value in os.environ.items() if name not in hidden}
    sys.stdout.flush()
    return subprocess.call(argv, env=env)


def plan(
    terminal: Sequence[str], *, where: tuple[str, str], inside: bool, read_only: bool
) -> list[str]:
    """Return the command that shows a pane; `where` are its tmux session and its window."""
    *command, pane = terminal
    session, window = where
    if inside:
        return [*command, "switch-client", "-t", pane]
    flags = ("-f", "read-only,ignore-size") if read_only else ()
    steps: list[tuple[str, ...]] = [
        ("new-session", *flags, "-t", f"={session}"),
        ("set-option", "destroy-unattached", "on"),
        ("select-window", "-t", f":{window}"),
    ]
    if not read_only:
        # Until somebody looks, a window has the size that was ordered; now it has the viewer's.
        steps.append(("set-option", "-w", "-t", window, "window-size", "latest"))
    return [*command, *(word for step in steps for word in (*step, ";"))][:-1]


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
