"""Says why a landing stands where it stands, as `orch why` says it of a task."""

from orch.cli.client import Row, call, scope
from orch.cli.render import gated_with
from orch.wire.codes import Code, WireError

_SOURCES = "refs/orch/sources/"
_STORIES = {
    "submitted": "it waits for its turn",
    "prechecked": "it merges with the target; it waits for its turn",
    "queued": "it waits for its turn",
    "gating": "its gate runs",
    "green": "its gate passed; what is ahead of it has to land",
    "pushing": "it is being pushed",
    "landed": "it is on the target",
}


def find(task: str, project: str | None) -> Row | None:
    """Find the landing that is meant where no task has this name; None if there is none either."""
    try:
        found: Row = call("landing.show", landing=task, **scope(project))
    except WireError as error:
        if error.code is not Code.NOT_FOUND:
            raise
        return None
    return found


def reasons(landing: Row) -> Row:
    """Tell where a landing stands, on what evidence, and what can be done."""
    because = [f"{landing['source'].removeprefix(_SOURCES)} at {landing['head'][:12]}"]
    if landing["new"]:
        because.append(f"{landing['target']} {landing['old'][:12]} → {landing['new'][:12]}")
    if together := gated_with(landing):
        because.append(together)
    if landing["proof"]:
        because.append(f"its commit is {landing['proof']}")
    return {
        "id": landing["id"],
        "status": landing["state"],
        "story": landing["reason"] or landing["waiting"] or _STORIES.get(landing["state"], ""),
        "because": because,
        "next": _next(landing),
    }


def _next(landing: Row) -> list[str]:
    branch = landing["source"].removeprefix(_SOURCES)
    match landing["state"]:
        case "landed":
            return [f"orch undo {landing['id']}"]
        case "bounced":
            again = f"orch enqueue '{branch}' --into {landing['target']}"
            gated = landing["bounce"] in {"red", "unclean", "infra"}
            return [*([f"orch logs {landing['id']} --gate"] if gated else []), again]
        case "cancelled":
            return [f"orch enqueue '{branch}' --into {landing['target']}"]
        case _:
            return ["orch queue"]
