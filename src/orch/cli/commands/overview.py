"""Verbs that look at everything: status, inbox, workers, doctor."""

import time

from orch import __version__
from orch.cli.client import Row, call
from orch.cli.exits import FAILED
from orch.cli.lanes import held_lanes, queue_table
from orch.cli.render import (
    COLOURS,
    ago,
    counts_line,
    print_json,
    tasks_table,
    words,
)
from orch.cli.tables import table
from orch.cli.text import age, one_line, style
from orch.cli.verbs import JSON, MINE, PROJECT, Option, flag, verb

_SEVERITIES = {"error": "red", "warning": "yellow", "info": "dim"}


@verb(
    "status",
    JSON,
    PROJECT,
    flag("--watch -w", "Go on showing it, and follow every change."),
    Option("--limit -n", "How many tasks to list.", kind="int", default=50),
    MINE,
)
def status(*, as_json: bool, project: str | None, watch: bool, limit: int, mine: bool) -> None:
    """Show where everything stands: tasks, the merge queue, what waits for you."""
    if watch:
        from orch.cli.watching import watch_status

        watch_status(lambda: write_status(_ask(project, limit, mine=mine)))
        return
    found = _ask(project, limit, mine=mine)
    if as_json:
        print_json(found | {"installed": __version__})
    else:
        print(write_status(found))


def _ask(project: str | None, limit: int, *, mine: bool) -> Row:
    found: Row = call("status.get", project=project, limit=limit, mine=mine)
    return found


def write_status(found: Row) -> str:
    """Write the whole status on one page."""
    several = len(found["projects"]) > 1
    parts = [_daemon_line(found["daemon"])]
    room = max((len(one_line(project["name"])) for project in found["projects"]), default=0)
    for project in found["projects"]:
        parts += [_project_line(project, room), *held_lanes([project], found["queue"])]
    if not found["projects"]:
        parts.append("no project yet; next: orch init (in a git repository)")
    if found["tasks"]:
        parts += ["", tasks_table(found["tasks"], several_projects=several)]
        parts += _rest(found)
    elif found["projects"]:
        parts += ["", 'no tasks yet; next: orch add "what is to be done"']
    if found["queue"]:
        parts += [
            "",
            style("merge queue", "dim"),
            queue_table(found["queue"], several_projects=several),
        ]
    for one in found["warnings"]:
        parts += ["", style(_finding(one), "yellow")]
        parts += [f"next: {one_line(one['repair'])}"] if one["repair"] else []
    if found["inbox"]:
        parts += ["", style(f"{found['inbox']} waiting for you: orch inbox", "yellow")]
    return "\n".join(parts)


def _daemon_line(daemon: Row) -> str:
    line = f"orch {daemon['version']} · up {age(time.time() - daemon['started_at'])}"
    if daemon["version"] != __version__:
        drift = f"installed is {__version__}: orch daemon restart"
        return style(line, "dim") + " · " + style(drift, "yellow")
    return style(line, "dim")


def _project_line(project: Row, room: int) -> str:
    name = style(one_line(project["name"]).ljust(room), "bold")
    why = f": {project['paused_why']}" if project["paused_why"] else ""
    paused = style(f" (paused{one_line(why)})", "yellow") if project["paused"] else ""
    numbers = counts_line(project["tasks"])
    return f"{name}{paused}  {style(one_line(project['path']), 'dim')}  {numbers}".rstrip()


def _rest(found: Row) -> list[str]:
    missing = sum(found["counts"].values()) - len(found["tasks"])
    return [style(f"and {missing} more: orch task list", "dim")] if missing > 0 else []


@verb("inbox", JSON, PROJECT)
def inbox(*, as_json: bool, project: str | None) -> None:
    """List everything that waits for you, the most urgent first, with the command to run."""
    found: list[Row] = call("inbox.list", project=project)
    if as_json:
        print_json(found)
    elif not found:
        print("nothing waits for you")
    else:
        rows = [
            [
                str(one["rank"]),
                one["task"] or one["landing"] or "",
                one["why"],
                ago(one["since"]),
                one["title"],
                one["what"],
                one["next"][-1] if one["next"] else "",
            ]
            for one in found
        ]
        print(table(("", "TASK", "WHY", "FOR", "TITLE", "WHAT", "NEXT"), rows))


@verb("workers", MINE, JSON, PROJECT, aliases=("task live",))
def workers(*, mine: bool, as_json: bool, project: str | None) -> None:
    """List the sessions at work, by their workers' names, and what each one does."""
    found: list[Row] = call("workers.list", project=project, mine=mine)
    if as_json:
        print_json(found)
    elif not found:
        print("nobody is at work")
    else:
        rows = [
            [
                one["worker"],
                one["task"],
                one["agent"],
                words(one["activity"]),
                ago(one["started_at"]),
                one["title"],
                one["evidence"]["observation"],
            ]
            for one in found
        ]
        print(table(("WORKER", "TASK", "AGENT", "ACTIVITY", "FOR", "TITLE", "EVIDENCE"), rows))


@verb("doctor", JSON, flag("--fix", "Mend what needs no choice of yours."))
def doctor(*, as_json: bool, fix: bool) -> int:
    """Look for everything that is not as it should be; each finding names its repair.

    Exits with 1 if something that orch promises does not hold.
    """
    from orch.cli.progress import working

    with working("looking at everything"):
        found: Row = call("doctor.fix" if fix else "doctor.run")
    if as_json:
        print_json(found)
    else:
        print(_write_findings(found))
    return 0 if found["ok"] else FAILED


def _write_findings(found: Row) -> str:
    lines = [f"{style('mended', 'green')}  {_finding(one)}" for one in found["fixed"]]
    for one in found["findings"]:
        mark = style(one["severity"], _SEVERITIES.get(one["severity"], ""))
        lines.append(f"{mark}  {_finding(one)}")
        if one["repair"]:
            lines.append(f"    next: {one_line(one['repair'])}")
    if not found["findings"]:
        lines.append(style("all is well", COLOURS["done"]))
    return "\n".join(lines)


def _finding(one: Row) -> str:
    return f"{one_line(one['subject'])}: {one_line(one['what'])}"
