"""Verbs of the agent's own terminal: attach, pane, detach."""

import sys
from shlex import join

from orch.cli import panes
from orch.cli.client import Row, call, scope
from orch.cli.exits import Failed
from orch.cli.render import print_json
from orch.cli.verbs import JSON, PROJECT, TASK, Option, flag, verb


@verb(
    "attach",
    TASK,
    flag("--read-only -r", "Only look: nothing that you type arrives."),
    Option("--attempt", "The session of which attempt.", kind="int", metavar="N"),
    PROJECT,
    aliases=("task attach",),
)
def attach(*, task: str, read_only: bool, attempt: int | None, project: str | None) -> int:
    """Go into the terminal of a task's agent; Ctrl-P Ctrl-Q leaves it running.

    The screen is shown as it is. Several people may look at once. Where sessions run in tmux this
    shows the window, and tmux's own keys leave it (Ctrl-B d).
    """
    found = _live(task, attempt=attempt, project=project)
    if found["terminal"]:
        return panes.enter(found["terminal"], read_only=read_only)
    from orch.cli.terminal import attach as enter

    return enter(found["socket"], found["session"], read_only=read_only)


@verb(
    "pane",
    TASK,
    Option("--attempt", "The session of which attempt.", kind="int", metavar="N"),
    PROJECT,
    JSON,
)
def pane(*, task: str, attempt: int | None, project: str | None, as_json: bool) -> int:
    """Go to the tmux pane of a task's agent; without a terminal, print how to get there."""
    found = _live(task, attempt=attempt, project=project)
    if not found["terminal"]:
        raise Failed(
            f"{found['session']} has no tmux pane: it runs in orch's own session server",
            then=f"orch attach {found['task']}",
        )
    *command, target = found["terminal"]
    if as_json:
        shown = {"session": found["session"], "pane": target, "command": command}
        print_json({"task": found["task"], **shown})
    elif sys.stdin.isatty() and sys.stdout.isatty():
        return panes.enter(found["terminal"])
    else:
        print(join([*command, "select-window", "-t", target, ";", "attach-session", "-t", target]))
    return 0


def _live(task: str, *, attempt: int | None, project: str | None) -> Row:
    found: Row = call("session.socket", task=task, attempt=attempt, **scope(project))
    if not found["live"]:
        raise Failed(
            f"session {found['session']} has ended; what it printed is kept",
            then=f"orch logs {found['task']}",
        )
    return found


@verb("detach", TASK, PROJECT)
def detach(*, task: str, project: str | None) -> int:
    """Say how to leave an agent's terminal: the keys are pressed in that terminal."""
    found: Row = call("session.socket", task=task, **scope(project))
    keys = "Ctrl-B d (or your own tmux prefix)" if found["terminal"] else "Ctrl-P Ctrl-Q"
    print(f"press {keys} in the terminal that shows {found['session']}; it runs on")
    return 0
