"""Verbs of the merge queue: queue, queue pause/resume/promote/cancel."""

from orch.cli.client import Row, call, scope
from orch.cli.commands.landing import LANDING, say_landing
from orch.cli.lanes import before_lines, held_lanes, queue_table
from orch.cli.render import print_done, print_json
from orch.cli.verbs import JSON, PROJECT, Argument, Option, verb

TARGET = Argument("target", metavar="BRANCH", required=False)
REASON = Option("--reason -m", "Why.", metavar="TEXT", default="")


@verb("queue", PROJECT, JSON)
def queue(*, project: str | None, as_json: bool) -> None:
    """List what waits to land in all projects, lane by lane, in order.

    Below it what judges hold before the lanes; for programs `orch status --json` has it (`before`).
    """
    found: Row = call("status.get", project=project, limit=0, done=0)
    queued: list[Row] = found["queue"]
    if as_json:
        print_json(queued)
        return
    if queued:
        print(queue_table(queued, several_projects=len({one["project"] for one in queued}) > 1))
    else:
        print("nothing waits to land")
    for line in (*before_lines(found.get("before", ())), *held_lanes(found["projects"], queued)):
        print(line)


@verb("queue pause", TARGET, REASON, PROJECT, JSON)
def pause(*, target: str | None, reason: str, project: str | None, as_json: bool) -> None:
    """Begin nothing in the lane of a branch until it is resumed; gates that run go on."""
    done: Row = call("queue.pause", target=target, reason=reason, **scope(project))
    print_done(done, as_json=as_json)


@verb("queue resume", TARGET, PROJECT, JSON)
def resume(*, target: str | None, project: str | None, as_json: bool) -> None:
    """Let a lane go on that was paused, or that stopped because an invariant does not hold."""
    done: Row = call("queue.resume", target=target, **scope(project))
    print_done(done, as_json=as_json)


@verb("queue promote", LANDING, PROJECT, JSON)
def promote(*, landing: str, project: str | None, as_json: bool) -> None:
    """Send a change ahead of all others in its lane, also one whose gate is flaky."""
    ahead: Row = call("queue.promote", landing=landing, **scope(project))
    if as_json:
        print_json(ahead)
    else:  # What it waited for until now is not what there is to say.
        print(f"{ahead['id']} goes ahead of all others to {ahead['target']}")


@verb("queue cancel", LANDING, REASON, PROJECT, JSON, aliases=("dequeue",))
def cancel(*, landing: str, reason: str, project: str | None, as_json: bool) -> None:
    """Take a change out of the merge queue; its task waits for review then."""
    gone: Row = call("queue.cancel", landing=landing, reason=reason, **scope(project))
    say_landing(gone, as_json=as_json)
