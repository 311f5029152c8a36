"""Admission: which tasks get a slot now; limits, priority, then age."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from orch.core.task import Task


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """How much may run at once: in all, by project, and by (project, agent).

    A project or agent that is not listed has no limit of its own. Projects in `closed` (paused,
    or with a configuration that is not trusted) get nothing.
    """

    sessions: int
    projects: Mapping[str, int]
    agents: Mapping[tuple[str, str], int]
    closed: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """What runs now: sessions by (project, agent)."""

    sessions: Mapping[tuple[str, str], int]


def admit(routed: Sequence[Task], *, usage: Usage, room: Room) -> list[Task]:
    """Choose the tasks that get a slot, in the order in which they get it.

    Highest priority first, then the oldest. A task that is held back by its project's or its
    agent's limit doesn't hold back those behind it.
    """
    busy = _Busy(usage)
    chosen = []
    for task in sorted(routed, key=lambda task: (-task.priority, task.created_at, task.id)):
        if busy.total >= room.sessions:
            break
        if busy.fits(task, room):
            busy.take(task)
            chosen.append(task)
    return chosen


class _Busy:
    """Counts of what runs, including what was just chosen."""

    def __init__(self, usage: Usage) -> None:
        self.agents = Counter(dict(usage.sessions))
        self.projects: Counter[str] = Counter()
        for (project, _), count in usage.sessions.items():
            self.projects[project] += count
        self.total = sum(self.agents.values())

    def fits(self, task: Task, room: Room) -> bool:
        """Tell whether the task's project and agent have room left."""
        project, key = task.project_id, (task.project_id, task.agent or "")
        if project in room.closed:
            return False
        below_project = self.projects[project] < room.projects.get(project, room.sessions)
        return below_project and self.agents[key] < room.agents.get(key, room.sessions)

    def take(self, task: Task) -> None:
        """Count a task that was chosen."""
        self.total += 1
        self.projects[task.project_id] += 1
        self.agents[task.project_id, task.agent or ""] += 1
