"""Verbs of workspaces: path, exec, open, shell-hook, gc."""

import os
import sys

from orch.cli.client import Row, call, scope
from orch.cli.exits import Failed, UsageError
from orch.cli.render import print_json
from orch.cli.text import one_line, size
from orch.cli.verbs import JSON, MINE, PROJECT, TASK, YES, Argument, Option, flag, verb

_HOOKS = {
    "sh": """\
# orch: `oc TASK` goes into a task's workspace. Put this into your shell's start file:
#   eval "$(orch shell-hook)"
oc() {
    _orch_path=$(command orch path "$@") && cd "$_orch_path"
}
""",
    "fish": """\
# orch: `oc TASK` goes into a task's workspace. Put this into config.fish:
#   orch shell-hook fish | source
function oc
    set -l orch_path (command orch path $argv); and cd $orch_path
end
""",
}


@verb("path", TASK, PROJECT, JSON)
def path(*, task: str, project: str | None, as_json: bool) -> None:
    """Print where a task's workspace is: cd "$(orch path t1)"."""
    found = _workspace(task, project)
    if as_json:
        print_json(found)
    else:
        print(found["path"])


@verb("exec", TASK, Argument("command", metavar="-- COMMAND", rest=True), PROJECT)
def exec_(*, task: str, command: tuple[str, ...], project: str | None) -> None:
    """Run a command in a task's workspace, with its environment: orch exec t1 -- make test."""
    words = command[1:] if command[:1] == ("--",) else command
    if not words:
        raise UsageError("name a command", then=f"orch exec {task} -- git status")
    found = _workspace(task, project)
    _become(list(words), found, folder=found["path"])


@verb("open", TASK, Option("--with", "Which program.", dest="program", metavar="CMD"), PROJECT)
def open_(*, task: str, program: str | None, project: str | None) -> None:
    """Open a task's workspace in $VISUAL or $EDITOR, or in a shell if there is neither."""
    import shlex

    found = _workspace(task, project)
    chosen = program or os.environ.get("VISUAL") or os.environ.get("EDITOR")
    words = [*shlex.split(chosen), "."] if chosen else [os.environ.get("SHELL") or "/bin/sh"]
    _become(words, found, folder=found["path"])


@verb("shell-hook", Argument("shell", metavar="[sh|fish]", required=False))
def shell_hook(*, shell: str | None) -> None:
    """Print a shell function `oc TASK` that goes into a task's workspace."""
    chosen = "fish" if shell == "fish" else "sh"
    if shell not in {None, "sh", "bash", "zsh", "fish"}:
        raise UsageError(f"there is no hook for {shell}", then="orch shell-hook fish")
    sys.stdout.write(_HOOKS[chosen])


def _workspace(task: str, project: str | None) -> Row:
    found: Row = call("workspace.path", task=task, **scope(project))
    return found


def _become(words: list[str], found: Row, *, folder: str) -> None:
    sys.stdout.flush()
    try:
        os.chdir(folder)
        os.execvpe(words[0], words, os.environ | found["environment"])  # noqa: S606 - no shell is wanted
    except FileNotFoundError as error:
        raise Failed(f"there is no program {words[0]!r}, or no folder {folder}") from error
    except PermissionError as error:
        raise Failed(f"{words[0]} can't be run: {error.strerror}") from error


@verb("gc", flag("--dry-run", "Only say what would be removed."), MINE, YES, PROJECT, JSON)
def gc(*, dry_run: bool, mine: bool, yes: bool, project: str | None, as_json: bool) -> None:
    """Remove workspaces, branches and logs of tasks that have ended; work is saved first."""
    from orch.cli.confirm import confirm
    from orch.cli.progress import working

    plan: list[Row] = call("workspace.gc", dry_run=True, mine=mine, project=project)
    if dry_run or not plan:
        _write_removals(plan, as_json=as_json, nothing="there is nothing to remove")
        return
    if not yes and not as_json:
        _write_removals(plan, as_json=False, nothing="")
    again = f"orch gc{' --mine' if mine else ''} --yes"
    confirm(f"{len(plan)} things will be removed", yes=yes, again=again)
    with working("cleaning up"):
        done: list[Row] = call("workspace.gc", dry_run=False, mine=mine, project=project)
    _write_removals(done, as_json=as_json, nothing="there was nothing to remove")


def _write_removals(found: list[Row], *, as_json: bool, nothing: str) -> None:
    if as_json:
        print_json(found)
        return
    for one in found:
        room = f" ({size(one['size_bytes'])})" if one["size_bytes"] else ""
        kept = f"; saved as {', '.join(one['saved'])}" if one["saved"] else ""
        kept += f"; stays: {one_line(one['refused'])}" if one["refused"] else ""
        print(f"{one['what']} {one_line(one['path'])}{room}: {one_line(one['why'])}{kept}")
    if not found and nothing:
        print(nothing)
