"""A decision: what a task becomes, and what has to be done."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from orch.core.effects import Effect
from orch.core.events import Event
from orch.core.task import Status, Task


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """The task after an event, and the effects in the order in which they are carried out.

    `dropped` says why the event was ignored; then the task is unchanged and there are no effects.
    """

    task: Task
    effects: tuple[Effect, ...] = ()
    dropped: str = ""


class UnexpectedEvent(Exception):
    """The event has no meaning in the task's status; nothing was changed."""

    def __init__(self, task: Task, event: Event, *, why: str = "") -> None:
        """Say which task stands where, and why the event can't be taken."""
        self.task_id, self.status, self.event = task.id, task.status, event
        self.why = why or _WHY.get(type(event).__name__, f"{type(event).__name__} was not expected")
        super().__init__(f"{task.id} is {_words(task.status)}: {self.why}")


Rule = Callable[[Task, Any], Decision]
"""A rule takes the event of its row; the table pairs the two, which no type can say."""

_WHY = {
    "TaskEdited": "it can be edited only while nothing runs for it",
    "TaskOpened": "only a draft or a stopped task can be started",
    "TaskUnblocked": "only a blocked task can be unblocked",
    "TaskStopped": "there is nothing to stop",
    "TaskCompleted": "only a task with an attempt that runs or rests can be marked complete",
    "TaskReviewed": "only a task that waits for review can be approved",
    "TaskCancelled": "it has ended; `orch task retry` reopens it",
    "TaskClosed": "stop or cancel it first",
    "TaskRetried": "it is still open, so there is nothing to retry",
    "TaskFailed": "it can't be marked failed now",
}


def _words(status: Status) -> str:
    return status.replace("_", " ")
