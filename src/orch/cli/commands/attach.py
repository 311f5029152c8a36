"""Verbs of the agent's own terminal: attach, detach."""

from orch.cli.client import Row, call, scope
from orch.cli.exits import Failed
from orch.cli.verbs import PROJECT, TASK, Option, flag, verb


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

    The screen is shown as it is. Several people may look at once.
    """
    found: Row = call("session.socket", task=task, attempt=attempt, **scope(project))
    if not found["live"]:
        raise Failed(
            f"session {found['session']} has ended; what it printed is kept",
            then=f"orch logs {found['task']}",
        )
    from orch.cli.terminal import attach as enter

    return enter(found["socket"], found["session"], read_only=read_only)


@verb("detach", TASK, PROJECT)
def detach(*, task: str, project: str | None) -> int:
    """Say how to leave an agent's terminal: the keys are pressed in that terminal."""
    found: Row = call("session.socket", task=task, **scope(project))
    print(f"press Ctrl-P Ctrl-Q in the terminal that shows {found['session']}; it runs on")
    return 0
