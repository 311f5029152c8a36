"""Verbs of saved work: what was kept before something was removed."""

from orch.cli.client import Row, call, scope
from orch.cli.render import print_json, saved_table
from orch.cli.text import one_line, plain
from orch.cli.verbs import JSON, PROJECT, Argument, Option, verb

REF = Argument("ref", metavar="REF")


@verb("saved list", Argument("task", required=False, completes="task"), PROJECT, JSON)
def list_(*, task: str | None, project: str | None, as_json: bool) -> None:
    """List what was kept, newest first: of one task, or of this folder's project."""
    found: list[Row] = call("saved.list", task=task, **scope(project))
    if as_json:
        print_json(found)
    else:
        print(saved_table(found) or "nothing was ever saved: nothing was in danger")


@verb("saved show", REF, PROJECT, JSON)
def show(*, ref: str, project: str | None, as_json: bool) -> None:
    """Show saved work with its changes; REF as `orch saved list` prints it, or t1/1/1."""
    found: Row = call("saved.show", ref=ref, **scope(project))
    if as_json:
        print_json(found)
    else:
        print(plain(found["text"]))


@verb(
    "saved restore",
    REF,
    Option("--branch -b", "The branch's name; made up if not given.", metavar="NAME", default=""),
    Option("--into", "Back into this task's workspace instead, uncommitted.", metavar="TASK"),
    PROJECT,
    JSON,
)
def restore(*, ref: str, branch: str, into: str | None, project: str | None, as_json: bool) -> None:
    """Bring saved work back: as a branch that you can fetch, or into a task's workspace."""
    found: Row = call("saved.restore", ref=ref, branch=branch, into=into, **scope(project))
    if as_json:
        print_json(found)
    elif found["branch"]:
        print(f"it is on branch {one_line(found['branch'])} of orch's repository")
        print(f"next: {found['export']}")
    else:
        for path in found["paths"]:
            print(one_line(path))
