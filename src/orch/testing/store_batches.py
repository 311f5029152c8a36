"""Random batches and questions for stores: few names, so that batches meet each other's rows."""

from dataclasses import replace
from typing import Any, TypeVar

from hypothesis import strategies as st

from orch.core.attempt import Attempt
from orch.core.effects import ReleaseWorkspace, RunGate
from orch.core.landing import Item, ItemState
from orch.core.receipt import Outcome
from orch.core.task import Status, Task
from orch.ports.store import Batch, Deferral, EventQuery, ItemQuery, Store, TaskQuery
from orch.testing.store_values import (
    a_fact,
    a_receipt,
    a_task,
    an_attempt,
    an_item,
    an_order,
    news,
)

V = TypeVar("V", Task, Item)

NUMBERS = st.integers(1, 4)
IDS = st.sampled_from(["t1", "t2", "T3", "t4", "t5"])
PROJECTS = st.sampled_from(["p-one", "p-two"])
LABELS = st.sampled_from(["red", "blue", "grün", "it's", 'a"b', ""])
TIMES = st.sampled_from([0.0, 1.0, 1.5, 1e9])
FITTING = -1
"""Stands for the version that follows the stored one; `fit` puts it in."""

VERSIONS = st.just(FITTING) | st.just(FITTING) | st.integers(0, 3)
STATUSES = st.sampled_from(Status)
STATES = st.sampled_from(ItemState)
KINDS = st.sampled_from(["TaskStopped", "Noted", "Left"])
WORKERS = st.sampled_from(["", "amber", "beryl", "coral", "dusk", "ember"])
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)


def several(values: st.SearchStrategy[Any], most: int = 3) -> st.SearchStrategy[tuple[Any, ...]]:
    """Give a tuple of some of the values, in any order, also twice."""
    return st.lists(values, max_size=most).map(tuple)


def maybe(values: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Give a value or None."""
    return st.none() | values


ATTEMPTS: st.SearchStrategy[Attempt] = st.builds(an_attempt, st.integers(1, 2), worker=WORKERS)
TASKS = st.builds(
    a_task,
    NUMBERS,
    version=VERSIONS,
    project_id=PROJECTS,
    status=STATUSES,
    key=maybe(LABELS),
    slug=LABELS,
    prompt=TEXTS,
    priority=st.integers(-1, 1),
    labels=several(LABELS),
    after=several(IDS),
    parent=maybe(IDS),
    agent=maybe(LABELS),
    created_at=TIMES,
    updated_at=TIMES,
    attempt=maybe(ATTEMPTS),
)
ITEMS = st.builds(
    an_item,
    NUMBERS,
    version=VERSIONS,
    project_id=PROJECTS,
    target=LABELS,
    task_id=maybe(IDS.map(str.lower)),
    state=STATES,
    position=st.integers(1, 2),
)
EFFECTS = st.builds(
    RunGate, task_id=IDS.map(str.lower), attempt=NUMBERS, head=st.just("abc")
) | st.builds(ReleaseWorkspace, task_id=IDS.map(str.lower), attempt=NUMBERS)
EFFECT_IDS = EFFECTS.map(lambda effect: effect.id)
BATCHES = st.builds(
    Batch,
    tasks=several(TASKS),
    items=several(ITEMS),
    facts=several(
        st.builds(a_fact, maybe(IDS), project_id=PROJECTS)
        | st.builds(news, NUMBERS, kind=KINDS, landing_id=maybe(LABELS), at=TIMES)
    ),
    orders=several(st.builds(an_order, EFFECTS, created_at=TIMES)),
    finished=several(EFFECT_IDS),
    deferred=several(
        st.builds(Deferral, effect_id=EFFECT_IDS, tries=NUMBERS, not_before=TIMES, reason=TEXTS)
    ),
    receipts=several(
        st.builds(
            a_receipt, LABELS, project_id=PROJECTS, outcome=st.sampled_from(Outcome), at=TIMES
        )
    ),
    epoch=maybe(st.integers(0, 2)),
)
TASK_QUERIES = st.builds(
    TaskQuery,
    ids=maybe(several(IDS)),
    project_id=maybe(PROJECTS),
    statuses=maybe(several(STATUSES)),
    key=maybe(LABELS),
    slug=maybe(LABELS),
    worker=maybe(WORKERS),
    parent=maybe(IDS),
    after=maybe(IDS),
    label=maybe(LABELS),
    agent=maybe(LABELS),
    updated_since=maybe(TIMES),
    admission=st.booleans(),
    limit=st.integers(0, 3) | st.just(1000),
)
EVENT_QUERIES = st.builds(
    EventQuery,
    after=st.integers(0, 5),
    project_id=maybe(PROJECTS),
    task_id=maybe(IDS),
    landing_id=maybe(LABELS),
    kinds=maybe(several(KINDS)),
    limit=st.integers(0, 3) | st.just(1000),
    last=st.booleans(),
)
ITEM_QUERIES = st.builds(
    ItemQuery,
    ids=maybe(several(st.sampled_from(["l1", "l2", "l9"]))),
    project_id=maybe(PROJECTS),
    target=maybe(LABELS),
    task_id=maybe(IDS),
    states=maybe(several(STATES)),
    open_only=st.booleans(),
    newest_first=st.booleans(),
    limit=st.integers(0, 3) | st.just(1000),
)


def fit(batch: Batch, store: Store) -> Batch:
    """Put in the versions that follow those in the store, where a batch leaves them open."""
    tasks = {task.id: task.version for task in store.tasks(TaskQuery())}
    items = {item.id: item.version for item in store.items(ItemQuery())}
    return replace(
        batch,
        tasks=tuple(_next(task, tasks) for task in batch.tasks),
        items=tuple(_next(item, items) for item in batch.items),
    )


def _next(row: V, versions: dict[str, int]) -> V:
    if row.version == FITTING:
        row = replace(row, version=versions.get(row.id, 0) + 1)
    versions[row.id] = row.version
    return row
