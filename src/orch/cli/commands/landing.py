"""Verbs of landings: enqueue, merge, undo, landings, receipts."""

from orch.cli.client import Row, call, scope
from orch.cli.confirm import confirm
from orch.cli.exits import FAILED, OK, TIMED_OUT, UsageError
from orch.cli.progress import working
from orch.cli.render import ago, print_json, short, unapproved, words
from orch.cli.tables import table
from orch.cli.text import one_line
from orch.cli.verbs import JSON, PROJECT, TASK, YES, Argument, Option, flag, verb

WAIT = flag("--wait -w", "Wait until it has landed or was sent back.")
TIMEOUT = Option("--timeout -t", "Wait so many seconds at most.", kind="float", metavar="SECONDS")
LIMIT = Option("--limit -n", "How many.", kind="int", default=50)
LANDING = Argument("landing", metavar="LANDING|TASK|BRANCH", completes="task")
_LANDED, _CLOSED = "landed", frozenset({"landed", "bounced", "cancelled"})
_UNGATED = "ungated"


@verb(
    "enqueue",
    Argument("source", metavar="TASK|BRANCH", completes="task"),
    Option("--into", "The branch to land on; the base branch if not given.", metavar="BRANCH"),
    flag("--approve", "You have looked at changes to protected paths, and agree."),
    Option("--after", "Land it only behind this landing.", kind="texts", metavar="LANDING"),
    WAIT,
    TIMEOUT,
    PROJECT,
    JSON,
    aliases=("land",),
)
def enqueue(
    *,
    source: str,
    into: str | None,
    approve: bool,
    after: tuple[str, ...],
    wait: bool,
    timeout: float | None,
    project: str | None,
    as_json: bool,
) -> int:
    """Put a task's work, or a branch of the repository, into the merge queue.

    With --wait it prints the old and the new commit of the target, and exits with 1 if the change
    was sent back, with 124 if time ran out.
    """
    landing: Row = call(
        "queue.enqueue",
        source=source,
        target=into,
        approved=approve,
        after=list(after),
        **scope(project),
    )
    return _follow_up(landing, wait=wait, timeout=timeout, as_json=as_json)


@verb(
    "merge",
    TASK,
    Option("--into", "The branch to land on; the task's base if not given.", metavar="BRANCH"),
    TIMEOUT,
    PROJECT,
    JSON,
)
def merge(
    *, task: str, into: str | None, timeout: float | None, project: str | None, as_json: bool
) -> int:
    """Land a task's work and wait for it: approves it, queues it, prints old and new commit.

    With --into another branch its work lands there, and the task itself stays as it is.
    """
    landing: Row = call("queue.enqueue", source=task, target=into, approved=True, **scope(project))
    return _follow_up(landing, wait=True, timeout=timeout, as_json=as_json)


@verb("undo", LANDING, YES, WAIT, TIMEOUT, PROJECT, JSON)
def undo(
    *,
    landing: str,
    yes: bool,
    wait: bool,
    timeout: float | None,
    project: str | None,
    as_json: bool,
) -> int:
    """Revert a landing by a landing of its own, which is gated as any other."""
    found: Row = call("landing.show", landing=landing, landed=True, **scope(project))
    what = f"{found['id']} ({one_line(found['title'])}) will be reverted on {found['target']}"
    confirm(what, yes=yes, again=f"orch undo {landing} --yes")
    revert: Row = call("landing.undo", landing=found["id"], **scope(project))
    return _follow_up(revert, wait=wait, timeout=timeout, as_json=as_json)


@verb("landings", flag("--open", "Only those that are under way."), LIMIT, PROJECT, JSON)
def landings(*, open: bool, limit: int, project: str | None, as_json: bool) -> None:  # noqa: A002 - the option's name
    """List landings, newest first: what reached the target, and what was sent back.

    Those of this folder's project; outside of any, all.
    """
    found: list[Row] = call("landing.list", open=open, limit=limit, **scope(project))
    if as_json:
        print_json(found)
        return
    rows = [
        [
            one["id"],
            one["task"] or "",
            words(one["state"]),
            one["target"],
            short(one["old"]),
            short(one["new"]),
            ago(one["landed_at"] or one["submitted_at"]),
            one["proof"] or "",
            one["title"],
            "; ".join(filter(None, (one["reason"] or one["waiting"], unapproved(one)))),
        ]
        for one in found
    ]
    head = ("ID", "TASK", "STATE", "TARGET", "OLD", "NEW", "AGE", "PROOF", "TITLE", "WHY")
    print(table(head, rows) or "nothing has landed yet")


@verb("receipts", LIMIT, PROJECT, JSON)
def receipts(*, limit: int, project: str | None, as_json: bool) -> None:
    """List what gates said about trees, in all projects, newest first."""
    found: list[Row] = call("receipts.list", limit=limit, project=project)
    if as_json:
        print_json(found)
        return
    rows = [
        [
            short(one["tree"]),
            one["outcome"],
            short(one["commit"]),
            one["project"],
            str(one["runs"]),
            f"{sum(result['duration_s'] for result in one['results']):.1f}s",
            ago(one["at"]),
            "; ".join(result["command"] for result in one["results"]),
        ]
        for one in found
    ]
    head = ("TREE", "OUTCOME", "COMMIT", "PROJECT", "RUNS", "TOOK", "AGE", "COMMANDS")
    print(table(head, rows) or "no gate has run yet")


def _follow_up(landing: Row, *, wait: bool, timeout: float | None, as_json: bool) -> int:
    if timeout is not None and not wait:
        raise UsageError("--timeout goes with --wait")
    if wait and landing["state"] not in _CLOSED:
        with working(f"{landing['id']} is on its way to {landing['target']}"):
            landing = call("landing.wait", landing=landing["id"], timeout_s=timeout)
    say_landing(landing, as_json=as_json)
    if not wait or landing["state"] == _LANDED:
        return OK
    return FAILED if landing["state"] in _CLOSED else TIMED_OUT


def say_landing(landing: Row, *, as_json: bool) -> None:
    """Print what became of a landing."""
    if as_json:
        print_json(landing)
        return
    head = f"{landing['id']} {words(landing['state'])}"
    if landing["new"]:
        unproven = " (ungated)" if landing["proof"] == _UNGATED else ""
        print(f"{head}: {landing['target']} {landing['old']} -> {landing['new']}{unproven}")
    else:
        why = one_line(landing["reason"] or landing["waiting"])
        print(f"{head}: {why}" if why else head)
