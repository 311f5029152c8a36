"""Order: what collides is not done at the same time, and not one right after the other."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from orch.core.claims import Claim, claim_of, may_collide
from orch.core.landing import Item
from orch.core.task import Task


@dataclass(frozen=True, slots=True)
class Parallel:
    """Batches of tasks that can be worked on at once, one batch after the other.

    `unknown` are tasks of which nobody can say which files they will change.
    """

    batches: tuple[tuple[Task, ...], ...]
    unknown: tuple[Task, ...] = ()


def parallel(tasks: Sequence[Task]) -> Parallel:
    """Put each task into the first batch in which it collides with no other of its base.

    In the order of admission: highest priority first, then the oldest. What a task waits for is
    in a batch before its own, if it is among the tasks at all.
    """
    ordered = _by_admission(tasks)
    claims = {task.id: claim_of(task) for task in ordered}
    batches, place = list[list[Task]](), dict[str, int]()
    unknown = [task for task in ordered if not claims[task.id].patterns]
    for task in ordered:
        if not claims[task.id].patterns:
            continue
        first = max((place[other] + 1 for other in task.after if other in place), default=0)
        at = first
        while at < len(batches) and _collides(task, batches[at], claims=claims):
            at += 1
        batches += [[]] if at == len(batches) else []
        batches[at].append(task)
        place[task.id] = at
    return Parallel(tuple(map(tuple, batches)), tuple(unknown))


def _collides(task: Task, batch: Sequence[Task], *, claims: Mapping[str, Claim]) -> bool:
    return any(
        (task.project_id, task.base) == (other.project_id, other.base)
        and may_collide(claims[task.id], claims[other.id])
        for other in batch
    )


def _by_admission(tasks: Sequence[Task]) -> list[Task]:
    """Sort as slots are given, but each task behind those that it waits for."""
    waiting = sorted(tasks, key=lambda task: (-task.priority, task.created_at, task.id))
    ordered, known = list[Task](), {task.id for task in waiting}
    while waiting:
        free = (t for t in waiting if not known.intersection(t.after))
        # A circle can't be ordered; it is broken where it would be admitted first.
        task = next(free, waiting[0])
        waiting.remove(task)
        known.discard(task.id)
        ordered.append(task)
    return ordered


def spread(items: Sequence[Item], *, reach: int) -> list[Item]:
    """Order a lane's waiting items so that neighbours don't change the same files.

    Within stretches of `reach` + 1 items each place goes to the first that does not collide with
    the one before it. So nobody moves back by more than `reach` places, the first stays the
    first, nobody goes before what it is `after` or a `promoted` one, and doing it again changes
    nothing.
    """
    ordered, size = list[Item](), max(1, reach + 1)
    for begin in range(0, len(items), size):
        left = list(items[begin : begin + size])
        while left:
            chosen = _next(left, ordered[-1] if ordered else None)
            left.remove(chosen)
            ordered.append(chosen)
    return ordered


def _next(left: Sequence[Item], before: Item | None) -> Item:
    head = left[0]
    if before is None:
        return head
    taken, waiting = set(before.paths), {item.id for item in left}
    for item in left:
        may_go = item.promoted == head.promoted and not waiting.intersection(item.after)
        if may_go and taken.isdisjoint(item.paths):
            return item
    return head
