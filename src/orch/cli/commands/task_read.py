"""Verbs that read tasks: list, show, history, tree, diff, why, wait."""

from orch.cli import landing_reasons
from orch.cli.client import Row, call, outlast, scope
from orch.cli.exits import FAILED, OK, TIMED_OUT, UsageError
from orch.cli.judgements import finding_lines, judgement_line
from orch.cli.progress import working
from orch.cli.render import (
    COLOURS,
    ago,
    detail,
    event_line,
    landing_line,
    print_json,
    tasks_table,
    words,
)
from orch.cli.text import one_line, plain, size, style
from orch.cli.verbs import JSON, MINE, PROJECT, TASK, Argument, Option, flag, verb
from orch.wire.codes import Code, WireError

_DONE = "done"
ASKED = Argument("task", metavar="TASK|LANDING|BRANCH", completes="task")


@verb(
    "task list",
    Option("--status -s", "Only tasks of this status.", kind="texts", metavar="STATUS"),
    flag("--open", "Leave out what is done or cancelled."),
    Option("--label -l", "Only tasks with this label.", metavar="LABEL"),
    Option("--agent -a", "Only tasks of this agent.", metavar="NAME"),
    Option("--parent", "Only parts of this task.", metavar="TASK"),
    Option("--limit -n", "How many, the newest first.", kind="int", default=200),
    MINE,
    flag("--all", "Of all projects, not only of this folder's.", dest="everywhere"),
    PROJECT,
    JSON,
)
def list_(*, status: tuple[str, ...], project: str | None, everywhere: bool, as_json: bool, **which: object) -> None:  # fmt: skip # noqa: E501
    """List tasks, newest first: those of this folder's project, or all where it has none."""
    where = {} if everywhere else scope(project)
    named = [word for one in status for word in one.replace("-", "_").split(",")]
    found: list[Row] = call("task.list", statuses=named or None, **which, **where)
    if as_json:
        print_json(found)
    elif not found:
        print('no such task; next: orch add "what is to be done"')
    else:
        several = len({task["project_id"] for task in found}) > 1
        print(tasks_table(found, several_projects=several))


@verb("task show", TASK, PROJECT, JSON)
def show(*, task: str, project: str | None, as_json: bool) -> None:
    """Show all that is known of a task: its attempts, its landing, what was saved."""
    found: Row = call("task.show", task=task, **scope(project))
    if as_json:
        print_json(found)
    else:
        print(detail(found))


@verb(
    "task history",
    TASK,
    Option("--limit -n", "How many events of its end.", kind="int", default=200),
    PROJECT,
    JSON,
)
def history(*, task: str, limit: int, project: str | None, as_json: bool) -> None:
    """Tell what happened to a task, oldest first: who did it, and why."""
    found: list[Row] = call("task.history", task=task, limit=limit, **scope(project))
    if as_json:
        print_json(found)
        return
    for event in found:
        print(event_line(event))


@verb("task tree", TASK, PROJECT, JSON)
def tree(*, task: str, project: str | None, as_json: bool) -> None:
    """Show a task with all that was filed under it."""
    found: Row = call("task.tree", task=task, **scope(project))
    if as_json:
        print_json(found)
        return
    for line in _branches(found, "", ""):
        print(line)


def _branches(node: Row, first: str, rest: str) -> list[str]:
    task = node["task"]
    status = style(words(task["status"]), COLOURS.get(task["status"], ""))
    lines = [f"{first}{task['id']}  {status}  {one_line(task['title'])}"]
    children: list[Row] = node["children"]
    for number, child in enumerate(children, 1):
        last = number == len(children)
        lines += _branches(
            child, rest + ("└─ " if last else "├─ "), rest + ("   " if last else "│  ")
        )
    return lines


