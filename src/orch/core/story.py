"""Says in one sentence where a task stands and why."""

from orch.core.attempt import Activity, Attempt, Phase
from orch.core.task import Status, Task

_PHASES = {
    Phase.PREPARING: "its workspace is being made",
    Phase.STARTING: "its agent is being started",
    Phase.CHECKING: "orch looks at what the session left",
    Phase.CLAIMED: "its work is claimed",
    Phase.JUDGING: "a judge reads its work",
    Phase.ENDED: "its session has ended",
}
_ACTIVITIES = {
    Activity.STARTING: "the agent starts",
    Activity.WORKING: "the agent works",
    Activity.IDLE: "the agent is idle",
    Activity.ASKING: "the agent asks something",
    Activity.AWAITING_PERMISSION: "the agent waits for a permission",
    Activity.LIMITED: "the agent has reached a limit of its provider",
    Activity.STUCK: "the agent is stuck",
    Activity.EXITED: "the agent has exited",
    Activity.UNKNOWN: "it is not known what the agent does",
}
_WAITING = {
    Status.DRAFT: "a draft; `orch task start` releases it",
    Status.NEW: "waits for an agent to be chosen",
    Status.ROUTED: "waits for a slot",
    Status.IN_REVIEW: "its gate runs",
    Status.LANDING: "goes through the merge queue",
    Status.DONE: "landed",
}


def tell(task: Task) -> str:
    """Tell where a task stands; the reason that was recorded comes first."""
    if task.status is Status.IN_PROGRESS and task.attempt:
        return _at_work(task.attempt)
    if task.reason:
        return task.reason
    if task.attempt and task.attempt.phase is Phase.JUDGING:
        return _PHASES[Phase.JUDGING]
    if task.status is Status.DONE and task.landed_commit is None:
        return "closed"
    return _WAITING.get(task.status, task.status.replace("_", " "))


def _at_work(attempt: Attempt) -> str:
    if attempt.phase is Phase.RUNNING:
        return _ACTIVITIES[attempt.activity]
    return _PHASES[attempt.phase]
