"""What the queries of the store port mean, in Python; the SQL counterpart is `selecting`."""

from collections.abc import Iterable

from orch.adapters.stores.codec import normal_id
from orch.core.attempt import Attempt
from orch.core.landing import Item
from orch.core.receipt import Receipt
from orch.core.task import Task
from orch.ports.store import EventQuery, ItemQuery, Recorded, TaskQuery


def task_matches(query: TaskQuery, task: Task, *, attempts: Iterable[Attempt]) -> bool:
    """Tell whether a task is among those asked for; `attempts` are all that it ever had."""
    return (
        (query.ids is None or task.id in map(normal_id, query.ids))
        and (query.project_id is None or task.project_id == query.project_id)
        and (query.statuses is None or task.status in query.statuses)
        and (query.key is None or task.key == query.key)
        and (query.slug is None or task.slug == query.slug)
        and (query.agent is None or task.agent == query.agent)
        and (query.label is None or query.label in task.labels)
        and (query.parent is None or task.parent == normal_id(query.parent))
        and (query.after is None or normal_id(query.after) in task.after)
        and (query.worker is None or query.worker in {one.worker for one in attempts} - {""})
        and (query.updated_since is None or task.updated_at >= query.updated_since)
    )


def admission_order(task: Task) -> tuple[int, float, int, str]:
    """Sort key of admission: priority, then age; `t9` was made before `t10`."""
    return -task.priority, task.created_at, len(task.id), task.id


def age_order(task: Task) -> tuple[float, int, str]:
    """Sort key of age, oldest first."""
    return task.created_at, len(task.id), task.id


def event_matches(query: EventQuery, event: Recorded) -> bool:
    """Tell whether an event is among those asked for, its `seq` aside."""
    task_id = None if query.task_id is None else normal_id(query.task_id)
    return (
        (query.project_id is None or event.project_id == query.project_id)
        and (task_id is None or event.task_id == task_id)
        and (query.landing_id is None or event.landing_id == query.landing_id)
        and (query.kinds is None or event.kind in query.kinds)
    )


def item_matches(query: ItemQuery, item: Item) -> bool:
    """Tell whether an item is among those asked for."""
    task_id = None if query.task_id is None else normal_id(query.task_id)
    return (
        (query.ids is None or item.id in query.ids)
        and (query.project_id is None or item.project_id == query.project_id)
        and (query.target is None or item.target == query.target)
        and (task_id is None or item.task_id == task_id)
        and (query.states is None or item.state in query.states)
        and (not query.open_only or item.is_open)
    )


def lane_order(item: Item) -> tuple[int, str]:
    """Sort key of items."""
    return item.position, item.id


def receipt_order(receipt: Receipt) -> tuple[float, str, str]:
    """Sort key of receipts, oldest first."""
    return receipt.at, str(receipt.key), receipt.project_id
