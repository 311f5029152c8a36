"""Verbs that move a task on: edit, start, stop, retry, unblock, cancel, close, and marks."""

import os

from orch.cli.client import Row, call, scope
from orch.cli.confirm import confirm
from orch.cli.exits import Failed
from orch.cli.prompts import edit_text, read_prompt
from orch.cli.render import print_json, words
from orch.cli.text import one_line
from orch.cli.verbs import JSON, MINE, PROJECT, TASK, YES, Argument, Option, flag, verb

REASON = Option("--reason -m", "Why, for the history.", metavar="TEXT", default="")


def _say(task: Row, *, as_json: bool) -> None:
    if as_json:
        print_json(task)
    else:
        print(f"{task['id']} is {words(task['status'])}: {one_line(task['story'])}")


@verb(
    "task edit",
    TASK,
    Option("--title", "Another title.", metavar="TEXT"),
    Option("--prompt --body", "Another prompt.", metavar="TEXT"),
    Option("--prompt-file -F", "A file that holds the prompt; - is standard input."),
    Option("--priority", "Higher goes first.", kind="int"),
    Option("--agent -a", "Another profile.", metavar="NAME"),
    Option("--label -l", "Its labels from now on; '' for none.", kind="texts"),
    Option("--after", "What it waits for from now on; '' for nothing.", kind="texts"),
    PROJECT,
    JSON,
)
def edit(
    *,
    task: str,
    title: str | None,
    prompt: str | None,
    prompt_file: str | None,
    priority: int | None,
    agent: str | None,
    label: tuple[str, ...],
    after: tuple[str, ...],
    project: str | None,
    as_json: bool,
) -> None:
    """Change what is wanted of a task that is not at work; without options, in $EDITOR."""
    where = scope(project)
    text: str | None = None
    if prompt is not None or prompt_file is not None:
        text = read_prompt(prompt, prompt_file)
    elif title is None and priority is None and agent is None and not label and not after:
        found: Row = call("task.show", task=task, **where)
        title, text = _edited(found)
    changed: Row = call(
        "task.edit",
        task=task,
        title=title,
        prompt=text,
        priority=priority,
        agent=agent,
        labels=[one for one in label if one] if label else None,
        after=[one for one in after if one] if after else None,
        **where,
    )
    _say(changed, as_json=as_json)


def _edited(found: Row) -> tuple[str, str]:
    before = f"{found['title']}\n\n{found['prompt']}".strip()
    text = edit_text(before)
    if not text or text == before:
        raise Failed("nothing was changed")
    title, _, prompt = text.partition("\n")
    return title.strip(), prompt.strip()


@verb("task run", Argument("task", required=False, completes="task"), PROJECT, JSON)
def run(*, task: str | None, project: str | None, as_json: bool) -> None:
    """Start a draft or a stopped task; without TASK, the next draft by priority and age."""
    _say(call("task.open", task=task, **scope(project)), as_json=as_json)


@verb("task start", TASK, PROJECT, JSON)
def start(*, task: str, project: str | None, as_json: bool) -> None:
    """Release a draft for work, or go on with a task that was stopped."""
    _say(call("task.open", task=task, **scope(project)), as_json=as_json)


@verb("task stop", TASK, REASON, PROJECT, JSON)
def stop(*, task: str, reason: str, project: str | None, as_json: bool) -> None:
    """End a task's session and keep its workspace; `orch task start` goes on."""
    _say(call("task.stop", task=task, reason=reason, **scope(project)), as_json=as_json)


@verb(
    "task retry",
    TASK,
    Option("--feedback", "What the next attempt is told.", metavar="TEXT", default=""),
    Option("--attempts", "How many new attempts it gets.", kind="int", metavar="N"),
    Option("--rounds", "How many new rounds it gets.", kind="int", metavar="N"),
    PROJECT,
    JSON,
)
def retry(
    *,
    task: str,
    feedback: str,
    attempts: int | None,
    rounds: int | None,
    project: str | None,
    as_json: bool,
) -> None:
    """Start a task again with a new budget; the only way out of done and cancelled."""
    given = {"feedback": feedback, "attempts": attempts, "rounds": rounds}
    _say(call("task.retry", task=task, **given, **scope(project)), as_json=as_json)


@verb("task unblock", Argument("task", metavar="TASK|all", completes="task"), PROJECT, JSON)
def unblock(*, task: str, project: str | None, as_json: bool) -> None:
    """Let a blocked task go on without what it waits for; `all` lets all of a project go on."""
    if task != "all":
        _say(call("task.unblock", task=task, **scope(project)), as_json=as_json)
        return
    moved: list[Row] = call("task.unblock_all", **scope(project))
    if as_json:
        print_json(moved)
        return
    for one in moved:
        _say(one, as_json=False)
    if not moved:
        print("nothing is blocked")