@verb(
    "task diff", TASK, flag("--stat", "Only count the changed lines of each file."), PROJECT, JSON
)
def diff(*, task: str, stat: bool, project: str | None, as_json: bool) -> None:
    """Show a task's change against its base: what it claimed, or what is in its workspace now."""
    found: Row = call("task.diff", task=task, **scope(project))
    if as_json:
        print_json(found)
        return
    lines = plain(found["patch"]).split("\n")
    for line in _stat(lines) if stat else lines:
        print(style(line, _diff_colour(line)))
    if found["cut"]:
        print(style("(cut here: the change is longer)", "dim"))


def _diff_colour(line: str) -> str:
    if line.startswith(("diff ", "+++", "---", "index ")):
        return "bold"
    return {"+": "green", "-": "red", "@": "cyan"}.get(line[:1], "")


def _stat(lines: list[str]) -> list[str]:
    files: list[tuple[str, list[int]]] = []
    for line in lines:
        if line.startswith("diff --git "):
            files.append((line.rpartition(" b/")[2], [0, 0]))
        elif files and line[:1] in {"+", "-"} and not line.startswith(("+++ ", "--- ")):
            files[-1][1][line[0] == "-"] += 1
    return [f"{name}  +{added} -{removed}" for name, (added, removed) in files]


@verb("why", ASKED, PROJECT, JSON)
def why(*, task: str, project: str | None, as_json: bool) -> None:
    """Say why a task or a landing stands where it stands, on what evidence, and what you can do."""
    found, since, reasons = _asked(task, project)
    if as_json:
        print_json(reasons)
        return
    status = style(words(reasons["status"]), COLOURS.get(reasons["status"], ""))
    print(f"{reasons['id']} is {status} for {ago(since)}: {one_line(reasons['story'])}")
    for line in reasons["because"]:
        print(f"  {one_line(line)}")
    if found is not None:
        _show_activity(found, scope(project))
    for command in reasons["next"]:
        print(f"next: {command}")


def _asked(name: str, project: str | None) -> tuple[Row | None, float, Row]:
    """Find the task that is asked for, else the landing: since when it stands so, and why."""
    try:
        found: Row = call("task.show", task=name, **scope(project))
    except WireError as error:
        landing = landing_reasons.find(name, project) if error.code is Code.NOT_FOUND else None
        if landing is None:
            raise
        if landing["task"] is None:
            since = landing["landed_at"] or landing["submitted_at"]
            return None, since, landing_reasons.reasons(landing)
        found = call("task.show", task=landing["task"], **scope(project))
    return found, found["updated_at"], _reasons(found)


def _show_activity(task: Row, where: Row) -> None:
    """Print the rule that chose a running session's activity, and what was seen of it last."""
    if task["status"] != "in_progress":
        return
    try:
        seen: Row = call("task.activity", task=task["id"], **where)
    except WireError:
        return  # It has just ended, or runs where nobody looks.
    head = f"{words(seen['activity'])} by rule: {seen['rule']} ({ago(seen['at'])} old)"
    print(f"  {head}: {one_line(seen['observation'])}")
    for sign in seen["signs"][-5:]:
        line = f"    {ago(sign['at'])} ago  {words(sign['kind'])} ({sign['source']})"
        print(style(f"{line}  {one_line(sign['text'])}".rstrip(), "dim"))


def _reasons(task: Row) -> Row:
    because = []
    last = task["attempts"][-1] if task["attempts"] else None
    if last:
        because.append(_session(last))
    if last and last["evidence"]["observation"]:
        seen = last["evidence"]
        because.append(f"evidence ({seen['rule']}, {ago(seen['at'])} ago): {seen['observation']}")
    if task["after"]:
        because.append(f"waits for {', '.join(task['after'])}")
    if task["judgement"]:
        because += [judgement_line(task["judgement"]), *finding_lines(task["judgement"])]
    if task["landing"]:
        because.append(landing_line(task["landing"], judged=not task["judgement"]))
    return {
        "id": task["id"],
        "status": task["status"],
        "story": task["story"],
        "because": because,
        "next": _next(task),
    }


