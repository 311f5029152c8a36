"""Values to put into a store: complete, plain, each told apart by a number."""

# ruff: noqa: ANN401 - the fields are those of the class that each function makes a value of

from typing import Any

from orch.core.attempt import Attempt
from orch.core.effects import Effect, StartSession
from orch.core.events import TaskStopped
from orch.core.landing import Item, Person
from orch.core.project import Project
from orch.core.receipt import CommandResult, Outcome, Receipt, ReceiptKey
from orch.core.task import Task
from orch.ports.store import Batch, Fact, Order

PROJECT = "p-one"


def a_task(number: int = 1, **fields: Any) -> Task:
    """Make task `t<number>` at its first version, made `number` seconds after 1000."""
    plain: dict[str, Any] = {
        "id": f"t{number}",
        "project_id": PROJECT,
        "title": f"Task {number}",
        "created_at": 1000.0 + number,
        "updated_at": 1000.0 + number,
        "version": 1,
    }
    return Task(**(plain | fields))


def an_attempt(n: int = 1, **fields: Any) -> Attempt:
    """Make an attempt whose worker is called `worker-<n>`."""
    plain: dict[str, Any] = {
        "n": n,
        "agent": "fixer",
        "host_id": "h-here",
        "worker": f"worker-{n}",
        "token": f"token-{n}",
        "started_at": 2000.0 + n,
    }
    return Attempt(**(plain | fields))


def an_item(number: int = 1, **fields: Any) -> Item:
    """Make landing `l<number>` at its first version, at this position of the lane of main."""
    plain: dict[str, Any] = {
        "id": f"l{number}",
        "project_id": PROJECT,
        "target": "main",
        "source_ref": f"refs/heads/orch/t{number}",
        "source_head": f"{number:040x}",
        "title": f"Change {number}",
        "submitted_at": 3000.0 + number,
        "position": number,
        "author": Person("Ada", "ada@example.org"),
        "version": 1,
    }
    return Item(**(plain | fields))


def a_receipt(tree: str = "aaaa", **fields: Any) -> Receipt:
    """Make a receipt of a pass on a tree."""
    plain: dict[str, Any] = {
        "key": ReceiptKey(tree=tree, spec="spec", environment="env"),
        "project_id": PROJECT,
        "outcome": Outcome.PASSED,
        "results": (CommandResult("make test", 0, 1.5),),
        "commit": f"commit-of-{tree}",
        "log": f"/logs/{tree}",
        "at": 4000.0,
    }
    return Receipt(**(plain | fields))


def a_project(number: int = 1, **fields: Any) -> Project:
    """Make project `p-<number>`."""
    plain: dict[str, Any] = {
        "id": f"p-{number}",
        "name": f"project {number}",
        "path": f"/home/ada/Projekt ä {number}",
        "hub": f"/home/ada/.orch/repos/p-{number}.git",
        "host_id": "h-here",
        "added_at": 500.0 + number,
    }
    return Project(**(plain | fields))


def a_fact(task_id: str | None = "t1", **fields: Any) -> Fact:
    """Make the fact that a task was stopped at 5000."""
    plain: dict[str, Any] = {
        "project_id": PROJECT,
        "task_id": task_id,
        "event": TaskStopped(at=5000.0, actor="ada", reason="lunch"),
    }
    return Fact(**(plain | fields))


def news(number: int, **fields: Any) -> Fact:
    """Make a fact without a task, told apart by its number."""
    plain: dict[str, Any] = {
        "project_id": PROJECT,
        "kind": "Noted",
        "at": 6000.0 + number,
        "data": {"number": number},
    }
    return Fact(**(plain | fields))


def an_order(effect: Effect | None = None, **fields: Any) -> Order:
    """Make an order; without an effect, to start the session of attempt 1 of t1."""
    plain: dict[str, Any] = {
        "effect": effect or StartSession(task_id="t1", attempt=1),
        "project_id": PROJECT,
        "created_at": 7000.0,
    }
    return Order(**(plain | fields))


def a_life(number: int = 1) -> Batch:
    """Make a batch that writes a row of every kind that belongs to one task."""
    task_id = f"t{number}"
    attempt = an_attempt(1, worker=f"worker-{number}")
    links: dict[str, Any] = {"labels": ("red", "blue"), "after": (f"t{number + 1}",)}
    return Batch(
        tasks=(a_task(number, key=f"LAB-{number}", parent="t0", attempt=attempt, **links),),
        items=(an_item(number, task_id=task_id),),
        facts=(a_fact(task_id), news(number, landing_id=f"l{number}")),
        orders=(an_order(StartSession(task_id=task_id, attempt=1)),),
        receipts=(a_receipt(f"tree-{number}"),),
    )