CASCADE = flag("--cascade", "Give up the open tasks below it too, before it.")
ORPHAN = flag("--orphan", "Let the open tasks below it go on.")


@verb("task cancel", TASK, REASON, CASCADE, ORPHAN, YES, PROJECT, JSON, aliases=("kill",))
def cancel(
    *,
    task: str,
    reason: str,
    cascade: bool,
    orphan: bool,
    yes: bool,
    project: str | None,
    as_json: bool,
) -> None:
    """Give a task up: its session ends, its work is saved, it never lands.

    The open tasks below it are given up before it, the deepest first (--cascade, which is also
    what happens without it); with --orphan they go on.
    """
    where = scope(project)
    # A session gives up only what it filed, and nobody sits at it who could be asked.
    asks = not (yes or os.environ.get("ORCH_SESSION"))
    others = [] if orphan or not asks else _open_below(call("task.tree", task=task, **where))
    too = f" and {len(others)} below it ({', '.join(others)})" if others else ""
    confirm(
        f"{task}{too} will be given up; the work is saved",
        yes=not asks,
        again=f"orch task cancel {task} --yes",
    )
    ends = {"cascade": cascade, "orphan": orphan}
    _say(call("task.cancel", task=task, reason=reason, **ends, **where), as_json=as_json)


def _open_below(tree: Row) -> list[str]:
    found: list[str] = []
    for child in tree["children"]:
        if child["task"]["status"] not in {"done", "cancelled"}:
            found.append(child["task"]["id"])
        found += _open_below(child)
    return found


@verb("killall", MINE, REASON, YES, PROJECT, JSON)
def killall(*, mine: bool, reason: str, yes: bool, project: str | None, as_json: bool) -> None:
    """Give up all open tasks of a project, or of all of them; with --mine only yours.

    Of a session these are the tasks that were filed below its own, and only they. All work is
    saved; the deepest tasks end first.
    """
    which = {"mine": mine, "project": project}
    found: list[Row] = call("task.cancel_all", dry_run=True, **which)
    if found and not (mine and os.environ.get("ORCH_SESSION")):
        again = f"orch killall{' --mine' if mine else ''} --yes"
        names = ", ".join(one["id"] for one in found[:10])
        more = f" and {len(found) - 10} more" if len(found) > 10 else ""  # noqa: PLR2004
        confirm(f"{names}{more} will be given up; the work is saved", yes=yes, again=again)
    if found:
        found = call("task.cancel_all", reason=reason, **which)
    if as_json:
        print_json(found)
        return
    for one in found:
        _say(one, as_json=False)
    if not found:
        print("nothing is open")


@verb(
    "task close",
    TASK,
    Option("--note", "Why it is done without a landing.", metavar="TEXT", default=""),
    CASCADE,
    ORPHAN,
    YES,
    PROJECT,
    JSON,
)
def close(
    *,
    task: str,
    note: str,
    cascade: bool,
    orphan: bool,
    yes: bool,
    project: str | None,
    as_json: bool,
) -> None:
    """Take a task as done without a landing; its work is saved.

    While tasks below it are open it has to be said what becomes of them: --cascade or --orphan.
    """
    again = f"orch task close {task} --yes"
    confirm(f"{task} will count as done, and nothing of it lands", yes=yes, again=again)
    ends = {"cascade": cascade, "orphan": orphan}
    _say(call("task.close", task=task, reason=note, **ends, **scope(project)), as_json=as_json)


@verb("task idle", TASK, PROJECT, JSON)
def idle(*, task: str, project: str | None, as_json: bool) -> None:
    """Mark a session as idle: you see that its agent does nothing."""
    _mark(task, "idle", project=project, as_json=as_json)


@verb("task complete", TASK, PROJECT, JSON)
def complete(*, task: str, project: str | None, as_json: bool) -> None:
    """Say that the work is complete; it is still checked, gated and landed as always."""
    _mark(task, "complete", project=project, as_json=as_json)


@verb("task fail", TASK, REASON, YES, PROJECT, JSON)
def fail(*, task: str, reason: str, yes: bool, project: str | None, as_json: bool) -> None:
    """Mark a task as failed; its work is kept."""
    again = f"orch task fail {task} --yes"
    confirm(f"{task} will end as failed; its work is kept", yes=yes, again=again)
    _mark(task, "fail", project=project, as_json=as_json, reason=reason)


@verb(
    "task reviewed",
    TASK,
    Option("--head", "The commit that you looked at.", metavar="COMMIT"),
    PROJECT,
    JSON,
)
def reviewed(*, task: str, head: str | None, project: str | None, as_json: bool) -> None:
    """Approve a task's work as it stands: it goes into the merge queue."""
    _mark(task, "reviewed", project=project, as_json=as_json, head=head)


def _mark(task: str, mark: str, *, project: str | None, as_json: bool, **more: object) -> None:
    _say(call("task.mark", task=task, mark=mark, **more, **scope(project)), as_json=as_json)
