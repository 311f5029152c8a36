"""Values as rows: the columns that are asked for, and the whole as JSON in `body`."""

from dataclasses import replace
from typing import Any

from orch.adapters.stores.codec import encode, normal_id, normal_task, record
from orch.core.landing import Item
from orch.core.project import Project
from orch.core.receipt import Receipt
from orch.core.task import Task
from orch.ports.store import Fact, Order

Row = dict[str, Any]


def task_rows(task: Task) -> tuple[Row, Row | None]:
    """Give the row of a task and that of its current attempt.

    `before` is the version that the stored row must have.
    """
    task = normal_task(task)
    attempt = task.attempt
    row = {
        "id": task.id,
        "project_id": task.project_id,
        "status": task.status.value,
        "priority": task.priority,
        "key": task.key,
        "slug": task.slug,
        "parent": task.parent,
        "agent": task.agent,
        "labels": encode(task.labels) if task.labels else "[]",
        "after": encode(task.after) if task.after else "[]",
        "attempt": None if attempt is None else attempt.n,
        "created_at": task.created_at,
        "updated_at": task.updated_at,
        "version": task.version,
        "before": task.version - 1,
        "body": encode(task if attempt is None else replace(task, attempt=None)),
    }
    if attempt is None:
        return row, None
    return row, {
        "task_id": task.id,
        "n": attempt.n,
        "host_id": attempt.host_id,
        "worker": attempt.worker or None,  # What has no name is not the same as another such.
        "body": encode(attempt),
    }


def item_row(item: Item) -> Row:
    """Give the row of an item; `before` is the version that the stored row must have."""
    return {
        "id": item.id,
        "project_id": item.project_id,
        "target": item.target,
        "task_id": item.task_id,
        "state": item.state.value,
        "open": item.is_open,
        "position": item.position,
        "version": item.version,
        "before": item.version - 1,
        "body": encode(item),
    }


def fact_row(fact: Fact) -> Row:
    """Give the row of an event; its `seq` is set when the batch is written."""
    event, data = record(fact, 0)
    return {
        "project_id": event.project_id,
        "task_id": event.task_id,
        "landing_id": event.landing_id,
        "kind": event.kind,
        "actor": event.actor,
        "at": event.at,
        "data": data,
    }


def order_row(order: Order) -> Row:
    """Give the row of an order; its `position` is set when the batch is written."""
    effect = order.effect
    return {
        "effect_id": effect.id,
        "project_id": order.project_id,
        "task_id": normal_id(effect.task_id),
        "attempt": effect.attempt,
        "kind": type(effect).__name__,
        "of_task": normal_id(effect.task_id),
        "of_attempt": effect.attempt,
        "created_at": order.created_at,
        "tries": order.tries,
        "not_before": order.not_before,
        "reason": order.reason,
        "done": order.done,
        "body": encode(effect),
    }


def receipt_row(receipt: Receipt) -> Row:
    """Give the row of a receipt."""
    return {
        "key": str(receipt.key),
        "project_id": receipt.project_id,
        "outcome": receipt.outcome.value,
        "runs": receipt.runs,
        "at": receipt.at,
        "body": encode(receipt),
    }


def project_row(project: Project) -> Row:
    """Give the row of a project."""
    return {
        "id": project.id,
        "host_id": project.host_id,
        "added_at": project.added_at,
        "body": encode(project),
    }
