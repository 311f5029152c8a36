"""Tells what a judge said of the commits that go, or went, through a lane."""

from collections.abc import Mapping, Sequence

import msgspec

from orch.core.judgement import Judgement, Ruling
from orch.core.landing import Item, ItemState
from orch.core.task import Status, Task
from orch.daemon.context import Context
from orch.ports.store import EventQuery, Store, TaskQuery


async def judgements_of(context: Context, items: Sequence[Item]) -> Mapping[str, Judgement]:
    """Find, by a landing's id, what a judge said last of just the commit that it is made of."""
    return await context.read(_find, context.engine.store, items)


def _find(store: Store, items: Sequence[Item]) -> Mapping[str, Judgement]:
    ids = tuple(sorted({item.task_id for item in items if item.task_id}))
    found = store.tasks(TaskQuery(ids=ids, limit=len(ids))) if ids else ()
    tasks = {task.id: task for task in found}
    said = [(item.id, _of_item(store, item, task=tasks.get(item.task_id or ""))) for item in items]
    return {landing: judgement for landing, judgement in said if judgement}


def _of_item(store: Store, item: Item, *, task: Task | None) -> Judgement | None:
    if task is None:
        return None
    said = [task.judgement] if task.judgement else []
    if item.state is ItemState.LANDED and _went_on(task, item):
        query = EventQuery(task_id=task.id, kinds=("Judged",))
        told = [event.data["judgement"] for event in store.events(query)]
        said = [msgspec.convert(one, Judgement) for one in told] + said
    return next((one for one in reversed(said) if one.bound.head == item.source_head), None)


def _went_on(task: Task, item: Item) -> bool:
    """Tell whether a task was begun again since it landed: it forgets then what was judged."""
    n = task.attempt.n if task.attempt else None
    return task.status is not Status.DONE or n != item.attempt


def tell_judged(judgement: Judgement) -> str:
    """Say in one sentence what a judge said, or why it said nothing."""
    who, words = f"its judge, {judgement.agent}", judgement.summary or "no reason was given"
    match judgement.ruling:
        case Ruling.APPROVE:
            return f"approved by {who}"
        case Ruling.REJECT:
            return f"{who}, rejects it: {words}"
        case Ruling.UNCLEAR if judgement.held:
            return f"not judged: {who}, is at its usage limit: {words}"
        case Ruling.UNCLEAR:
            return f"{who}, did not decide: {words}"
