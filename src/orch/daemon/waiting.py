"""Ranks everything that waits for a person: the inbox."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from orch.core.attempt import Activity
from orch.core.landing import Item, ItemState
from orch.core.places import turn
from orch.core.project import Project
from orch.core.story import tell
from orch.core.talk import QuestionKind
from orch.core.task import BlockedOn, Status, Task
from orch.daemon.views import Projects, project_name
from orch.engine.lane_holds import ORCH
from orch.wire.shapes.overview import InboxEntry

STATUSES = (Status.IN_PROGRESS, Status.BLOCKED, Status.NEEDS_REVIEW, Status.FAILED)
"""The statuses of tasks that may wait for a person."""

_ORDER = (
    "stopped",
    "paused",
    "permission",
    "question",
    "undelivered",
    "limited",
    "stuck",
    "unknown",
    "review",
    "blocked",
    "landing",
    "failed",
)
_SESSIONS = {
    Activity.AWAITING_PERMISSION: "permission",
    Activity.ASKING: "question",
    Activity.LIMITED: "limited",
    Activity.STUCK: "stuck",
}
_MOVES_BY_ITSELF = frozenset({BlockedOn.DEPENDENCY, BlockedOn.CHILDREN})


@dataclass(frozen=True, slots=True)
class _Wait:
    why: str
    what: str
    since: float
    commands: tuple[str, ...]
    task: Task | None = None
    item: Item | None = None
    project: Project | None = None


def entries(
    tasks: Iterable[Task], items: Iterable[Item], *, projects: Projects
) -> list[InboxEntry]:
    """List what waits for a person, the most urgent first: what holds up an agent leads."""
    waits = [*_of_projects(projects.values()), *_of_tasks(tasks), *_of_items(items)]
    waits.sort(key=lambda wait: (_ORDER.index(wait.why), wait.since))
    return [_entry(rank, wait, projects=projects) for rank, wait in enumerate(waits, 1)]


def _of_projects(projects: Iterable[Project]) -> Iterator[_Wait]:
    """Tell of those, and of lanes, that orch paused by itself: who paused one knows it."""
    for project in projects:
        if project.paused and project.paused_why:
            again = (f"orch project resume {project.name}",)
            yield _Wait("paused", project.paused_why, project.paused_at, again, project=project)
        for hold in project.holds:
            if hold.by == ORCH:
                what = f"the lane of {hold.target}: {hold.why}"
                commands = (f"orch queue resume {hold.target}", "orch doctor")
                yield _Wait("stopped", what, hold.at, commands, project=project)


def _of_tasks(tasks: Iterable[Task]) -> Iterator[_Wait]:
    for task in tasks:
        yield from _of_talk(task)
        why, commands = _why(task)
        if why:
            yield _Wait(why, tell(task), _since(task), commands, task=task)


def _of_talk(task: Task) -> Iterator[_Wait]:
    for question in task.questions:
        if question.is_open:
            why = "permission" if question.kind is QuestionKind.PERMISSION else "question"
            commands = ("orch questions", f"orch answer {question.id} ANSWER")
            yield _Wait(why, question.text, question.at, commands, task=task)
    for message in task.messages:
        if message.trouble:
            what = f"{message.id}: {message.trouble}"
            yield _Wait("undelivered", what, message.at, (f"orch attach {task.id}",), task=task)


def _why(task: Task) -> tuple[str, tuple[str, ...]]:
    match task.status:
        case _ if any(question.is_open for question in task.questions):
            return "", ()  # Its question stands there by itself.
        case Status.IN_PROGRESS if task.attempt and task.attempt.activity in _SESSIONS:
            return _SESSIONS[task.attempt.activity], (f"orch attach {task.id}",)
        case Status.NEEDS_REVIEW:
            return "review", _review(task)
        case Status.BLOCKED if task.blocked_on not in _MOVES_BY_ITSELF:
            return "blocked", _unblock(task)
        case Status.FAILED:
            return "failed", (f"orch why {task.id}", f"orch task retry {task.id}")
        case _:
            return "", ()


def _review(task: Task) -> tuple[str, ...]:
    if task.attempt and task.attempt.head:
        return f"orch task diff {task.id}", f"orch task reviewed {task.id}"
    return f"orch why {task.id}", f"orch task start {task.id}", f"orch task retry {task.id}"


def _unblock(task: Task) -> tuple[str, ...]:
    if task.blocked_on is BlockedOn.SCOPE:
        return f"orch task diff {task.id}", f"orch task reviewed {task.id}"
    return f"orch why {task.id}", f"orch task unblock {task.id}"


def _of_items(items: Iterable[Item]) -> Iterator[_Wait]:
    """Tell of those that are held, by whose turn it is in their lanes.

    While something of its lane goes on before it, an item may wait for just that: whose fault a red
    gate is shows with those ahead. What needs a person is still held when they are through.
    """
    going_on = set[tuple[str, str]]()
    for item in sorted(items, key=turn):
        lane = (item.project_id, item.target)
        if item.is_open and (not item.waiting or item.state is ItemState.GATING):
            going_on.add(lane)
        elif item.is_open and lane not in going_on:
            commands = (f"orch queue cancel {item.id}", "orch queue")
            yield _Wait("landing", item.waiting, item.submitted_at, commands, item=item)


def _since(task: Task) -> float:
    if task.status is Status.IN_PROGRESS and task.attempt and task.attempt.evidence.at:
        return task.attempt.evidence.at
    return task.updated_at or task.created_at


def _entry(rank: int, wait: _Wait, *, projects: Projects) -> InboxEntry:
    task, item = wait.task, wait.item
    about = task or item
    project_id = about.project_id if about else wait.project.id if wait.project else ""
    return InboxEntry(
        rank=rank,
        why=wait.why,
        task=task.id if task else item.task_id if item else None,
        landing=item.id if item else task.landing_id if task else None,
        project=project_name(projects, project_id),
        title=task.title if task else item.title if item else "",
        what=wait.what,
        since=wait.since,
        next=wait.commands,
    )


def count(
    tasks: Sequence[Task],
    items: Sequence[Item],
    *,
    projects: Iterable[Project] = (),
    own: frozenset[str] | None = None,
) -> int:
    """Count what waits for a person; of the lanes, which are to be whole, that of `own` tasks."""
    held = [
        wait for wait in _of_items(items) if own is None or (wait.item and wait.item.task_id in own)
    ]
    return len(held) + sum(1 for _ in (*_of_tasks(tasks), *_of_projects(projects)))