def _session(attempt: Row) -> str:
    head = f"attempt {attempt['n']} ({attempt['worker']}, {attempt['agent']})"
    if attempt["ended_at"] is None:
        return f"{head}: {words(attempt['phase'])}, {words(attempt['activity'])}"
    how = ""
    if attempt["exit_signal"] is not None:
        how = f", ended by signal {attempt['exit_signal']}"
    elif attempt["exit_code"] is not None:
        how = f", exit code {attempt['exit_code']}"
    if attempt["cause"] and attempt["cause"] != attempt["outcome"]:
        how += f", {attempt['cause']}"
    return f"{head}: {attempt['outcome'] or 'ended'}{how}{_taken(attempt)}"


def _taken(attempt: Row) -> str:
    """Say what a session took, as far as it was measured."""
    parts = []
    if attempt["cpu_s"] is not None:
        parts.append(f"{attempt['cpu_s']:.1f} s of processor time")
    if attempt["peak_memory_bytes"] is not None:
        parts.append(f"at most {size(attempt['peak_memory_bytes'])} of memory")
    return f" ({', '.join(parts)})" if parts else ""


def _next(task: Row) -> list[str]:
    name = task["id"]
    has_work = bool(task["attempts"] and task["attempts"][-1]["head"])
    commands: dict[str, list[str]] = {
        "draft": [f"orch task start {name}"],
        "new": ["orch status"],
        "routed": ["orch workers"],
        "in_progress": [f"orch attach {name}", f"orch logs {name} -f"],
        "in_review": [f"orch logs {name} --gate"],
        "landing": ["orch queue"],
        "done": [f"orch undo {name}"] if task["landed_commit"] else [],
        "blocked": [f"orch task unblock {name}"],
        "needs_review": [f"orch task retry {name}", f"orch task cancel {name}"],
        "failed": [f"orch logs {name}", f"orch task retry {name}"],
        "cancelled": [f"orch task retry {name}"],
    }
    found = commands.get(task["status"], [])
    if has_work and task["status"] == "needs_review":
        return [f"orch task diff {name}", f"orch task reviewed {name}", *found]
    return found


@verb(
    "wait",
    Argument("tasks", metavar="TASK", many=True, required=False, completes="task"),
    MINE,
    flag("--all", "Until all of them have ended (the default).", dest="every"),
    flag("--any", "Until one of them has ended.", dest="first"),
    Option("--timeout -t", "Give up after so many seconds.", kind="float", metavar="SECONDS"),
    PROJECT,
    JSON,
)
def wait(
    *,
    tasks: tuple[str, ...],
    mine: bool,
    every: bool,
    first: bool,
    timeout: float | None,
    project: str | None,
    as_json: bool,
) -> int:
    """Wait until all of these tasks have ended; waits for the event, and never polls.

    Within a session it also returns as soon as one of its tasks asks something or is blocked.
    Exits with 0 if all that ended are done, with 1 if any ended otherwise or needs you, with 124
    if time ran out.
    """
    if every and first:
        raise UsageError("--all and --any contradict each other", then="orch wait TASK… --any")
    with working(f"waiting for {', '.join(tasks) or 'yours'}"):
        found: Row = outlast(
            "task.wait",
            timeout_s=timeout,
            tasks=list(tasks),
            mine=mine,
            any=first,
            **scope(project),
        )
    if as_json:
        print_json(found)
    else:
        for task in found["ended"] + found["open"]:
            told = f"{task['id']} {words(task['status'])}"
            print(told + (f": {one_line(task['story'])}" if task["status"] != _DONE else ""))
    if found["timed_out"]:
        return TIMED_OUT
    missed = found["open"] if not first or not found["ended"] else []
    good = all(task["status"] == _DONE for task in found["ended"]) and not missed
    return OK if good else FAILED
