"""Verbs that plan ahead: which tasks can be worked on at once."""

from orch.cli.client import Row, call
from orch.cli.render import print_json, words
from orch.cli.tables import table
from orch.cli.verbs import JSON, PROJECT, flag, verb


@verb(
    "plan",
    flag("--parallel", "In batches that share no files; this is the only plan there is."),
    PROJECT,
    JSON,
)
def plan(*, parallel: bool, project: str | None, as_json: bool) -> None:
    """Show which open tasks can be worked on at once, by the files that they own.

    What a task owns is its scope (`orch add --allow`), or else the paths that it names.
    """
    del parallel
    found: list[Row] = call("plan.parallel", project=project)
    if as_json:
        print_json(found)
    elif not found:
        print("no open tasks")
    else:
        print(table(("BATCH", "TASK", "STATUS", "AFTER", "FILES", "TITLE"), _rows(found)))
        if any(one["batch"] is None for one in found):
            print("?: names no files, so nobody can say; `orch add --allow GLOB` tells it")


def _rows(found: list[Row]) -> list[list[str]]:
    return [
        [
            str(one["batch"] or "?"),
            one["task"],
            words(one["status"]),
            ", ".join(one["after"]),
            ", ".join(one["files"]),
            one["title"],
        ]
        for one in found
    ]
